"""Three sources that say this and that of a few people, and of which it is known what they said."""

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

from orchestrator.models import Dossier
from orchestrator.records.dossiers import Block, Presence
from orchestrator.sealing import envelopes
from tests.fakes import people
from tests.fakes.source import Respond, body, status
from tests.faults.load import people as cpfs
from tests.integration.runs.conftest import Fakes

CAST = sorted(cpfs(10, 4))
SOURCES = ("alpha", "beta", "capa")
BEHAVIOURS: dict[str, Respond | None] = {
    "well": None,
    "unavailable": status(503),
    "broken": body(b"<html>"),
    "refused": status(403),
    "limited": status(429),
}
ITEMS = ("well", "bad", "unknown", "a cent more")
_SECTIONS = {"alpha": "debts", "beta": "patrimonies", "capa": "financial_transactions"}
_CENT = Decimal("0.01")

Said = Decimal | None  # the amount in a person's first row; None: the source does not know them


@dataclass(frozen=True)
class Try:
    """What came of asking a source about somebody; `order` counts all tries."""

    order: int
    parsed: bool
    said: Said = None


class World:
    """The three sources and what each says of everybody."""

    def __init__(self, fakes: Fakes) -> None:
        self.fakes = fakes
        self.behaves = dict.fromkeys(SOURCES, "well")
        self._items = {(cpf, source): "well" for cpf in CAST for source in SOURCES}
        self._amounts = {about: Decimal("1000.00") for about in self._items}
        self._tries = itertools.count(1)
        for fake in fakes.values():
            fake.people.clear()
            fake.calls.clear()
        self.heal()

    def heal(self) -> None:
        """Every source answers, and everybody's item can be read who is known."""
        for source in SOURCES:
            self.behave(source, "well")
        for cpf, source in self._items:
            self.become(cpf, source, "well")

    def behave(self, source: str, how: str) -> None:
        """From now on the source answers so whatever it is asked."""
        self.behaves[source] = how
        self.fakes[source].always = self.fakes[source].lists = BEHAVIOURS[how]

    def become(self, cpf: str, source: str, how: str) -> None:
        """One person's item is another from now on."""
        if how == "a cent more":
            self._amounts[cpf, source] += _CENT
            how = "well"
        self._items[cpf, source] = how
        self.fakes[source].people.pop(cpf, None)
        if how != "unknown":
            self.fakes[source].people[cpf] = _item(source, cpf, self._amounts[cpf, source], how)

    def answer(self, source: str, cpf: str) -> Try:
        """What the source says of somebody when it is asked now."""
        item = self._items[cpf, source]
        parsed = self.behaves[source] == "well" and item != "bad"
        said = self._amounts[cpf, source] if parsed and item == "well" else None
        return Try(next(self._tries), parsed, said)


def _item(source: str, cpf: str, amount: Decimal, how: str) -> dict[str, Any]:
    makers: dict[str, Callable[[], dict[str, Any]]] = {
        "alpha": lambda: people.alpha(cpf, debts=(str(amount),)),
        "beta": lambda: people.beta(cpf, assets=(str(amount),)),
        "capa": lambda: people.capa(cpf, values=(float(amount),)),
    }
    item = makers[source]()
    if how == "bad":
        item[_SECTIONS[source]][0]["value"] = "much"
    return item


def said(source: str, block: Block) -> Said:
    """What a block says, in the world's words."""
    if block.presence is not Presence.FOUND:
        return None
    amount = block.sections[_SECTIONS[source]][0]["value"]
    assert isinstance(amount, Decimal)
    return amount


def known() -> dict[int, str]:
    """The CPFs of all dossiers by id."""
    lookups = {envelopes.lookup(cpf): cpf for cpf in CAST}
    rows = Dossier.objects.values_list("pk", "cpf_lookup")
    return {pk: lookups[bytes(lookup)] for pk, lookup in rows}
