"""Whatever happens to runs, in whatever order, to whichever worker: the promises hold.

Hypothesis drives nights, lists, retries and single requests side by side, loses and doubles their
messages, lets workers die and sources fail, against real PostgreSQL, Redis and HTTP, and looks at every
promise after every step.
"""

import itertools
import os
from collections import Counter

import pytest
from django.db.models.functions import Now
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import invariant, run_state_machine_as_test

from ops.quality.slow import examples
from orchestrator import conf, dispatch, runs
from orchestrator.batch.schedule import lifecycle, passes
from orchestrator.models import Build, Chunk, Run, RunCounts
from orchestrator.models.runs import OUTCOMES
from orchestrator.records.dossiers import Presence
from orchestrator.records.runs import MemberResult, Totals
from orchestrator.requests import building
from orchestrator.upkeep import sweeper
from orchestrator.versions import snapshots
from orchestrator.versions.carrying import GOOD
from tests.integration.runs.conftest import Fakes, Hands
from tests.integration.runs.lives import PAST, Life
from tests.integration.runs.world import SOURCES, known, said


class KeptPromises(Life):
    """What always holds."""

    @invariant()
    def counts_are_the_sum_over_the_chunks(self) -> None:
        for run_id in self.people.keys() - self.ended.keys():
            told, chunks = (
                RunCounts.objects.filter(run=run_id).first(),
                list(Chunk.objects.filter(run=run_id)),
            )
            if told is None:
                assert not chunks
                continue
            for name in ("size", *OUTCOMES):
                assert getattr(told, name) == sum(getattr(chunk, name) for chunk in chunks)
            lacking = Counter(name for each in chunks for codes in each.failures.values() for name in codes)
            assert {
                name: each["lacking"] for name, each in told.sources.items() if each["lacking"]
            } == lacking

    @invariant()
    def everybody_of_an_ended_run_counts_once(self) -> None:
        for run in Run.objects.filter(finished_at__isnull=False):
            told = (run.state, run.totals)
            if run.pk in self.ended:
                assert self.ended[run.pk] == told, "what has ended stays so"
                continue
            self.ended[run.pk] = told
            totals, members = Totals(**run.totals), list(runs.members(run.pk))  # type: ignore[arg-type]
            assert Counter(each.outcome for each in members) == +Counter(vars(totals))
            assert totals.counted == RunCounts.objects.get(run=run).size if members else not totals.counted
            self._is_whole(run, members)

    def _is_whole(self, run: Run, members: list[MemberResult]) -> None:
        here = Counter(known()[each.dossier_id] for each in members if each.dossier_id)
        assert not here or max(here.values()) == 1
        if run.state != "cancelled":
            assert here.keys() >= self.people[run.pk] - (self.erased if run.kind != "list" else set())
        if run.state == "complete":
            assert not any(each.errors or each.outcome == "failed" for each in members)

    @invariant()
    def everybody_of_a_list_is_in_it_once(self) -> None:
        for run in Run.objects.filter(kind="list", pk__in=self.people.keys()):
            lines = [each.line for each in runs.members(run.pk)]
            assert lines == list(range(2, 2 + len(self.people[run.pk])))

    @invariant()
    def versions_are_whole(self) -> None:
        """1…n without a gap, and none says what the one before it said."""
        for dossier in self._readable():
            read = self.versions.setdefault(dossier.pk, [])
            rows = list(dossier.snapshots.filter(number__gt=len(read)).order_by("number"))
            assert [row.number for row in rows] == list(range(len(read) + 1, dossier.latest_version + 1))
            read += [snapshots.blocks(dossier, row) for row in rows]
            assert all(one != other for one, other in itertools.pairwise(read[-len(rows) - 1 :]))

    @invariant()
    def what_is_told_of_a_block_is_true(self) -> None:
        """Live and kept ones are the last answer that parsed; else the failure of the last try is told."""
        here = known()
        for dossier in self._readable():
            standing = self.versions.get(dossier.pk) or [{}]
            for name, told in snapshots.provenance_of(dossier.provenance).items():
                about, block = (here[dossier.pk], name), standing[-1][name]
                truth, codes = self.witness.truth.get(about), self.witness.codes[about]
                assert (None if told.origin in GOOD else told.error_code) in codes
                assert (told.origin is None) == (truth is None) == (block.presence is Presence.MISSING)
                assert truth is None or said(name, block) == truth.said

    @invariant()
    def nobody_is_poisoned_without_two_deaths(self) -> None:
        for chunk in Chunk.objects.exclude(failures={}).filter(run__in=self.people.keys()):
            for place, codes in chunk.failures.items():
                if "poisoned" in codes.values():
                    theirs = (chunk.run_id, (chunk.dossier_ids or [])[int(place)])
                    assert self.witness.deaths_alone[theirs] >= 2

    def teardown(self) -> None:
        """Nothing that was accepted stays open, and after another night everything is as it should be."""
        self.world.heal()
        self.let_everybody_in()
        for run_id in self.people:
            runs.resume(run_id)
        self._go_on(most=60, is_last=True)
        Build.objects.filter(finished_at=None).update(deadline_at=Now() - PAST)
        self.witness.end_builds(sweeper.end_overdue)
        self._look()
        self.start_a_night()
        self._go_on(most=20)
        self._look()
        assert {part["origin"] for each in self._readable() for part in each.provenance.values()} <= {"live"}

    def _look(self) -> None:
        assert not Run.objects.filter(finished_at=None).exists()
        self.counts_are_the_sum_over_the_chunks()
        self.everybody_of_an_ended_run_counts_once()
        self.versions_are_whole()
        self.what_is_told_of_a_block_is_true()
        self.nobody_is_poisoned_without_two_deaths()


@pytest.fixture
def in_no_time(hands: Hands, monkeypatch: pytest.MonkeyPatch) -> Hands:
    """Nothing is waited for, little is enough to pause or to be halved, and single requests are messages."""
    small = {
        "RUN_CHUNK": 2,
        "RUN_CHUNKS_AT_ONCE": 3,
        "RUN_ERROR_BUDGET": 2,
        "RUN_PAUSES": 2,
        "RUN_MOST_LOST": 2,
    }
    waits = dict.fromkeys(("RUN_PATIENCE_SECONDS", "BACKOFF_FIRST_SECONDS", "BACKOFF_LAST_SECONDS"), 0.0)
    for name, value in {**small, **waits, "RUN_ATTEMPTS": 1, "BREAKER": False}.items():
        monkeypatch.setattr(conf, name, value)
    # A second more or less of the clock must not make another life of the same choices.
    monkeypatch.setattr(lifecycle, "CROWDED_SECONDS", 0.0)
    monkeypatch.setattr(passes, "LONGEST_WAIT_SECONDS", 0.0)
    monkeypatch.setenv("NIGHTLY_AT", "off")
    for name in SOURCES:
        monkeypatch.setenv(f"SOURCE_{name.upper()}_PER_SECOND", "100000")
    monkeypatch.setattr(
        dispatch, "send_build", lambda _, fetches: all(hands.take(building.fetch, pk) for pk in fetches)
    )
    return hands


def test_no_order_of_events_breaks_a_promise_of_runs(
    transactional_db: None, in_no_time: Hands, fake_sources: Fakes
) -> None:
    KeptPromises.fakes, KeptPromises.hands = fake_sources, in_no_time
    run_state_machine_as_test(
        KeptPromises,
        settings=settings(
            max_examples=int(os.environ.get("INVARIANT_EXAMPLES", examples(2, 8))),
            stateful_step_count=40,
            deadline=None,
            phases=[Phase.generate],  # to make a life shorter that fails takes minutes
            database=None,
            suppress_health_check=list(HealthCheck),
        ),
    )
