"""What a person has, and says to earn: sums of what is declared."""

from decimal import Decimal

from portal.figures.debts import Debts
from portal.figures.declared import figure
from portal.figures.parts import Part
from portal.figures.records import Figure, LeftOut
from portal.figures.rows import counted, total, worth


def assets(part: Part, debts: Debts) -> tuple[Figure, Figure]:
    """Assets, and what is left of them without the debts."""
    owned, out = _sum(part)
    return (
        figure("assets", (part,), owned, out),
        figure("net_worth", (part, debts.part), owned - total(debts.counting), (*out, *debts.all_left_out)),
    )


def declared_income(part: Part) -> Figure:
    """What is declared as income, taken as monthly."""
    earned, out = _sum(part)
    return figure("declared_income", (part,), earned, out)


def _sum(part: Part) -> tuple[Decimal, tuple[LeftOut, ...]]:
    rows, out = counted(part.rows or (), worth)
    return total(rows), out
