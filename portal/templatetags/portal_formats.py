"""How templates write values: money, dates, CPFs and codes."""

from django import template

from portal.presenting import dossier_page, formats, words
from portal.presenting.words import Sign, Words

register = template.Library()

register.filter("brl", formats.brl)
register.filter("cpf", formats.cpf)
register.filter("masked_cpf", formats.masked_cpf)
register.filter("day", formats.day)
register.filter("instant", formats.instant)
register.filter("clock", formats.clock)
register.filter("day_clock", formats.day_clock)
register.filter("utc", formats.utc)
register.filter("age", formats.age)
register.filter("duration", formats.duration)
register.filter("number", formats.number)
register.filter("retry_word", words.retry)


@register.filter
def purpose(code: str) -> Words:
    """A purpose in words."""
    return words.PURPOSES.get(code, code)


@register.filter
def request_sign(state: str) -> Sign:
    """A request's state, or a version's completeness, as a sign."""
    return words.REQUEST_STATES[state]


@register.filter
def version_sign(completeness: str) -> Sign:
    """Whether a version has all sources, as a sign."""
    return dossier_page.VERSION_SIGNS[completeness]
