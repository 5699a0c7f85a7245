"""The one form of each fact, so that what is the same compares as the same. Pure.

Sources write one fact in many ways, and change the way without a word: none of that is news of a person.
Both what sources answer and what was stored before go through here (ADR 13).
"""

from datetime import UTC, datetime
from unicodedata import is_normalized, normalize
from zoneinfo import ZoneInfo

SAO_PAULO = ZoneInfo("America/Sao_Paulo")

_UNSEEN = dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF))  # soft hyphen, zero-width space, joiner, BOM


def text(given: str) -> str:
    """A text composed (Unicode's NFC), with one blank between its words, none around them, and nothing
    in it that cannot be seen."""
    is_plain = given.isprintable() and (given.isascii() or is_normalized("NFC", given))
    if is_plain and "  " not in given and given.strip() == given:
        return given  # most are
    seen = given if given.isprintable() else given.translate(_UNSEEN)
    return " ".join(normalize("NFC", seen).split())


def instant(given: datetime) -> datetime:
    """An instant in UTC, to the second: fractions come and go with the program that writes it.

    Without an offset it is in the time of São Paulo. Raises OverflowError at the ends of the calendar.
    """
    zoned = given if given.tzinfo else given.replace(tzinfo=SAO_PAULO)
    moment = zoned if zoned.tzinfo is UTC else zoned.astimezone(UTC)
    return moment.replace(microsecond=0) if moment.microsecond else moment
