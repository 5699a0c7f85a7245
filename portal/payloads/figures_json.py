"""Figures and flags as the API answers them. Words come in both languages, whatever the request's.

An amount is a string with two places, a share one with three, a number of months one with one place; counts
and days are integers, a date is ISO 8601, a level is its word. Null is unknown; where `none` is true, it is
known that there is nothing. `unknown` says why.
"""

from collections.abc import Iterable
from datetime import date
from decimal import Decimal

from orchestrator.records.dossiers import DossierView
from orchestrator.records.sources import Label
from portal.figures.records import Age, Basis, Figure, Figures, Flag, LeftOut, Month, Spending
from portal.payloads.dossier_json import Json, value


def figures(view: DossierView, found: Figures, flags: Iterable[Flag]) -> Json:
    """The figures of a dossier at a version, what is drawn of it, and its flags."""
    return {
        "dossier_id": view.id,
        "version": view.version,
        "at": value(found.at),
        "figures": {key: figure(each) for key, each in found.figures.items()},
        "debts_by_age": None if found.debts_by_age is None else [_age(each) for each in found.debts_by_age],
        "months": None if found.months is None else [_month(each) for each in found.months],
        "spending": None if found.spending is None else [_spending(each) for each in found.spending],
        "flags": [flag(each) for each in flags],
    }


def figure(found: Figure) -> Json:
    """One figure, with all that it stands on."""
    return {
        "label": _words(found.label),
        "formula": _words(found.formula),
        "unit": str(found.unit),
        "value": _plain(found.value),
        "none": found.is_none,
        "unknown": found.unknown and _words(found.unknown),
        "against": value(found.against),
        "as_of": value(found.as_of),
        "stale": list(found.stale),
        "basis": [_basis(each) for each in found.basis],
        "left_out": [_left_out(each) for each in found.left_out],
    }


def flag(raised: Flag) -> Json:
    """One flag."""
    return {
        "key": raised.key,
        "tone": str(raised.tone),
        "words": _words(raised.words),
        "section": raised.section or None,
    }


def _words(label: Label) -> Json:
    return {"pt": label.pt, "en": label.en}


def _plain(given: Decimal | int | date | str | None) -> str | int | None:
    """A figure's value; its places tell how exact it is."""
    return str(given) if isinstance(given, Decimal) else value(given)


def _basis(part: Basis) -> Json:
    return {
        "source": part.source,
        "section": part.section,
        "known": str(part.known),
        "carried": part.carried,
        "fetched_at": value(part.fetched_at),
        "rows": part.rows,
    }


def _left_out(part: LeftOut) -> Json:
    return {"rows": part.rows, "amount": value(part.amount), "reason": _words(part.reason)}


def _age(age: Age) -> Json:
    return {"days": age.days, "label": _words(age.label), "rows": age.rows, "amount": value(age.amount)}


def _month(month: Month) -> Json:
    return {
        "month": f"{month.month:%Y-%m}",
        "since": value(month.since),
        "until": value(month.until),
        "whole": month.whole,
        "credits": value(month.credits),
        "debits": value(month.debits),
        "net": value(month.net),
    }


def _spending(spent: Spending) -> Json:
    return {"text": spent.text or None, "rows": spent.rows, "amount": value(spent.amount)}
