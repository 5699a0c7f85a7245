"""What a person earns as the account shows it, how far that can be relied on, and what debits leave."""

from decimal import ROUND_HALF_EVEN, Decimal
from statistics import mean, median, stdev

from orchestrator.records.sources import Label
from portal.figures import cash_flow
from portal.figures.declared import figure
from portal.figures.grounds import Ground
from portal.figures.ledger import Ledger
from portal.figures.records import Figure, Level, Month
from portal.figures.thresholds import Thresholds

CENT, TENTH = Decimal("0.01"), Decimal("0.1")
# From how many whole months on, and below which coefficient of variation.
GRADES = ((Level.HIGH, 6, Decimal("0.3")), (Level.MEDIUM, 3, Decimal("0.6")))
ENOUGH_MONTHS = 3

NO_INCOME = Label(
    pt="Nenhuma renda é declarada nem observada, pela qual se possa dividir.",
    en="No income is declared or observed to divide by.",
)


def observed(
    ledger: Ledger, months: tuple[Month, ...] | None, thresholds: Thresholds
) -> tuple[Figure, Figure, Figure]:
    """Observed income, the confidence in it, and what debits leave of it."""
    grounds, whole = (ledger.ground,), cash_flow.whole(months)
    out = cash_flow.partial(ledger, months)
    came, went = [month.credits for month in whole], [month.debits for month in whole]
    income = _cents(median(came)) if whole else cash_flow.NO_WHOLE_MONTH
    margin = _cents(median(came)) - _cents(median(went)) if whole else cash_flow.NO_WHOLE_MONTH
    return (
        figure("observed_income", grounds, income, out),
        figure("income_confidence", grounds, confidence(came), out),
        figure("income_margin", grounds, margin, out, against=thresholds.minimum),
    )


def confidence(came: list[Decimal]) -> Level:
    """How far a median of so much credit a month can be relied on."""
    average = mean(came) if came else Decimal(0)
    if len(came) < ENOUGH_MONTHS or not average:
        return Level.LOW
    variation = stdev(came) / average
    for level, fewest, most in GRADES:
        if len(came) >= fewest and variation < most:
            return level
    return Level.LOW


def debt_in_months(
    debt: Figure, declared: Figure, seen: Figure, grounds: tuple[Ground, Ground, Ground]
) -> Figure:
    """The total debt in months of income. `grounds` are those of the three figures, in their order."""
    owing, declaring, observing = grounds
    by_declared = not isinstance(declared.value, Decimal) or declared.value > 0
    income, used = (declared, (owing, declaring)) if by_declared else (seen, (owing, declaring, observing))
    out = (*debt.left_out, *income.left_out)
    if not isinstance(debt.value, Decimal) or not isinstance(income.value, Decimal) or income.value <= 0:
        return figure("debt_in_months", used, NO_INCOME if _all_known(used) else None, out)
    months = (debt.value / income.value).quantize(TENTH, ROUND_HALF_EVEN)
    return figure("debt_in_months", used, months, out)


def _all_known(grounds: tuple[Ground, ...]) -> bool:
    return all(ground.rows is not None for ground in grounds)


def _cents(value: Decimal) -> Decimal:
    return Decimal(value).quantize(CENT, ROUND_HALF_EVEN)
