"""Which rows are one row that changed, and which came or went."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.clients import alpha, beta
from orchestrator.records.sources import Row, Section
from orchestrator.versions import pairing
from orchestrator.versions.pairing import Moves

DEBTS, ASSETS = alpha.SOURCE.sections[0], beta.SOURCE.sections[0]


def debt(pk: int | None, value: str, date: str = "2018-07-07") -> Row:
    return {"id": pk, "date": date, "value": Decimal(value)}


def asset(description: str, value: str) -> Row:
    return {"description": description, "value": Decimal(value)}


def told(moves: Moves) -> tuple[list[Row], list[Row], list[tuple[Row, Row]]]:
    return list(moves.removed), list(moves.added), list(moves.changed)


CAR, DEAR_CAR = asset("Carro", "35.50"), asset("Carro", "35.51")
BOAT, HOUSE = asset("Barco", "7.00"), asset("Casa", "9.00")


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([CAR], [CAR], ([], [], [])),
        ([CAR, BOAT], [BOAT, CAR], ([], [], [])),
        ([CAR], [DEAR_CAR], ([], [], [(CAR, DEAR_CAR)])),
        ([CAR, BOAT], [BOAT, DEAR_CAR], ([], [], [(CAR, DEAR_CAR)])),
        ([CAR], [CAR, CAR], ([], [CAR], [])),
        ([CAR, CAR], [CAR], ([CAR], [], [])),
        ([CAR, CAR], [CAR, DEAR_CAR], ([], [], [(CAR, DEAR_CAR)])),
        ([CAR], [BOAT], ([CAR], [BOAT], [])),
        ([], [CAR], ([], [CAR], [])),
        # two that exchanged their values
        (
            [asset("Carro", "1"), asset("Casa", "2")],
            [asset("Carro", "2"), asset("Casa", "1")],
            (
                [],
                [],
                [(asset("Carro", "1"), asset("Carro", "2")), (asset("Casa", "2"), asset("Casa", "1"))],
            ),
        ),
        # what something is says more than what it is worth
        (
            [asset("Carro", "1")],
            [asset("Casa", "1"), asset("Carro", "2")],
            ([], [asset("Casa", "1")], [(asset("Carro", "1"), asset("Carro", "2"))]),
        ),
        ([asset("Carro", "1")], [asset("Moto", "1")], ([], [], [(asset("Carro", "1"), asset("Moto", "1"))])),
    ],
)
def test_rows_without_an_identifier_pair_with_what_is_most_alike(
    before: list[Row], after: list[Row], expected: Any
) -> None:
    assert told(pairing.moves(before, after, ASSETS)) == expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([debt(1, "35.50")], [debt(1, "35.51")], ([], [], [(debt(1, "35.50"), debt(1, "35.51"))])),
        # all but its identifier moved
        (
            [debt(1, "1")],
            [debt(1, "9", "2020-01-01")],
            ([], [], [(debt(1, "1"), debt(1, "9", "2020-01-01"))]),
        ),
        # the same under another identifier
        ([debt(1, "1")], [debt(2, "1")], ([], [], [(debt(1, "1"), debt(2, "1"))])),
        # alike, but not the same
        ([debt(1, "1")], [debt(2, "2")], ([debt(1, "1")], [debt(2, "2")], [])),
        # the values of two exchanged
        (
            [debt(1, "1"), debt(2, "2")],
            [debt(1, "2"), debt(2, "1")],
            ([], [], [(debt(1, "1"), debt(1, "2")), (debt(2, "2"), debt(2, "1"))]),
        ),
        # its identifier lost, or gained, and nothing else
        ([debt(1, "1")], [debt(None, "1")], ([], [], [(debt(1, "1"), debt(None, "1"))])),
        ([debt(None, "1")], [debt(1, "1")], ([], [], [(debt(None, "1"), debt(1, "1"))])),
        # and more: nobody knows that it is the same
        ([debt(1, "1")], [debt(None, "2")], ([debt(1, "1")], [debt(None, "2")], [])),
        # two without an identifier are not one by that, but by what stayed
        (
            [debt(None, "1", "2018-01-01"), debt(None, "2", "2019-01-01")],
            [debt(None, "9", "2019-01-01"), debt(None, "8", "2020-02-02")],
            (
                [debt(None, "1", "2018-01-01")],
                [debt(None, "8", "2020-02-02")],
                [(debt(None, "2", "2019-01-01"), debt(None, "9", "2019-01-01"))],
            ),
        ),
    ],
)
def test_rows_with_an_identifier_pair_by_it(before: list[Row], after: list[Row], expected: Any) -> None:
    assert told(pairing.moves(before, after, DEBTS)) == expected


def test_rows_pair_as_they_are_stored_where_nothing_is_declared() -> None:
    (pair,) = pairing.moves([CAR], [DEAR_CAR]).changed
    assert pair == (CAR, DEAR_CAR)


def test_a_column_that_only_one_side_was_asked_for_is_no_change() -> None:
    known = {**CAR, "bought": "2020-01-01"}
    assert told(pairing.moves([CAR], [known], ASSETS)) == ([], [], [])
    assert told(pairing.moves([CAR], [known, {**BOAT, "bought": ""}], ASSETS))[1] == [{**BOAT, "bought": ""}]


def test_thousands_of_rows_are_paired_at_once() -> None:
    before = [asset(f"Lote {number}", "1") for number in range(20_000)]
    after = [asset(f"Lote {number}", "2") for number in reversed(range(20_000))]
    assert len(pairing.moves(before, after, ASSETS).changed) == 20_000


_amounts = st.sampled_from(["1", "2", "3"])
_assets = st.lists(st.builds(asset, st.sampled_from(["Carro", "Casa", "Barco"]), _amounts), max_size=6)
_debts = st.lists(
    st.builds(debt, st.none() | st.integers(1, 4), _amounts, st.sampled_from(["2018-07-07", "2020-01-01"])),
    max_size=6,
)


def counted(rows: Any) -> Counter[Any]:
    return Counter(frozenset(row.items()) for row in rows)


@given(
    st.one_of(
        st.tuples(_assets, _assets, st.sampled_from([ASSETS, None])),
        st.tuples(_debts, _debts, st.sampled_from([DEBTS, None])),
    )
)
def test_what_a_diff_tells_makes_the_rows_before_the_rows_after(
    rows: tuple[list[Row], list[Row], Section | None],
) -> None:
    before, after, section = rows
    moves = pairing.moves(before, after, section)
    then, now = [pair[0] for pair in moves.changed], [pair[1] for pair in moves.changed]
    gone, come = counted([*moves.removed, *then]), counted([*moves.added, *now])
    assert counted(before) - gone + come == counted(after)
    assert not gone & come, "what stands on both sides has not moved"
    assert all(old != new for old, new in moves.changed)
