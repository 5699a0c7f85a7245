"""All figures of a dossier, from its rows and nothing else."""

from collections.abc import Iterable
from datetime import datetime

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Source
from portal.figures import cash_flow, income, worth
from portal.figures.debts import Debts
from portal.figures.declared import DECLARED
from portal.figures.entries import day_at
from portal.figures.grounds import Grounds
from portal.figures.ledger import Ledger
from portal.figures.records import Figures
from portal.figures.thresholds import Thresholds


def reckon(
    view: DossierView,
    sources: Iterable[Source],
    *,
    at: datetime,
    thresholds: Thresholds,
    told_at: datetime | None = None,
) -> Figures:
    """The figures of a dossier at a version, with ages as of an instant (aware).

    `told_at`: when they are told, if that is later: what may not be told then of debts is left out.
    """
    grounds = Grounds(view, sources)
    debts = Debts.of(grounds["debts"], day_at(at), told=max(day_at(at), day_at(told_at or at)))
    ledger = Ledger.of(grounds["financial_transactions"], at)
    months = cash_flow.months(ledger)
    owed, oldest, old = debts.figures()
    declared = worth.declared_income(grounds["sources_income"])
    seen, confidence, margin = income.observed(ledger, months, thresholds)
    used = (debts.ground, grounds["sources_income"], ledger.ground)
    found = (
        *(owed, oldest, old),
        *worth.assets(grounds["patrimonies"], debts),
        *(declared, seen, confidence),
        income.debt_in_months(owed, declared, seen, used),
        margin,
        *cash_flow.figures(ledger, months),
    )
    by_key = {each.key: each for each in found}
    return Figures(
        at=at,
        figures={key: by_key[key] for key in DECLARED},
        debts_by_age=debts.by_age(),
        months=months,
        spending=cash_flow.spending(ledger),
        debts=debts.owed(),
    )


def instant(view: DossierView, now: datetime) -> datetime:
    """To which instant the figures of a version are reckoned: of the one that stands to now, of an older one
    to when it was last known to stand."""
    if view.version == view.latest_version or view.checked_at is None:
        return now
    return view.checked_at
