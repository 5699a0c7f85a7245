"""All figures of a dossier, from its rows and nothing else."""

from collections.abc import Iterable
from datetime import date, datetime

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Source
from portal.figures import cash_flow, income, worth
from portal.figures.debts import Debts
from portal.figures.declared import DECLARED
from portal.figures.parts import Parts
from portal.figures.records import Figures
from portal.figures.thresholds import Thresholds
from portal.figures.transactions import SAO_PAULO, Transactions


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
    parts = Parts(view, sources)
    debts = Debts.of(parts["debts"], _day(at), told=max(_day(at), _day(told_at or at)))
    transactions = Transactions.of(parts["financial_transactions"], at)
    months = cash_flow.months(transactions)
    owed, oldest, old = debts.figures()
    declared = worth.declared_income(parts["sources_income"])
    seen, confidence, margin = income.observed(transactions, months, thresholds)
    used = (debts.part, parts["sources_income"], transactions.part)
    found = (
        *(owed, oldest, old),
        *worth.assets(parts["patrimonies"], debts),
        *(declared, seen, confidence),
        income.debt_in_months(owed, declared, seen, used),
        margin,
        *cash_flow.figures(transactions, months),
    )
    by_key = {each.key: each for each in found}
    return Figures(
        at=at,
        figures={key: by_key[key] for key in DECLARED},
        debts_by_age=debts.by_age(),
        months=months,
        spending=cash_flow.spending(transactions),
        debts=debts.owed(),
    )


def instant(view: DossierView, now: datetime) -> datetime:
    """To which instant the figures of a version are reckoned: of the one that stands to now, of an older one
    to when it was last known to stand."""
    if view.version == view.latest_version or view.checked_at is None:
        return now
    return view.checked_at


def _day(moment: datetime) -> date:
    return moment.astimezone(SAO_PAULO).date()
