"""What a person has, and says to earn: sums of what is declared."""

from decimal import Decimal

from portal.figures.debts import Debts
from portal.figures.declared import figure
from portal.figures.entries import counted, read, total, worth
from portal.figures.grounds import Ground
from portal.figures.records import Figure, LeftOut


def assets(ground: Ground, debts: Debts) -> tuple[Figure, Figure]:
    """Assets, and what is left of them without the debts."""
    owned, out = _sum(ground)
    return (
        figure("assets", (ground,), owned, out),
        figure(
            "net_worth", (ground, debts.ground), owned - total(debts.counting), (*out, *debts.all_left_out)
        ),
    )


def declared_income(ground: Ground) -> Figure:
    """What is declared as income, taken as monthly."""
    earned, out = _sum(ground)
    return figure("declared_income", (ground,), earned, out)


def _sum(ground: Ground) -> tuple[Decimal, tuple[LeftOut, ...]]:
    entries, again = read(ground.rows or ())
    counting, out = counted(entries, worth)
    return total(counting), (*again, *out)
