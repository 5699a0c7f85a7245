"""Does what a worker would, and notes what it saw: what may be said of each block, and what speaks for a
pause or for somebody's being to blame, without reading a byte as the product reads it.
"""

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from orchestrator import cache, conf
from orchestrator.batch.schedule import budgets, passes
from orchestrator.batch.schedule.budgets import Budget
from orchestrator.batch.work import fetching, saving
from orchestrator.errors import Unreadable
from orchestrator.models import Build, Chunk, Dossier, Fetch, Run
from orchestrator.requests import building
from tests.integration.runs.conftest import Hands
from tests.integration.runs.world import SOURCES, Try, World, known

Pass = tuple[str, int, int]  # a chunk's, or a build's only one
About = tuple[str, str]  # a CPF and a source


class Witness:
    """Does what was sent to workers, and notes what it saw."""

    def __init__(self, hands: Hands, world: World) -> None:
        self.hands, self.world = hands, world
        hands.waiting.clear()
        self.truth: dict[About, Try] = {}  # the last answer that parsed, of those that were saved
        self.codes: dict[About, set[str | None]] = {}  # how the last try may be told; None: it was answered
        self.deaths_alone: Counter[tuple[int, int]] = Counter()  # by run and dossier
        self._served: dict[tuple[Pass, str], dict[str, Try]] = {}
        self._failed: dict[tuple[int, str], Counter[datetime | None]] = defaultdict(Counter)
        self._budgets: dict[tuple[int, str], Budget] = defaultdict(Budget)
        self._paused_in: set[tuple[int, str, datetime | None]] = set()

    def work(self, which: int = 0) -> None:
        """Does one of what was sent."""
        task, arguments = self.hands.waiting.pop(which % len(self.hands.waiting))
        watched: dict[Any, Callable[..., object]] = {
            building.fetch: self._fetch_one,
            fetching.fetch: self._fetch,
            saving.save: self._save,
        }
        watched.get(task, task)(*arguments)

    def work_off(self, most: int = 100) -> None:
        """Does all that was sent, in order."""
        for _ in range(most):
            if self.hands.waiting:
                self.work()

    def die(self, which: int) -> None:
        """Who does one of what was sent dies of it; where it is a chunk's, its parent sees that."""
        _, arguments = self.hands.waiting.pop(which % len(self.hands.waiting))
        if len(arguments) > 1:
            with self._deaths(Chunk.objects.filter(pk=arguments[0]).first()):
                passes.note_death(*arguments[:2])

    def forget(self, source: str) -> None:
        """Redis loses the source's answers that wait to be saved."""
        for key in cache.redis().scan_iter(f"dossier:part:*:{source}"):
            cache.redis().delete(key)
        self._served = {
            (of, name): tries
            for (of, name), tries in self._served.items()
            if (of[0], name) != ("chunk", source)
        }

    def end_builds(self, work: Callable[[], object]) -> None:
        """Works, and learns of the single requests that end by it."""
        going = list(Build.objects.filter(finished_at=None).values_list("pk", flat=True))
        work()
        ended = Build.objects.filter(pk__in=going, state__in=("complete", "partial"))
        for each in ended.prefetch_related("fetches"):
            self._learn_one(each)

    def _fetch_one(self, fetch_id: int) -> None:
        row = Fetch.objects.get(pk=fetch_id)

        def fetch() -> None:
            with self._calls(row.source, ("build", row.build_id, 0)):
                if building.fetch(fetch_id) is not None:
                    self.hands.take(building.fetch, fetch_id)

        self.end_builds(fetch)

    def _fetch(self, chunk_id: int, number: int, source: str) -> None:
        chunk = Chunk.objects.select_related("run").filter(pk=chunk_id).first()
        of, how = ("chunk", chunk_id, number), self.world.behaves[source]
        is_fetched = bool(self._served.get((of, source)))
        with self._deaths(chunk), self._calls(source, of) as calls:
            fetching.fetch(chunk_id, number, source)
        if chunk is None or not calls:
            return
        assert not is_fetched, "what was fetched, and not lost, is not fetched again"
        if how != "well" and chunk.run.state == Run.State.RUNNING:
            weight = conf.RUN_ERROR_BUDGET if how == "limited" else 1
            self._failed[chunk.run_id, source][chunk.run.resumed_at] += weight
        if how == "limited":
            del self._served[of, source]  # such a call is only made again
            self._look_at_pauses(chunk.run_id)

    @contextmanager
    def _calls(self, source: str, of: Pass) -> Iterator[list[list[str]]]:
        """The calls that a source gets meanwhile, each a list of CPFs; notes what it says."""
        fake, calls = self.world.fakes[source], list[list[str]]()
        before = len(fake.calls)
        with suppress(Unreadable):  # as a task's guard does
            yield calls
        calls += fake.calls[before:]
        for asked in calls:
            self._served.setdefault((of, source), {}).update(
                {cpf: self.world.answer(source, cpf) for cpf in asked}
            )

    @contextmanager
    def _deaths(self, chunk: Chunk | None) -> Iterator[None]:
        """Counts a death meanwhile over somebody who is alone in a chunk; what is raised is one, too."""
        with suppress(Unreadable):
            yield
        if chunk and chunk.size == 1 and chunk.dossier_ids:
            now = Chunk.objects.filter(pk=chunk.pk).values_list("deaths", flat=True).first()
            self.deaths_alone[chunk.run_id, chunk.dossier_ids[0]] += (now or chunk.deaths) - chunk.deaths

    def _save(self, chunk_id: int, number: int, claim: int) -> None:
        before = Chunk.objects.filter(pk=chunk_id, passes=number).first()
        checks = dict(Dossier.objects.values_list("pk", "checked_at"))
        with self._deaths(before):
            saving.save(chunk_id, number, claim)
        after = Chunk.objects.filter(pk=chunk_id, passes=number + 1).first()
        if before is None or after is None:
            return
        for pk, at in Dossier.objects.filter(pk__in=before.dossier_ids or []).values_list("pk", "checked_at"):
            if at != checks[pk]:
                self._learn(before, after, (before.dossier_ids or []).index(pk))
        self._look_at_pauses(before.run_id)

    def _learn(self, before: Chunk, after: Chunk, place: int) -> None:
        """A pass over a chunk has saved something of somebody."""
        cpf = known()[(before.dossier_ids or [])[place]]
        for source in SOURCES:
            code = after.failures.get(str(place), {}).get(source)
            made = self._served.get((("chunk", before.pk, before.passes), source), {}).get(cpf)
            if before.asks is None or place in before.asks.get(source, ()):
                assert code == "deadline" or (code is None) == (made is not None and made.parsed)
                if made and code is None:
                    self.truth[cpf, source] = made
                self.codes[cpf, source] = {code}
            elif code:
                self.codes[cpf, source].add(code)

    def _learn_one(self, ended: Build) -> None:
        """A single request has saved something."""
        cpf = known()[ended.dossier_id]
        for row in ended.fetches.all():
            about = (cpf, row.source)
            if row.state not in Fetch.GOOD:
                self.codes[about] = {row.error_code}
            elif row.origin == "cache":
                self.codes[about].add(None)
            else:
                made = self._served[("build", ended.pk, 0), row.source][cpf]
                assert made.parsed
                if about not in self.truth or self.truth[about].order < made.order:
                    self.truth[about], self.codes[about] = made, {None}

    def _look_at_pauses(self, run_id: int) -> None:
        """A run pauses for a source by calls that began since it last went on, and once by them."""
        run = Run.objects.get(pk=run_id)
        for source, budget in budgets.of(run).items():
            before, failed = self._budgets[run_id, source], self._failed[run_id, source]
            self._budgets[run_id, source] = budget
            if (budget.pauses, budget.given_up) > (before.pauses, before.given_up):
                assert failed[run.resumed_at], "no call that began since speaks for a pause"
                assert before.pauses or failed.total() >= conf.RUN_ERROR_BUDGET
                assert (run_id, source, run.resumed_at) not in self._paused_in
                self._paused_in.add((run_id, source, run.resumed_at))
