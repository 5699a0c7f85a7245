"""How templates write values: money, dates, CPFs and codes."""

from datetime import datetime, timedelta

from django import template
from django.utils.timesince import timesince
from django.utils.timezone import now
from django.utils.translation import gettext as _

from portal import formats, words
from portal.words import Sign, Words

register = template.Library()

register.filter("brl", formats.brl)
register.filter("cpf", formats.cpf)
register.filter("masked_cpf", formats.masked_cpf)
register.filter("day", formats.day)
register.filter("instant", formats.instant)
register.filter("clock", formats.clock)
register.filter("utc", formats.utc)


@register.filter
def age(since: datetime) -> str:
    """How long ago an instant was, in one unit: `há 3 dias`."""
    if now() - since < timedelta(minutes=1):
        return _("há menos de um minuto")
    return _("há %(time)s") % {"time": timesince(since, depth=1)}


@register.filter
def purpose(code: str) -> Words:
    """A purpose in words."""
    return words.PURPOSES.get(code, code)


@register.filter
def request_sign(state: str) -> Sign:
    """A request's state, or a version's completeness, as a sign."""
    return words.REQUEST_STATES[state]
