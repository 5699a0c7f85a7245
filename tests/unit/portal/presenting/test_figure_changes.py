"""Figures of two versions beside each other, and material changes in sentences."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Row
from portal.figures.material import FALLS, NEW_DEBT, MaterialChange
from portal.figures.thresholds import Thresholds
from portal.presenting.history import figure_changes
from portal.presenting.history.figure_changes import MovedFigure
from tests.unit.portal import cast

NOW = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)


def moved(before: DossierView, after: DossierView, now: datetime = NOW) -> dict[str, MovedFigure]:
    found = figure_changes.moved(before, after, cast.sources(), thresholds=Thresholds(), now=now)
    return {str(each.label): each for each in found}


def with_salary(amount: str) -> DossierView:
    view = cast.maria()
    rows: list[Row] = [{"description": "Salário", "value": Decimal(amount)}]
    beta = replace(view.blocks["beta"], sections={**view.blocks["beta"].sections, "sources_income": rows})
    return replace(view, blocks={**view.blocks, "beta": beta})


def test_a_figure_that_moved_is_told_with_its_difference() -> None:
    told = moved(with_salary("5000.00"), with_salary("3000.00"))["Renda declarada"]
    assert (told.before, told.after, told.difference) == ("R$ 5.000,00", "R$ 3.000,00", "−R$ 2.000,00")


def test_equal_versions_have_no_figure_that_moved() -> None:
    assert moved(cast.maria(), cast.maria()) == {}


def test_a_figure_that_became_unknown_says_so_and_is_no_nought() -> None:
    told = moved(cast.maria(), cast.missing(cast.maria(), "beta", "timeout"))["Renda declarada"]
    assert told.after.startswith("desconhecido")
    assert told.difference == ""


def test_each_version_is_reckoned_to_when_it_was_checked_whatever_the_day_is() -> None:
    before, after = cast.maria(), with_salary("1.00")
    assert moved(before, after) == moved(before, after, NOW + timedelta(days=1))


def test_material_changes_are_sentences_with_what_was_and_what_is() -> None:
    debt = MaterialChange(
        key="new_debt",
        words=NEW_DEBT,
        amount=Decimal("900.00"),
        before=Decimal("100.00"),
        after=Decimal("1000.00"),
    )
    fell = MaterialChange(
        key="declared_income",
        words=FALLS["declared_income"],
        before=Decimal("5000.00"),
        after=Decimal("3000.00"),
    )
    flag = MaterialChange(key="negative", words=NEW_DEBT)
    assert figure_changes.material([debt, fell, flag]) == (
        "Nova dívida: R$ 900,00 (total: R$ 100,00 → R$ 1.000,00)",
        "A renda declarada caiu: R$ 5.000,00 → R$ 3.000,00",
        "Nova dívida",
    )
