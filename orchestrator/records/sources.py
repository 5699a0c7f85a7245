"""What sources declare, and the values that they bring. Money is `Decimal` in BRL with two places."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from enum import StrEnum

Value = str | int | Decimal | date | datetime | None

Row = Mapping[str, Value]

RowChange = tuple[Row, Row]  # before and after


class Kind(StrEnum):
    """The type of a declared value, which decides how it is checked, stored and shown."""

    TEXT = "text"
    MONEY = "money"
    DATE = "date"
    INSTANT = "instant"
    DAY = "day"  # a day that a source may write as an instant, such as a birth date: the written day counts
    IDENTIFIER = "identifier"  # the source's own id of a row; not shown on pages


@dataclass(frozen=True, kw_only=True)
class Label:
    """A heading in both languages."""

    pt: str
    en: str


@dataclass(frozen=True, kw_only=True)
class Column:
    """One value of a row. `source_key` is its key in the source's answer, where it differs.

    `choices` lists the words that the source may answer and how each is shown.
    """

    key: str
    kind: Kind
    label: Label
    source_key: str = ""
    choices: Mapping[str, Label] | None = None


@dataclass(frozen=True, kw_only=True)
class Section:
    """A list of rows in a source's answer (or, if `single`, one row or null).

    `required_keys` are documented keys of each row that are checked for, but not kept.
    `total` is the key of the money column that pages and API add up. `negative`: it is held against the
    person, such as debts, and so kept for five years at most (CDC, art. 43, § 1).
    """

    key: str
    label: Label
    columns: tuple[Column, ...]
    total: str | None = None
    single: bool = False
    source_key: str = ""
    required_keys: tuple[str, ...] = ()
    negative: bool = False

    @property
    def totalled_by(self) -> Column | None:
        """The column by whose words a total is split: credits and debits do not add up to anything."""
        return next((column for column in self.columns if column.choices), None)

    def totals(self, rows: Iterable[Row]) -> dict[str, Decimal]:
        """The sums of the totalled column in BRL, by the words of `totalled_by`.

        Under "" is what has no such word, or everything where there is no such column.
        """
        split = self.totalled_by
        totals = dict.fromkeys((split.choices or ()) if split else ("",), Decimal("0.00"))
        for row in rows:
            word = str(row.get(split.key) or "") if split else ""
            amount = row.get(self.total or "")
            totals[word] = totals.get(word, Decimal("0.00")) + (amount if isinstance(amount, Decimal) else 0)
        return totals


@dataclass(frozen=True, kw_only=True)
class Source:
    """What one source declares of itself: all that pages, API, export and diff need to know."""

    name: str
    label: Label
    sections: tuple[Section, ...]
    person: tuple[Column, ...] = ()
    required_keys: tuple[str, ...] = ()
