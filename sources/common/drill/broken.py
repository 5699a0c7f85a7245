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
NO_MONEY: Mapping[Fault, Any] = {Fault.NAN: nan, Fault.INFINITY: inf, Fault.NOT_MONEY: "abc"}


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
    told = spots.whole
    match fault:
        case Fault.WRONG_SHAPE:
            told = {"results": told} if isinstance(told, list) else [told]
        case Fault.MISSING_KEY:
            del spots.item[spots.key]
        case Fault.NAN | Fault.INFINITY | Fault.NOT_MONEY:
            spots.row()[spots.place] = NO_MONEY[fault]
        case Fault.DUPLICATE:
            spots.entries[1:1] = spots.entries[:1]
        case Fault.OTHER_CPF:
            if spots.asked:  # only who asks for people can be told of others
                spots.item["cpf"] = next(cpf for n in count() if (cpf := f"{n:011}") not in spots.asked)
        case Fault.DEEP:
            nested: list[Any] = []
            for _ in range(DEPTH):
                nested = [nested]
            spots.item["drill"] = nested
        case _:
            raise ValueError(fault)
    return json.dumps(told, ensure_ascii=False, separators=(",", ":")).encode()
