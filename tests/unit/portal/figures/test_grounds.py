"""What figures stand on, how it stands, and to which instant they are reckoned."""

from dataclasses import replace
from datetime import timedelta

import pytest

from orchestrator.records.dossiers import DossierView
from portal.figures import reckoning
from portal.figures.records import Basis, Known
from tests.unit.portal import cast
from tests.unit.portal.figures.people import (
    AT,
    carried,
    credit,
    debt,
    figure,
    moved,
    not_found,
    person,
    without,
)

OWING = person(debts=[debt("1.00"), debt("2.00")])


@pytest.mark.parametrize(
    ("view", "known", "rows", "is_carried"),
    [
        (OWING, Known.FRESH, 2, False),
        (person(), Known.FRESH, 0, False),
        (carried(OWING, "alpha"), Known.STALE, 2, True),
        (not_found(OWING, "alpha"), Known.NOT_FOUND, 0, False),
        (carried(not_found(OWING, "alpha"), "alpha"), Known.NOT_FOUND, 0, True),
        (cast.missing(OWING, "alpha", "timeout"), Known.MISSING, None, False),
        (without(OWING, "debts"), Known.NEVER_ASKED, None, False),
        (replace(OWING, version=None, blocks={}), Known.NEVER_ASKED, None, False),
    ],
)
def test_a_section_stands_as_its_block_does(
    view: DossierView, known: Known, rows: int | None, is_carried: bool
) -> None:
    (found,) = figure(view, "total_debt").basis
    fetched_at = None if known is Known.MISSING else cast.CHECKED
    assert found == Basis(
        source="alpha", section="debts", known=known, fetched_at=fetched_at, rows=rows, carried=is_carried
    )


def test_the_time_between_transactions_leaves_out_what_has_no_day() -> None:
    rows = [credit("1.00", "2026-03-01"), credit("1.00", None), moved("", "1.00", "2026-03-03")]
    found = figure(person(financial_transactions=rows), "longest_gap")
    assert found.value == 1
    assert [(each.rows, each.reason.pt) for each in found.left_out] == [(1, "sem data")]


def test_the_version_that_stands_is_reckoned_to_now_and_an_older_one_to_when_it_last_stood() -> None:
    later = AT + timedelta(days=400)
    assert reckoning.instant(OWING, later) == later
    assert reckoning.instant(replace(OWING, version=1), later) == OWING.checked_at
    unbuilt = replace(OWING, version=None, latest_version=1, checked_at=None)
    assert reckoning.instant(unbuilt, later) == later
