"""What is raised above the numbers: each rule where it holds, and just where it does not."""

from dataclasses import replace
from decimal import Decimal

import pytest

from orchestrator.records.dossiers import Divergence, DossierView
from orchestrator.records.sources import Label
from portal.figures import flags
from portal.figures.flags import RULES, Rule
from portal.figures.records import Flag, Tone
from portal.figures.thresholds import Thresholds
from tests.unit.portal import cast
from tests.unit.portal.figures.people import (
    Rows,
    by_month,
    carried,
    debt,
    holding,
    not_found,
    person,
    reckoned,
    without,
)

STEADY = by_month(*((f"2026-0{month}", "1000.00", "300.00") for month in range(1, 7)))  # four whole months


def steady(**sections: Rows) -> DossierView:
    """A person of whom nothing is to be flagged, but for what is given."""
    return person(**{"financial_transactions": STEADY, **sections})


def keys(view: DossierView, thresholds: Thresholds | None = None, **more: tuple[Rule, ...]) -> list[str]:
    found = flags.raised(view, reckoned(view), cast.REGISTERED, thresholds or Thresholds(), **more)
    return [flag.key for flag in found]


def differing(field: str) -> DossierView:
    return replace(steady(), divergences=(Divergence(field=field, values={"alpha": "a", "beta": "b"}),))


def red(count: int) -> Rows:
    """Five whole months, of which so many end below nought."""
    went = ["1000.01"] * count + ["300.00"] * (5 - count)
    whole = [(f"2026-0{month}", "1000.00", spent) for month, spent in enumerate(went, start=2)]
    return by_month(("2026-01", "1.00", "1.00"), *whole, ("2026-07", "1.00", "1.00"))


@pytest.mark.parametrize(
    ("view", "raised"),
    [
        (steady(), []),
        (steady(debts=[debt("10.00")], patrimonies=[holding("10.00")]), ["negative_record"]),
        (steady(debts=[debt("10.00", "2020-01-01")]), []),  # older than five years: not told
        (steady(debts=[debt("0.00")]), []),
        (
            steady(debts=[debt("10.00")], patrimonies=[holding("9.99")]),
            ["negative_record", "net_worth_negative"],
        ),
        (steady(sources_income=[holding("1400.00")]), []),
        (steady(sources_income=[holding("700.00")]), []),
        (steady(sources_income=[holding("699.99")]), ["income_apart"]),
        (steady(sources_income=[holding("1428.58")]), ["income_apart"]),  # 30 % of it is 428.57
        (person(financial_transactions=red(1)), []),
        (person(financial_transactions=red(2)), ["months_negative"]),
        (person(financial_transactions=STEADY[:8]), ["too_little_covered"]),  # two whole months
        (person(financial_transactions=STEADY[:10]), []),
        (person(), ["too_little_covered"]),
        (differing("name"), ["names_differ"]),
        (differing("date_birth"), ["births_differ"]),
        (differing("address"), ["addresses_differ"]),
        (
            steady(debts=[debt("10.00", row_id=1), debt("10.00", row_id=2)], patrimonies=[holding("20.00")]),
            ["negative_record", "same_debt_twice"],
        ),
        (
            steady(debts=[debt("10.00", row_id=1)] * 2, patrimonies=[holding("20.00")]),
            ["negative_record", "same_debt_twice"],
        ),
        (
            steady(debts=[debt("1.00", row_id=1), debt("2.00", row_id=1)], patrimonies=[holding("20.00")]),
            ["negative_record", "same_debt_twice"],
        ),
        (
            steady(debts=[debt("1.00", "2026-01-01"), debt("1.00")], patrimonies=[holding("20.00")]),
            ["negative_record"],
        ),
        (steady(debts=[debt("10.00", "2020-01-01")] * 2), []),
        (carried(steady(), "beta"), ["block_stale"]),
        (cast.missing(steady(), "alpha", "timeout"), ["block_missing"]),
        (cast.missing(steady(), "capa", "timeout"), ["block_missing"]),
        (not_found(steady(), "alpha"), []),
        (without(steady(debts=[debt("1.00")]), "debts"), []),
    ],
)
def test_a_flag_is_raised_where_its_rule_holds_and_nowhere_else(view: DossierView, raised: list[str]) -> None:
    assert keys(view) == raised


def test_before_the_first_version_nothing_is_flagged() -> None:
    assert keys(replace(person(), version=None, blocks={}, provenance={})) == []


def test_a_rule_is_one_entry() -> None:
    indebted = Rule(
        key="deep_in_debt",
        tone=Tone.WARN,
        section="debts",
        words=Label(pt="Deve mais de um ano de renda.", en="Owes more than a year's income."),
        holds=lambda case: (case.number("debt_in_months") or 0) > 12,
    )
    wealth = {"patrimonies": [holding("99999.00")], "sources_income": [holding("1000.00")]}
    assert keys(steady(debts=[debt("12000.00")], **wealth), rules=(*RULES, indebted)) == ["negative_record"]
    poor = steady(debts=[debt("12100.00")], **wealth)
    assert keys(poor) == ["negative_record"]
    told = flags.raised(poor, reckoned(poor), cast.REGISTERED, Thresholds(), (*RULES, indebted))
    assert told[-1] == Flag(key="deep_in_debt", tone=Tone.WARN, words=indebted.words, section="debts")


def test_rules_have_keys_of_their_own_words_in_both_languages_and_sections_that_are_declared() -> None:
    declared = {section.key for source in cast.REGISTERED for section in source.sections}
    assert len({rule.key for rule in RULES}) == len(RULES)
    for rule in RULES:
        assert rule.words.pt != rule.words.en, rule.key
        assert rule.section in {"", *declared}, rule.key


@pytest.mark.parametrize(
    ("thresholds", "raised"),
    [
        (Thresholds(income_apart=Decimal("0.10")), ["income_apart"]),
        (Thresholds(income_apart=Decimal("0.50")), []),
    ],
)
def test_what_counts_as_far_is_a_setting(thresholds: Thresholds, raised: list[str]) -> None:
    assert keys(steady(sources_income=[holding("800.00")]), thresholds) == raised


def test_only_what_is_of_the_sources_says_so() -> None:
    assert {rule.key for rule in RULES if rule.of_sources} == {"block_missing", "block_stale"}
