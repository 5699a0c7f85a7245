"""What a PDF tells, made by hand: of a person with accents, debts, much that moved, and two versions."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Value
from portal.charts.drawing import charts
from portal.charts.history import Point
from portal.exports.dossier_document import Contents
from portal.figures import flags
from portal.figures.thresholds import Thresholds
from portal.payloads import version_json
from portal.presenting.dossiers.decision_lines import DecisionLine
from portal.presenting.words import Sign
from tests.unit.portal import cast
from tests.unit.portal.figures import people

AT = datetime(2026, 11, 22, 15, 0, 7, tzinfo=UTC)
NAME = "João Antônio d’Ávila Conceição Müller-Łuczak"


def rich(transactions: int = 400, name: str = NAME) -> DossierView:
    """Somebody with so many transactions, of the last months, and debts of all ages."""
    kinds = ("Credit", "Debit", "Debit", "Debit")
    moves = [
        people.moved(
            kinds[number % 4],
            f"{(number * 37) % 900 + 10}.{number % 100:02d}",
            f"2026-{number % 10 + 1:02d}-{number % 28 + 1:02d}",
            ("Salário", "Mercado São João", "Aluguel", "Farmácia", "Pensão alimentícia")[number % 5],
            f"t{number}",
        )
        for number in range(transactions)
    ]
    owed = [people.debt("1000.00", "2018-07-07", 1), people.debt("250.50", "2026-10-30", 2)]
    owed += [people.debt("9250.75", "2026-03-01", 3), people.debt("12000.00", "2023-03-01", 4)]
    view = people.person(
        debts=owed,
        patrimonies=[people.holding("45000.00", "Carro"), people.holding("180000.00", "Apartamento")],
        sources_income=[people.holding("5000.00", "Salário")],
        financial_transactions=moves,
    )
    told: dict[str, Value] = {
        "name": name,
        "address": "Rua das Açucenas, 10, São João del-Rei",
        "date_birth": date(1985, 3, 2),
    }
    blocks = {source: replace(block, person=told) for source, block in view.blocks.items()}
    return replace(view, person=told, blocks=blocks, divergences=cast.maria().divergences)


def contents(view: DossierView | None = None, **told: Any) -> Contents:
    """A document of this dossier, which an analyst takes away for credit."""
    view = view or rich()
    figures = people.reckoned(view, AT)
    given: Mapping[str, Any] = {
        "view": view,
        "sources": cast.REGISTERED,
        "figures": figures,
        "flags": flags.raised(view, figures, cast.REGISTERED, Thresholds()),
        "drawings": charts(figures, history(view)),
        "decisions": (),
        "reader": "ana.souza",
        "purpose": "credit_analysis",
        "basis": "own",
        "at": AT,
        "attachment": version_json.body(view, cast.REGISTERED),
        "attachment_name": "dossier-5-v2.json",
    }
    return Contents(**{**given, **told})


def history(view: DossierView) -> Sequence[Point]:
    """Two versions, of which the first had fewer debts."""
    fewer = replace(view, version=1, blocks={**view.blocks, "alpha": people.person().blocks["alpha"]})
    return [
        Point(version=1, at=datetime(2026, 10, 1, tzinfo=UTC), figures=people.reckoned(fewer, AT)),
        Point(version=2, at=AT, figures=people.reckoned(view, AT)),
    ]


DECIDED = DecisionLine(
    kind="aprovado",
    text="Limite de R$ 5.000.\nRever em março.",
    by="ana.souza",
    at=AT,
    version=3,
    sign=Sign(word="aprovado", icon="ok", tone="good"),
)
