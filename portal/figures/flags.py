"""What a reader should not miss, above the numbers. A rule is one entry of `RULES`."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.records.dossiers import DossierView, Presence
from orchestrator.records.sources import Label, Source
from portal.figures import cash_flow, debts, income
from portal.figures.entries import TWICE
from portal.figures.records import Figures, Flag, Tone
from portal.figures.thresholds import Thresholds


@dataclass(frozen=True, kw_only=True)
class Case:
    """What a rule may look at."""

    view: DossierView
    figures: Figures
    sources: tuple[Source, ...]
    thresholds: Thresholds

    def number(self, key: str) -> Decimal | None:
        """A figure's value; None where it is unknown."""
        value = self.figures.figures[key].value
        return Decimal(value) if isinstance(value, int | Decimal) else None

    def differs(self, field: str) -> bool:
        """Whether the sources tell a person's value differently."""
        return any(each.field == field for each in self.view.divergences)


@dataclass(frozen=True, kw_only=True)
class Rule:
    """A flag and when it is raised. Nothing that is unknown raises one but the rule that says so."""

    key: str
    tone: Tone
    words: Label
    section: str = ""  # whose rows show it; "": the sources, or the person's values
    of_sources: bool = False  # it tells how sources answered, and nothing of the person
    holds: Callable[[Case], bool]


def raised(
    view: DossierView,
    figures: Figures,
    sources: Iterable[Source],
    thresholds: Thresholds,
    rules: Iterable[Rule] | None = None,
) -> tuple[Flag, ...]:
    """The flags of a dossier, in the order of the rules."""
    case = Case(view=view, figures=figures, sources=tuple(sources), thresholds=thresholds)
    return tuple(
        Flag(
            key=rule.key,
            tone=rule.tone,
            words=rule.words,
            section=rule.section,
            of_sources=rule.of_sources,
        )
        for rule in (RULES if rules is None else rules)
        if rule.holds(case)
    )


def _below(case: Case, key: str) -> bool:
    value = case.number(key)
    return value is not None and value < 0


def _income_apart(case: Case) -> bool:
    """By how much of the larger one the other is less; that nothing is declared is no difference."""
    declared, observed = case.number("declared_income"), case.number("observed_income")
    if not declared or observed is None:
        return False
    return abs(declared - observed) > case.thresholds.income_apart * max(declared, observed)


def _too_little_covered(case: Case) -> bool:
    return (
        case.figures.months is not None and len(cash_flow.whole(case.figures.months)) < income.ENOUGH_MONTHS
    )


def _same_debt_twice(case: Case) -> bool:
    told_again = any(each.reason == TWICE for each in case.figures.figures["total_debt"].left_out)
    return told_again or debts.twice(case.figures.debts or ())


RULES: tuple[Rule, ...] = (
    Rule(
        key="negative_record",
        tone=Tone.BAD,
        section="debts",
        words=Label(pt="Há dívidas registradas.", en="Debts are on record."),
        holds=lambda case: bool(case.number("total_debt")),
    ),
    Rule(
        key="net_worth_negative",
        tone=Tone.BAD,
        section="patrimonies",
        words=Label(pt="As dívidas passam dos bens.", en="The debts are more than the assets."),
        holds=lambda case: _below(case, "net_worth"),
    ),
    Rule(
        key="income_apart",
        tone=Tone.WARN,
        section="sources_income",
        words=Label(
            pt="A renda declarada está longe da observada nos créditos.",
            en="The declared income is far from the one observed in credits.",
        ),
        holds=_income_apart,
    ),
    Rule(
        key="months_negative",
        tone=Tone.WARN,
        section="financial_transactions",
        words=Label(
            pt="Saiu mais do que entrou em vários meses.",
            en="More went out than came in, in several months.",
        ),
        holds=lambda case: (case.number("months_negative") or 0) >= case.thresholds.negative_months,
    ),
    Rule(
        key="too_little_covered",
        tone=Tone.WARN,
        section="financial_transactions",
        words=Label(
            pt="As transações cobrem menos de três meses inteiros: a renda observada diz pouco.",
            en="The transactions cover less than three whole months: the observed income says little.",
        ),
        holds=_too_little_covered,
    ),
    Rule(
        key="names_differ",
        tone=Tone.BAD,
        words=Label(pt="As fontes dão nomes diferentes.", en="The sources give different names."),
        holds=lambda case: case.differs("name"),
    ),
    Rule(
        key="births_differ",
        tone=Tone.BAD,
        words=Label(
            pt="As fontes dão datas de nascimento diferentes.",
            en="The sources give different dates of birth.",
        ),
        holds=lambda case: case.differs("date_birth"),
    ),
    Rule(
        key="addresses_differ",
        tone=Tone.WARN,
        words=Label(pt="As fontes dão endereços diferentes.", en="The sources give different addresses."),
        holds=lambda case: case.differs("address"),
    ),
    Rule(
        key="same_debt_twice",
        tone=Tone.WARN,
        section="debts",
        words=Label(
            pt="A mesma dívida parece constar duas vezes.", en="The same debt seems to be told twice."
        ),
        holds=_same_debt_twice,
    ),
    Rule(
        key="block_missing",
        tone=Tone.BAD,
        of_sources=True,
        words=Label(
            pt="Uma fonte falhou, e nada se sabe dela.",
            en="A source failed, and nothing is known of it.",
        ),
        holds=lambda case: any(each.presence is Presence.MISSING for each in case.view.blocks.values()),
    ),
    Rule(
        key="block_stale",
        tone=Tone.WARN,
        of_sources=True,
        words=Label(
            pt="Uma fonte falhou: vale o último dado conhecido dela.",
            en="A source failed: the last that is known of it stands.",
        ),
        holds=lambda case: any(each.origin == "carried" for each in case.view.provenance.values()),
    ),
)
