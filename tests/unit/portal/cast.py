"""Records made by hand: three sources as registered, a fourth that is not, and a person's dossier."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from orchestrator import dossiers
from orchestrator.records.dossiers import Block, Divergence, DossierView, Presence, Provenance
from orchestrator.records.sources import Column, Kind, Label, Section, Source

REGISTERED = dossiers.sources()
CHECKED = datetime(2026, 11, 22, 13, 5, tzinfo=UTC)

FLEET = Source(
    name="fleet",
    label=Label(pt="Frota", en="Fleet"),
    person=(Column(key="licence", kind=Kind.TEXT, label=Label(pt="Habilitação", en="Licence")),),
    sections=(
        Section(
            key="vehicles",
            label=Label(pt="Veículos", en="Vehicles"),
            total="price",
            columns=(
                Column(key="id", kind=Kind.IDENTIFIER, label=Label(pt="Nº", en="No.")),
                Column(key="plate", kind=Kind.TEXT, label=Label(pt="Placa", en="Plate")),
                Column(key="bought", kind=Kind.DATE, label=Label(pt="Comprado em", en="Bought")),
                Column(key="price", kind=Kind.MONEY, label=Label(pt="Preço", en="Price")),
            ),
        ),
    ),
)

PEOPLE: dict[str, dict[str, Any]] = {
    "alpha": {"name": "Maria da Silva", "address": "Rua das Flores, 10"},
    "beta": {
        "name": "Maria A. da Silva",
        "address": "Rua das Flores, 10",
        "date_birth": date(1985, 3, 2),
    },
    "capa": {},
    "fleet": {"licence": "AB"},
}

ROWS: dict[str, dict[str, list[dict[str, Any]]]] = {
    "alpha": {
        "debts": [
            {"id": 1, "date": date(2018, 7, 7), "value": Decimal("1000.00")},
            {"id": 2, "date": date(2020, 1, 31), "value": Decimal("250.50")},
        ]
    },
    "beta": {"patrimonies": [], "sources_income": [{"description": "Salário", "value": Decimal("5000.00")}]},
    "capa": {
        "financial_transactions": [
            {
                "id": "a1",
                "date": datetime(2026, 1, 1, 2, 30, tzinfo=UTC),
                "description": "PIX <recebido>",
                "type_transaction": "Credit",
                "payment_type": "",
                "value": Decimal("10.00"),
            },
            {
                "id": "a2",
                "date": datetime(2026, 2, 1, 12, 0, tzinfo=UTC),
                "description": "Mercado",
                "type_transaction": "Debit",
                "payment_type": "CreditCard",
                "value": Decimal("99.90"),
            },
        ],
        "last_purchase": [],
    },
    "fleet": {
        "vehicles": [
            {"id": 7, "plate": "ABC1D23", "bought": date(2024, 5, 6), "price": Decimal("1234567.89")}
        ]
    },
}


def sources() -> tuple[Source, ...]:
    """The registered sources and the made-up fourth."""
    return (*REGISTERED, FLEET)


def found(source: str) -> Block:
    """What a source knows of Maria."""
    return Block(presence=Presence.FOUND, person=PEOPLE[source], sections=ROWS[source])


def absent(presence: Presence) -> Block:
    """A source that does not know the person, or of which nothing is known."""
    return Block(presence=presence, person={}, sections={})


def live(origin: str | None = "live", error_code: str | None = None) -> Provenance:
    """Where a block came from, just now unless told otherwise."""
    return Provenance(
        origin=origin, fetched_at=CHECKED if origin else None, attempts=1, error_code=error_code
    )


def maria(**blocks: Block) -> DossierView:
    """Maria's dossier at version 2 of 2: found everywhere, her name told in two ways."""
    standing: Mapping[str, Block] = {source.name: found(source.name) for source in sources()} | blocks
    return DossierView(
        id=5,
        cpf="52998224725",
        version=2,
        latest_version=2,
        completeness="complete",
        created_at=CHECKED,
        checked_at=CHECKED,
        person={
            "name": "Maria da Silva",
            "address": "Rua das Flores, 10",
            "date_birth": date(1985, 3, 2),
            "licence": "AB",
        },
        blocks=standing,
        provenance={name: live() for name in standing},
        divergences=(
            Divergence(field="name", values={"alpha": "Maria da Silva", "beta": "Maria A. da Silva"}),
        ),
    )


def missing(view: DossierView, source: str, error_code: str) -> DossierView:
    """The same dossier with one source failed and never known."""
    return replace(
        view,
        completeness="partial",
        blocks={**view.blocks, source: absent(Presence.MISSING)},
        provenance={**view.provenance, source: live(None, error_code)},
    )
