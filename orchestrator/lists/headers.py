"""Which column of a table has the CPFs: the header row, as people and programs write it."""

import re
import unicodedata
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import chain, islice

from orchestrator.errors import InvalidInput
from orchestrator.sealing import cpf

_LOOKED_AT = 10  # rows: a title or two may stand above the header
_LONGEST_NAME = 60  # a sentence with the word in it is no name of a column
_NAMED_AT_MOST, _SHOWN_OF_A_NAME = 8, 40
_MOST_DIGITS = 4
_HIDDEN_CPF = "•••.•••.•••-••"
_ESCAPE = re.compile(r"_x[0-9a-f]{4}_")  # how a workbook writes a character that XML cannot hold
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f]")  # no text: a picture's bytes may spell anything
_WORD = re.compile(r"[a-z0-9]+")
_DIGIT = re.compile(r"\d")

Cells = Sequence[str | InvalidInput]
Row = tuple[int, Cells | InvalidInput]  # its line, and its cells or why they cannot be told apart


@dataclass(frozen=True, kw_only=True)
class Worksheet:
    """Rows that are not blank, in order; `name` is the worksheet's, empty in text."""

    name: str
    rows: Iterator[Row]


class Header:
    """A row as names of columns: `columns` are the places of those that may be meant by cpf."""

    def __init__(self, cells: Cells | InvalidInput) -> None:
        self.names = _texts(cells)
        words = [_words(name) for name in self.names]
        exact = [place for place, found in enumerate(words) if found == ["cpf"]]
        self.columns = exact or [
            place for place, found in enumerate(words) if any("cpf" in word for word in found)
        ]
        # A cpf column goes before the number of names, and its plain name before one with other words.
        self.rank = (bool(self.columns), bool(exact), sum(bool(name.strip()) for name in self.names))


@dataclass(frozen=True, kw_only=True)
class Headed:
    """A table with the row that names its columns, or that looks most as if it did, and the rows below.

    `lacks_header` is whether a CPF stands in its first row already.
    """

    name: str
    header: Header
    rows: Iterator[Row] = field(repr=False)
    lacks_header: bool

    def column(self) -> int:
        """The place of the one cpf column. Raises InvalidInput, field `file`, where there is none
        (`no_column`, `no_header`) or more than one (`two_columns`); it names what was found."""
        places = self.header.columns
        if len(places) == 1:
            return places[0]
        if places:
            names = quoted(self.header.names[place] for place in places)
            message = f"More than one column may hold the CPFs: {names}. Only one may be named cpf."
            raise InvalidInput("file", "two_columns", message, {"names": names})
        if self.lacks_header:
            message = (
                "The first row has to name the columns, one of them cpf; in its place stands a CPF already:"
                f" {_HIDDEN_CPF}."
            )
            raise InvalidInput("file", "no_header", message, {"found": _HIDDEN_CPF})
        names = quoted(filter(str.strip, self.header.names))
        message = f"No column is named cpf. The first row has to name the columns; it has {names}."
        raise InvalidInput("file", "no_column", message, {"names": names})


def headed(table: Worksheet) -> Headed | None:
    """Finds the header among the first rows, above the first CPF. None for a table without any row."""
    first: list[Row] = []
    data: list[Row] = []
    for row in islice(table.rows, _LOOKED_AT):
        if _has_cpf(row[1]):
            data.append(row)
            break
        first.append(row)
    if not first and not data:
        return None
    found = [Header(cells) for _, cells in first] or [Header(())]
    best = max(range(len(found)), key=lambda place: (found[place].rank, -place))
    return Headed(
        name=table.name,
        header=found[best],
        rows=chain(first[best + 1 :], data, table.rows),
        lacks_header=not first,
    )


def shown(name: str) -> str:
    """A name as it may be told: not all of a long one, and where it has many digits, none of them."""
    hidden = _DIGIT.sub("•", name) if len(_DIGIT.findall(name)) > _MOST_DIGITS else name
    return " ".join(hidden.split())[:_SHOWN_OF_A_NAME]


def quoted(names: Iterable[str]) -> str:
    """The first of some names, for a sentence."""
    told = [f"“{shown(name)}”" for name in names]
    return ", ".join([*told[:_NAMED_AT_MOST], *(["…"] if len(told) > _NAMED_AT_MOST else [])])


def _has_cpf(cells: Cells | InvalidInput) -> bool:
    for cell in _texts(cells):
        try:
            cpf.normalised(cell)
        except InvalidInput:
            continue
        return True
    return False


def _texts(cells: Cells | InvalidInput) -> list[str]:
    if isinstance(cells, InvalidInput):
        return []
    return [cell if isinstance(cell, str) else "" for cell in cells]


def _words(name: str) -> list[str]:
    """The words of a column's name, without accents and signs: `C.P.F.` is `cpf`, `Nº CPF` is `no cpf`."""
    if len(name) > _LONGEST_NAME or _CONTROL.search(name):
        return []
    plain = unicodedata.normalize("NFKD", name).casefold().replace(".", "")
    plain = "".join(sign for sign in plain if unicodedata.category(sign) not in ("Mn", "Cf"))
    return _WORD.findall(_ESCAPE.sub(" ", plain).replace("_", " "))
