"""People made up for figures: what each section has of them, and the instant that all is reckoned to."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from orchestrator.records.dossiers import Block, DossierView, Presence
from portal.figures.reckoning import reckon
from portal.figures.records import Figure, Figures
from portal.figures.thresholds import Thresholds
from tests.unit.portal import cast

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)  # noon in São Paulo
SECTIONS = {
    "alpha": ("debts",),
    "beta": ("patrimonies", "sources_income"),
    "capa": ("financial_transactions", "last_purchase"),
}
SOURCE_OF = {section: source for source, sections in SECTIONS.items() for section in sections}
Rows = Sequence[Mapping[str, Any]]


def debt(value: str | None, day: str | None = "2026-11-01", row_id: int | None = None) -> dict[str, Any]:
    """A debt's row."""
    return {
        "id": row_id,
        "date": date.fromisoformat(day) if day else None,
        "value": None if value is None else Decimal(value),
    }


def holding(value: str | None, description: str = "Carro") -> dict[str, Any]:
    """An asset's row, or that of a source of income."""
    return {"description": description, "value": None if value is None else Decimal(value)}


def moved(
    kind: str, value: str | None, day: str | None, text: str = "Mercado", row_id: str = ""
) -> dict[str, Any]:
    """A transaction's row; a day is noon in São Paulo, or an instant as it is written."""
    moment = day if day is None or "T" in day else f"{day}T12:00:00-03:00"
    return {
        "id": row_id,
        "date": datetime.fromisoformat(moment).astimezone(UTC) if moment else None,
        "description": text,
        "type_transaction": kind,
        "payment_type": "",
        "value": None if value is None else Decimal(value),
    }


def credit(value: str | None, day: str | None, text: str = "Salário") -> dict[str, Any]:
    """A credit's row."""
    return moved("Credit", value, day, text)


def debit(value: str | None, day: str | None, text: str = "Mercado") -> dict[str, Any]:
    """A debit's row."""
    return moved("Debit", value, day, text)


def person(**sections: Rows) -> DossierView:
    """A person whom all three sources know, with these rows; of all other sections none."""
    blocks = {
        source: Block(
            presence=Presence.FOUND,
            person={},
            sections={key: tuple(sections.get(key, ())) for key in keys},
        )
        for source, keys in SECTIONS.items()
    }
    provenance = {source: cast.live() for source in blocks}
    return replace(cast.maria(), person={}, blocks=blocks, provenance=provenance, divergences=())


def without(view: DossierView, *sections: str) -> DossierView:
    """The same person, of whom these sections were never asked for."""
    blocks = {
        source: replace(
            block, sections={key: rows for key, rows in block.sections.items() if key not in sections}
        )
        for source, block in view.blocks.items()
    }
    return replace(view, blocks=blocks)


def not_found(view: DossierView, source: str) -> DossierView:
    """The same person, whom one source does not know."""
    return replace(view, blocks={**view.blocks, source: cast.absent(Presence.NOT_FOUND)})


def carried(view: DossierView, source: str) -> DossierView:
    """The same person, of whom one source's block is that of an earlier check."""
    return replace(view, provenance={**view.provenance, source: cast.live("carried", "timeout")})


def reckoned(view: DossierView, at: datetime = AT, told_at: datetime | None = None) -> Figures:
    """The figures, by the thresholds that a fresh installation has."""
    return reckon(view, cast.REGISTERED, at=at, thresholds=Thresholds(), told_at=told_at)


def figure(view: DossierView, key: str) -> Figure:
    """One figure of a person."""
    return reckoned(view).figures[key]


def by_month(*sums: tuple[str, str, str]) -> list[dict[str, Any]]:
    """A credit and a debit on the tenth of each month: `("2026-01", credits, debits)`."""
    rows: Iterable[tuple[dict[str, Any], dict[str, Any]]] = (
        (credit(came, f"{month}-10"), debit(went, f"{month}-10")) for month, came, went in sums
    )
    return [row for pair in rows for row in pair]
