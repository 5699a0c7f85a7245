"""What may happen to runs, in any order: people ask, workers and messages go astray, sources fail."""

import io
from contextlib import suppress
from datetime import timedelta

from django.db import connection
from django.db.models.functions import Now
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, precondition, rule

from orchestrator import cache, conf, dossiers, runs
from orchestrator.errors import NothingToRetry, Unreadable
from orchestrator.models import Build, Chunk, Dossier, Fetch, Run
from orchestrator.records.dossiers import Block
from orchestrator.requests import building
from orchestrator.upkeep import sweeper
from tests.integration.runs.conftest import Fakes, Hands, erase, let_in, lock_out
from tests.integration.runs.witness import Witness
from tests.integration.runs.world import BEHAVIOURS, CAST, ITEMS, SOURCES, World, known

OWNER = "user:1"
MOST_WHOLE_NIGHTS = 4  # of a life: they take most of its time
PAST = timedelta(seconds=1)
pick = st.integers(min_value=0, max_value=10**6)
who = st.sampled_from(CAST)
source = st.sampled_from(SOURCES)
times = st.integers(1, 6)


class Life(RuleBasedStateMachine):
    """Four people's dossiers, renewed again and again."""

    fakes: Fakes
    hands: Hands

    def __init__(self) -> None:
        super().__init__()
        with connection.cursor() as cursor:
            cursor.execute("truncate orchestrator_run, orchestrator_dossier, orchestrator_attempt cascade")
        cache.redis().flushdb()
        self.world = World(self.fakes)
        self.witness = Witness(self.hands, self.world)
        self.people: dict[int, set[str]] = {}  # by run: who must be in it
        self.ended: dict[int, object] = {}
        self.whole_nights = 0
        self.locked: set[str] = set()
        self.erased: set[str] = set()
        self.versions: dict[int, list[dict[str, Block]]] = {}

    # What people do.

    @rule()
    def start_a_night(self) -> None:
        everybody = set(known().values())
        self.people.setdefault(runs.refresh(owner=OWNER), everybody)

    @rule(people=st.sets(who, min_size=1))
    def start_a_list(self, people: set[str]) -> None:
        file = io.BytesIO("\n".join(["cpf", *sorted(people)]).encode())
        self.people[runs.upload(file, purpose="collection", owner=OWNER)] = people

    @precondition(lambda self: self.whole_nights < MOST_WHOLE_NIGHTS)
    @rule(moved=st.lists(st.tuples(who, source, st.sampled_from(ITEMS)), min_size=1, max_size=3))
    def two_whole_nights_after(self, moved: list[tuple[str, str, str]]) -> None:
        """Some people's items move, and two nights come to their end: the second finds the same bytes."""
        for cpf, name, how in moved:
            self.world.become(cpf, name, how)
        for _ in range(2):
            self.whole_nights += 1
            self.start_a_night()
            self._go_on()

    @precondition(lambda self: self.people)
    @rule(which=pick)
    def pause(self, which: int) -> None:
        runs.pause(self._run(which))

    @precondition(lambda self: self.people)
    @rule(which=pick)
    def resume(self, which: int) -> None:
        runs.resume(self._run(which))

    @precondition(lambda self: self.people)
    @rule(which=pick)
    def cancel(self, which: int) -> None:
        runs.cancel(self._run(which))
        assert runs.status(self._run(which)).finished

    @precondition(lambda self: self.ended)
    @rule(which=pick)
    def retry(self, which: int) -> None:
        ended = sorted(self.ended)[which % len(self.ended)]
        with suppress(NothingToRetry):
            run_id = runs.retry_failed(ended, owner=OWNER)
            failed = {known()[each.dossier_id] for each in runs.members(ended, only_failed=True)}  # type: ignore[index]
            self.people.setdefault(run_id, failed)

    @rule(cpf=who, fresh=st.booleans())
    def ask_for_one(self, cpf: str, fresh: bool) -> None:
        with suppress(Unreadable):
            dossiers.request(cpf=cpf, purpose="collection", owner=OWNER, fresh=fresh)

    # What workers and messages do.

    @precondition(lambda self: self.hands.waiting)
    @rule(which=st.lists(pick, min_size=1, max_size=8))
    def work(self, which: list[int]) -> None:
        for each in which:
            if self.hands.waiting:
                self.witness.work(each)

    @precondition(lambda self: self.hands.waiting)
    @rule()
    def work_off(self) -> None:
        self.witness.work_off()

    @precondition(lambda self: self.hands.waiting)
    @rule(which=pick)
    def lose_a_message(self, which: int) -> None:
        self.hands.waiting.pop(which % len(self.hands.waiting))

    @precondition(lambda self: self.hands.waiting)
    @rule(which=pick)
    def double_a_message(self, which: int) -> None:
        self.hands.waiting.append(self.hands.waiting[which % len(self.hands.waiting)])

    @precondition(lambda self: self.hands.waiting)
    @rule(which=pick)
    def die(self, which: int) -> None:
        self.witness.die(which)

    @precondition(lambda self: self.people)
    @rule(cpf=who, times=times)
    def die_of(self, cpf: str, times: int) -> None:
        """Who works on a chunk that has this person dies of it, again and again."""
        self._die_of(cpf, times)

    @rule(cpf=who, source=source)
    def die_of_asking_again(self, cpf: str, source: str) -> None:
        """A list of one whose item is bad: who asks about them again dies of it."""
        self.world.become(cpf, source, "bad")
        self.start_a_list({cpf})
        self._die_of(cpf, times=5, passes=1)

    @precondition(lambda self: self.people)
    @rule(times=times)
    def lose_leases(self, times: int) -> None:
        """Workers die and nobody sees it, or messages lie where nobody begins them."""
        for _ in range(times):
            self._lose_leases()
            self.tend()

    @rule()
    def tend(self) -> None:
        """As the sweeper does."""
        sweeper.sweep_runs()
        waiting = {arguments[0] for task, arguments in self.hands.waiting if task is building.fetch}
        for pk in Fetch.objects.filter(state__in=Fetch.OPEN, build__finished_at=None).values_list(
            "pk", flat=True
        ):
            if pk not in waiting:
                self.hands.take(building.fetch, pk)

    @rule()
    def let_time_pass(self) -> None:
        Run.objects.filter(resume_at__isnull=False).update(resume_at=Now() - PAST)
        Run.objects.filter(finished_at=None).update(planner_until=None)
        Chunk.objects.filter(state="waiting").update(due_at=None)
        Fetch.objects.filter(state__in=Fetch.WAITING).update(next_attempt_at=None)
        self.tend()

    # What sources, Redis and keys do.

    @rule(source=source, how=st.sampled_from(sorted(BEHAVIOURS)))
    def behave(self, source: str, how: str) -> None:
        self.world.behave(source, how)

    @rule(cpf=who, source=source, how=st.sampled_from(ITEMS))
    def become(self, cpf: str, source: str, how: str) -> None:
        self.world.become(cpf, source, how)

    @rule(source=source)
    def forget_answers(self, source: str) -> None:
        self.witness.forget(source)

    @rule(cpf=who)
    def lock_out(self, cpf: str) -> None:
        """The settings lack the master key of somebody's."""
        if cpf in self._here() - self.locked - self.erased and not self._is_asked_for(cpf):
            lock_out(cpf)
            self.locked.add(cpf)

    @precondition(lambda self: self.locked)
    @rule()
    def let_everybody_in(self) -> None:
        for cpf in self.locked:
            let_in(cpf)
        self.locked.clear()

    @precondition(lambda self: not self.erased)
    @rule(cpf=who)
    def erase(self, cpf: str) -> None:
        if cpf in self._here() - self.locked and not self._is_asked_for(cpf):
            erase(cpf)
            self.erased.add(cpf)

    # How to reach it.

    def _go_on(self, most: int = 3, *, is_last: bool = False) -> None:
        """Works, and tends, until no run goes on."""
        for _ in range(most):
            self.witness.work_off()
            if is_last:
                self._lose_leases()
            if not Run.objects.filter(finished_at=None).exists():
                return
            self.let_time_pass()

    def _die_of(self, cpf: str, times: int, passes: int = 0) -> None:
        for _ in range(times):
            self.let_time_pass()
            (pk,) = [pk for pk, each in known().items() if each == cpf] or [0]
            for _ in range(len(self.hands.waiting)):
                _, arguments = self.hands.waiting[0]
                theirs = Chunk.objects.filter(pk=arguments[0], dossier_ids__contains=[pk], passes__gte=passes)
                if len(arguments) > 1 and theirs.exists():
                    self.witness.die(0)
                else:
                    self.witness.work(0)

    def _lose_leases(self) -> None:
        running, long_ago = (
            Chunk.objects.filter(state="running"),
            timedelta(seconds=conf.RUN_RESEND_SECONDS + 1),
        )
        running.filter(lease_until=None).update(sent_at=Now() - long_ago)
        running.exclude(lease_until=None).update(lease_until=Now() - PAST)

    def _run(self, which: int) -> int:
        """Any run; rather one of the newest than of the old."""
        newest = sorted(self.people)[-3:]
        return newest[which % len(newest)]

    def _here(self) -> set[str]:
        return set(known().values())

    def _is_asked_for(self, cpf: str) -> bool:
        going = Build.objects.filter(finished_at=None).values_list("dossier_id", flat=True)
        return cpf in {known()[pk] for pk in going}

    def _readable(self) -> list[Dossier]:
        here = known()
        return [each for each in Dossier.objects.all() if here[each.pk] not in self.locked | self.erased]
