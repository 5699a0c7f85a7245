"""Whatever happens, in whatever order, to whichever worker: the promises hold.

Hypothesis drives asks, claims, results, deaths, retries, cancels, late results and double deliveries
against real PostgreSQL and real HTTP, and looks at every promise after every step.
"""

import itertools
import os
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta

import pytest
from django.db.models import QuerySet
from django.db.models.functions import Now
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)

from ops.quality.slow import examples
from orchestrator import cache, conf, content, dossiers
from orchestrator.errors import NothingToRetry
from orchestrator.models import Build, Dossier, DossierRequest, Fetch, Snapshot
from orchestrator.records.requests import Accepted
from orchestrator.requests import building, leases
from orchestrator.requests.leases import Claim, FetchCall
from orchestrator.upkeep import sweeper
from orchestrator.versions import identity, snapshots
from tests.fakes import people
from tests.fakes.source import FakeSource, body, status
from tests.faults.load import people as cpfs

OWNER = "user:1"
TERMINAL = ("complete", "partial", "failed", "cancelled")
ANSWERS = ("found", "changed", "not found", "broken", "unavailable", "refused", "limited")
_examples = itertools.count(int.from_bytes(os.urandom(4), "big"))
pick = st.integers(min_value=0, max_value=10**6)


class Life(RuleBasedStateMachine):
    """Two people's dossiers, from the first ask to the last."""

    fakes: dict[str, FakeSource]

    def __init__(self) -> None:
        super().__init__()
        self.cpfs = cpfs(next(_examples), 2)
        self.asks: list[Accepted] = []
        self.held: list[Claim] = []
        self.ended: dict[object, tuple[str, str | None]] = {}
        self.known: set[tuple[int, str]] = set()
        cache.redis().flushdb()

    # What people do.

    @rule(who=st.integers(0, 1), fresh=st.booleans())
    def ask(self, who: int, fresh: bool) -> None:
        self.asks.append(dossiers.request(cpf=self.cpfs[who], purpose="collection", owner=OWNER, fresh=fresh))

    @precondition(lambda self: self.asks)
    @rule(which=pick)
    def cancel(self, which: int) -> None:
        dossiers.cancel(self._ask(which).request_id, owner=OWNER)
        assert dossiers.status(self._ask(which).request_id).state in TERMINAL, "a cancelled ask ends at once"

    @precondition(lambda self: self.asks)
    @rule(which=pick)
    def retry(self, which: int) -> None:
        with suppress(NothingToRetry):
            self.asks.append(dossiers.retry(self._ask(which).request_id, owner=OWNER))

    # What workers and messages do.

    @rule(who=st.integers(0, 1), answers=st.tuples(*[st.sampled_from(ANSWERS)] * 3))
    def live(self, who: int, answers: tuple[str, ...]) -> None:
        """An ask, and its messages arrive one after the other as long as there are any."""
        self.ask(who, fresh=True)
        build_id = self._builds().latest("pk").pk
        for _ in range(conf.MAX_ATTEMPTS):
            for fetch, answer in zip(
                Fetch.objects.filter(build=build_id).order_by("pk"), answers, strict=True
            ):
                self._program(fetch, answer)
                building.fetch(fetch.pk)

    @precondition(lambda self: self._fetches())
    @rule(which=pick, answer=st.sampled_from(ANSWERS), quarantine=st.booleans())
    def deliver(self, which: int, answer: str, quarantine: bool) -> None:
        """A message arrives: perhaps a second time, perhaps for what has long ended."""
        fetch = self._fetch(which)
        self._program(fetch, answer)
        building.fetch(fetch.pk, quarantine=quarantine)

    @precondition(lambda self: self._fetches())
    @rule(which=pick, quarantine=st.booleans())
    def claim(self, which: int, quarantine: bool) -> None:
        """A worker takes a fetch, and then nothing is heard of it."""
        if claim := leases.claim(self._fetch(which).pk, quarantine=quarantine):
            self.held.append(claim)

    @precondition(lambda self: self.held)
    @rule(which=pick)
    def come_late(self, which: int) -> None:
        """A worker that was thought dead writes its result."""
        claim = self.held.pop(which % len(self.held))
        before = Fetch.objects.get(pk=claim.fetch_id)
        over = Build.objects.get(pk=claim.build_id).finished_at
        late = building.answered(claim, content.NOT_FOUND, origin="live")
        settled = building.settle(claim, late, FetchCall(seconds=0.1))
        assert settled.ours == (before.lease_token == claim.token and before.state == "fetching")
        assert not (settled.ours and over), "nothing is written into what has ended"

    @precondition(lambda self: self._fetches())
    @rule(which=pick, deaths=st.integers(0, 5), overtaken=st.booleans())
    def die(self, which: int, deaths: int, overtaken: bool) -> None:
        """Who takes it dies of it, in quarantine too; the first may come back from the dead."""
        fetch = self._fetch(which)
        for death in range(deaths):
            if claim := leases.claim(fetch.pk, quarantine=death > 0):
                self.held.append(claim)
            self.lose_leases()
        if overtaken and len(self.held) > 1:
            self.come_late(len(self.held) - 2)

    @rule()
    def lose_leases(self) -> None:
        self._mine().filter(state="fetching").update(lease_until=Now() - timedelta(seconds=1))

    @rule()
    def let_time_pass(self) -> None:
        self._mine().filter(state__in=Fetch.WAITING).update(next_attempt_at=None)

    @precondition(lambda self: self._fetches())
    @rule(which=pick)
    def end_early(self, which: int) -> None:
        """A chord's body comes too early, twice, or for what has ended."""
        building.finish(self._fetch(which).build_id)

    @rule(overdue=st.booleans())
    def sweep(self, overdue: bool) -> None:
        if overdue:
            self._builds().filter(finished_at=None).update(deadline_at=Now() - timedelta(seconds=1))
        sweeper.end_overdue()
        assert sweeper.sweep()

    # What always holds.

    @invariant()
    def versions_are_whole(self) -> None:
        """1…n without a gap, and none says what the one before it said."""
        for dossier in self._dossiers():
            rows = list(dossier.snapshots.order_by("number"))
            assert [row.number for row in rows] == list(range(1, dossier.latest_version + 1))
            contents = [snapshots.blocks(dossier, row) for row in rows]
            assert all(one != other for one, other in itertools.pairwise(contents))

    @invariant()
    def one_build_at_a_time(self) -> None:
        for dossier in self._dossiers():
            assert dossier.builds.filter(finished_at=None).count() <= 1

    @invariant()
    def what_has_ended_stays_so(self) -> None:
        for ask in self.asks:
            now = dossiers.status(ask.request_id)
            told = (now.state, now.outcome)
            assert (now.state in TERMINAL) == now.finished
            assert self.ended.get(ask.request_id, told) == told
            if now.finished:
                self.ended[ask.request_id] = told

    @invariant()
    def a_build_says_what_its_fetches_say(self) -> None:
        for each in self._builds().filter(finished_at__isnull=False):
            fetches = list(each.fetches.all())
            assert all(fetch.payload_sealed is None and fetch.lease_token is None for fetch in fetches)
            assert not any(fetch.state in Fetch.OPEN for fetch in fetches)
            good = sum(fetch.state in Fetch.GOOD for fetch in fetches)
            if each.state != "cancelled":
                assert each.state == {0: "failed", 3: "complete"}.get(good, "partial")
            assert (each.outcome == "new_version") == Snapshot.objects.filter(build=each).exists()

    @invariant()
    def attempts_are_counted(self) -> None:
        for fetch in self._mine():
            assert fetch.attempts <= fetch.max_attempts
            assert fetch.quarantine_claims <= conf.QUARANTINE_CLAIMS
            assert (fetch.state == "fetching") == (fetch.lease_token is not None) or fetch.build.finished_at

    @invariant()
    def what_was_known_is_never_missing(self) -> None:
        for dossier in self._dossiers():
            standing, _ = snapshots.latest(dossier)
            known = {(dossier.pk, name) for name, block in standing.items() if block["presence"] != "missing"}
            assert {(pk, name) for pk, name in self.known if pk == dossier.pk} <= known
            self.known |= known

    def teardown(self) -> None:
        """Nothing that was accepted stays open."""
        self.sweep(overdue=True)
        assert not self._builds().filter(finished_at=None).exists()
        assert all(dossiers.status(ask.request_id).finished for ask in self.asks)
        for check in (self.versions_are_whole, self.a_build_says_what_its_fetches_say):
            check()

    # How to reach it.

    def _ask(self, which: int) -> Accepted:
        return self.asks[which % len(self.asks)]

    def _dossiers(self) -> list[Dossier]:
        return list(Dossier.objects.filter(pk__in={ask.dossier_id for ask in self.asks}))

    def _builds(self) -> QuerySet[Build]:
        return Build.objects.filter(requests__in=[ask.request_id for ask in self.asks]).distinct()

    def _mine(self) -> QuerySet[Fetch]:
        return Fetch.objects.filter(build__in=self._builds().values("pk"))

    def _fetches(self) -> list[Fetch]:
        return list(self._mine().order_by("pk"))

    def _fetch(self, which: int) -> Fetch:
        """Any of theirs; rather one of the newest builds than of the old."""
        newest = self._fetches()[-6:]
        return newest[which % len(newest)]

    def _program(self, fetch: Fetch, answer: str) -> None:
        fake, cpf = self.fakes[fetch.source], identity.cpf_of(fetch.build.dossier)
        item = people.answer_of(fetch.source, cpf)
        if answer == "changed":
            item = _changed(fetch.source, item)
        fake.people = {} if answer == "not found" else {cpf: item}
        fake.always = {
            "broken": body(b"<html>"),
            "unavailable": status(503),
            "refused": status(403),
            "limited": status(429),
        }.get(answer)


def _changed(source: str, item: dict[str, object]) -> dict[str, object]:
    if source == "capa":
        return {**item, "financial_transactions": []}
    return {**item, "name": "Another Name"}


def test_no_order_of_events_breaks_a_promise(
    transactional_db: None,
    ask: Callable[..., DossierRequest],
    fake_sources: dict[str, FakeSource],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(conf, "BACKOFF_FIRST_SECONDS", 0.0)
    Life.fakes = fake_sources
    run_state_machine_as_test(
        Life,
        settings=settings(
            max_examples=int(os.environ.get("INVARIANT_EXAMPLES", examples(8, 30))),
            stateful_step_count=40,
            deadline=None,
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
