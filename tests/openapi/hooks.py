"""What no OpenAPI document can say of an input, for schemathesis to keep to."""

from datetime import date
from itertools import count
from typing import Any

import schemathesis
from hypothesis import strategies

from fixtures.records import with_check_digits

BASES = strategies.integers(1, 999_999_998).map("{:09}".format)
schemathesis.openapi.format("cpf", BASES.filter(lambda base: len(set(base)) > 1).map(with_check_digits))
schemathesis.openapi.format("cursor", strategies.just(""))  # only a list itself knows its cursors
# A day or an instant that has been.
schemathesis.openapi.format("as-of", strategies.dates(date(2000, 1, 1), date(2026, 1, 1)).map(date.isoformat))
_new = count(20_000_000_000)


@schemathesis.hook
def before_call(context: Any, case: Any, kwargs: Any) -> None:
    """A CPF belongs to one customer of a source, a debt's id to one customer, cents are decimal, and a note
    has a text."""
    if not isinstance(case.body, dict):
        return
    if case.body.get("kind") == "note" and not str(case.body.get("text") or "").strip():
        case.body["text"] = "Seen."
    case.body = _in_cents(case.body)
    cpf, debts = case.body.get("cpf"), case.body.get("debts")
    if case.operation.path.startswith("/api/customers/") and _is_cpf(cpf):
        case.body["cpf"] = str(next(_new))
    for debt in debts if isinstance(debts, list) else ():
        if isinstance(debt, dict) and isinstance(debt.get("id"), int | float):
            del debt["id"]


def _is_cpf(value: object) -> bool:
    return isinstance(value, str) and len(value) == 11 and value.isascii() and value.isdigit()


def _in_cents(value: Any) -> Any:
    """0.07 for 0.07000000000000001, which is a multiple of 0.01 as binary fractions go."""
    if isinstance(value, dict):
        return {key: _in_cents(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_in_cents(item) for item in value]
    is_amount = (
        isinstance(value, float) and abs(value) < 1e12 and abs(value * 100 - round(value * 100)) < 1e-6
    )
    return round(value, 2) if is_amount else value
