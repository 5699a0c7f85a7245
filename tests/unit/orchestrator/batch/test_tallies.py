"""What became of the dossiers of a chunk: each counts once, and two passes are one outcome."""

import pytest

from orchestrator.batch.counting import tallies
from orchestrator.batch.counting.tallies import Saved
from orchestrator.records.runs import Failure, Totals

DOWN = Failure(code="timeout", retryable=True)


def test_each_dossier_counts_once_by_the_first_that_holds() -> None:
    failures = {"0": {"alpha": "timeout"}, "1": {"capa": "bad_answer"}, "2": {"capa": "timeout"}}
    totals = tallies.count("-nucus-", failures)
    assert totals == Totals(failed=2, partial=2, changed=1, unchanged=1, skipped=1)
    assert totals.done == 7


@pytest.mark.parametrize(
    ("before", "now", "after"),
    [
        ("-", Saved.NEW, "n"),
        ("n", Saved.CHANGED, "n"),  # a first version, and then the block that it lacked
        ("u", Saved.CHANGED, "c"),
        ("c", Saved.UNCHANGED, "c"),
        ("u", Saved.SKIPPED, "u"),
        ("-", Saved.SKIPPED, "s"),
    ],
)
def test_the_greater_of_two_passes_counts(before: str, now: Saved, after: str) -> None:
    assert tallies.merged(before, {0: now}) == after


def test_a_later_pass_takes_away_what_it_has_mended_and_leaves_what_it_did_not_ask() -> None:
    before = {"0": {"capa": "timeout", "beta": "refused"}, "1": {"capa": "timeout"}, "2": {"capa": "timeout"}}
    after = tallies.failures_after(
        before, {"capa": [0, 1, 2]}, {0: Saved.CHANGED, 1: Saved.CHANGED}, {2: {"capa": DOWN}}
    )
    assert after == {"0": {"beta": "refused"}, "2": {"capa": "timeout"}}


def test_whom_somebody_else_has_checked_lacks_nothing() -> None:
    assert tallies.failures_after({}, None, {0: Saved.SKIPPED}, {0: {"capa": DOWN}}) == {}
