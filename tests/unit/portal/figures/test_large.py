"""A dossier with thousands of transactions is reckoned in a fraction of what its page may take."""

from datetime import timedelta
from time import process_time
from typing import Any

import pytest

from portal.figures import flags
from portal.figures.thresholds import Thresholds
from tests.unit.portal import cast
from tests.unit.portal.figures.people import moved, person, reckoned

MANY = 5000
FIRST = moved("Credit", "1.00", "2022-01-01")


def row(number: int, row_id: str) -> dict[str, Any]:
    kind = "Credit" if number % 3 else "Debit"
    text = f"Loja {number % 300} São João"
    made = moved(kind, f"{number}.37", None, text, row_id)
    return {**made, "date": FIRST["date"] + timedelta(hours=7 * number)}


@pytest.mark.parametrize("ids", ["each its own", "all the same"])
def test_thousands_of_transactions_take_less_than_a_tenth_of_a_second(ids: str) -> None:
    rows = [row(number, f"a{number}" if ids == "each its own" else "a") for number in range(MANY)]
    view, taken = person(financial_transactions=rows), []
    for _ in range(5):
        began = process_time()
        found = reckoned(view)
        flags.raised(view, found, cast.REGISTERED, Thresholds())
        taken.append(process_time() - began)
    assert len(found.months or ()) == 48
    assert min(taken) < 0.1
