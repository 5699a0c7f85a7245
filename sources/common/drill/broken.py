"""True answers, each broken in one way. Pure: a parsed answer in, bytes out.

Only its first item is broken, as one bad record in a store would be. Where the true answer has no
item, or the item no row, one is made up, for a fault must not depend on whom it meets.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import count
from math import inf, nan
from typing import Any

from sources.common.drill.state import Fault

# Where an item has rows with money in `value`.
SECTIONS: Mapping[str, str] = {
    "alpha": "debts",
    "beta": "patrimonies",
    "capa": "financial_transactions",
}
DEPTH = 60  # more than the contract's 50


@dataclass(frozen=True, kw_only=True)
class Spots:
    """A copy of a true answer, and the places where it can be broken."""

    whole: Any
    item: dict[str, Any]  # an object
    key: str  # that it must have
    row: Callable[[], Any]  # an object or a list, made up where there is none
    place: str | int  # in it, of a value whose kind is checked
    entries: list[Any]  # a list in which nothing comes twice
    asked: Sequence[str] = ()  # the CPFs of the question


def of_batch(answer: list[dict[str, Any]], asked: Sequence[str], section: str) -> Spots:
    """The spots of a batch's answer."""
    items = answer or [{"cpf": asked[0], section: []}]
    item = items[0]
    return Spots(
        whole=items,
        item=item,
        key=section,
        row=lambda: _first(item[section], {}),
        place="value",
        entries=items,
        asked=asked,
    )


def of_cpfs(answer: dict[str, Any]) -> Spots:
    """The spots of one part of the list of CPFs; here a CPF is what money is in a batch."""
    cpfs = answer["cpfs"]
    _first(cpfs, "0" * 11)
    return Spots(whole=answer, item=answer, key="cpfs", row=lambda: cpfs, place=0, entries=cpfs)


def of_token(answer: dict[str, Any]) -> Spots:
    """The spots of a token's answer, in which nothing can come twice."""
    return Spots(
        whole=answer,
        item=answer,
        key="access_token",
        row=lambda: answer,
        place="expires_in",
        entries=[],
    )


def _first(entries: list[Any], made_up: Any) -> Any:
    if not entries:
        entries.append(made_up)
    return entries[0]


def broken(fault: Fault, spots: Spots) -> bytes:
    """The answer, broken in one way; the copy that the spots are in is used up."""
    return json.dumps(BREAKS[fault](spots), ensure_ascii=False, separators=(",", ":")).encode()


def _wrong_shape(spots: Spots) -> Any:
    return {"results": spots.whole} if isinstance(spots.whole, list) else [spots.whole]


def _missing_key(spots: Spots) -> Any:
    del spots.item[spots.key]
    return spots.whole


def _with_value(value: Any) -> Callable[[Spots], Any]:
    def put(spots: Spots) -> Any:
        spots.row()[spots.place] = value
        return spots.whole

    return put


def _duplicate(spots: Spots) -> Any:
    spots.entries[1:1] = spots.entries[:1]
    return spots.whole


def _other_cpf(spots: Spots) -> Any:
    """Only who asks for people can be told of others."""
    if spots.asked:
        spots.item["cpf"] = next(cpf for n in count() if (cpf := f"{n:011}") not in spots.asked)
    return spots.whole


def _deep(spots: Spots) -> Any:
    nested: list[Any] = []
    for _ in range(DEPTH):
        nested = [nested]
    spots.item["drill"] = nested
    return spots.whole


BREAKS: Mapping[Fault, Callable[[Spots], Any]] = {
    Fault.WRONG_SHAPE: _wrong_shape,
    Fault.MISSING_KEY: _missing_key,
    Fault.NAN: _with_value(nan),
    Fault.INFINITY: _with_value(inf),
    Fault.NOT_MONEY: _with_value("abc"),
    Fault.DUPLICATE: _duplicate,
    Fault.OTHER_CPF: _other_cpf,
    Fault.DEEP: _deep,
}
