"""What changed between two versions so that whoever follows a dossier should know. Of what is unknown on
either side nothing is known to have changed."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from orchestrator.records.sources import Label
from portal.figures.records import Figures, Flag, Owed
from portal.figures.thresholds import Thresholds

NEW_DEBT = Label(pt="Nova dívida", en="New debt")
LESS_DECLARED = Label(pt="A renda declarada caiu", en="The declared income fell")
LESS_OBSERVED = Label(pt="A renda observada caiu", en="The observed income fell")
FALLS = {"declared_income": LESS_DECLARED, "observed_income": LESS_OBSERVED}


@dataclass(frozen=True, kw_only=True)
class MaterialChange:
    """One such change. `key` is new_debt, declared_income, observed_income, or that of the new flag.

    `amount` is what is owed anew in BRL, `before` and `after` the figure's values; of a flag all are None.
    """

    key: str
    words: Label
    amount: Decimal | None = None
    before: Decimal | None = None
    after: Decimal | None = None
    section: str = ""


def changes(
    before: Figures,
    before_flags: Iterable[Flag],
    after: Figures,
    after_flags: Iterable[Flag],
    thresholds: Thresholds,
) -> tuple[MaterialChange, ...]:
    """The material changes: new debt, income that fell, flags that were not raised before and tell of the
    person. Give figures of one `at`, or age alone will make changes."""
    old = {flag.key for flag in before_flags}
    new = (flag for flag in after_flags if flag.key not in old and not flag.of_sources)
    found = (
        _new_debt(before, after, thresholds.new_debt),
        *(_fall(key, before, after, thresholds.income_fall) for key in FALLS),
        *(MaterialChange(key=flag.key, words=flag.words, section=flag.section) for flag in new),
    )
    return tuple(each for each in found if each)


def owed_anew(before: Iterable[Owed], after: Iterable[Owed]) -> Decimal:
    """What debts are owed that were not, in BRL: those that are new, and by what others grew.

    A debt is the same by the source's id, or by its date and value where the id changed.
    """
    then, now = list(before), list(after)
    by_id = {debt.id: debt.value for debt in then if debt.id}
    grown = sum(
        (max(debt.value - by_id[debt.id], Decimal(0)) for debt in now if debt.id in by_id), Decimal(0)
    )
    ids = {debt.id for debt in now if debt.id in by_id}
    left = Counter((debt.date, debt.value) for debt in then if debt.id not in ids)
    fresh = Counter((debt.date, debt.value) for debt in now if debt.id not in ids)
    return sum((value * times for (_day, value), times in (fresh - left).items()), grown)


def _new_debt(before: Figures, after: Figures, most: Decimal) -> MaterialChange | None:
    if before.debts is None or after.debts is None:
        return None
    amount = owed_anew(before.debts, after.debts)
    if amount <= most:
        return None
    return MaterialChange(
        key="new_debt",
        words=NEW_DEBT,
        amount=amount,
        before=_money(before, "total_debt"),
        after=_money(after, "total_debt"),
        section="debts",
    )


def _fall(key: str, before: Figures, after: Figures, most: Decimal) -> MaterialChange | None:
    then, now = _money(before, key), _money(after, key)
    if then is None or now is None or then <= 0 or (then - now) / then < most:
        return None
    section = after.figures[key].basis[0].section
    return MaterialChange(key=key, words=FALLS[key], before=then, after=now, section=section)


def _money(figures: Figures, key: str) -> Decimal | None:
    value = figures.figures[key].value
    return value if isinstance(value, Decimal) else None
