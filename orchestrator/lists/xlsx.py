"""The worksheets of an XLSX workbook, row by row (ECMA-376, part 1, chapter 18).

Read here and by no library: ADR 9 has the figures.
"""

import posixpath
import re
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache, reduce

from orchestrator.errors import InvalidInput
from orchestrator.lists import kinds
from orchestrator.lists.headers import Row, Worksheet
from orchestrator.lists.zipped import elements, joined, opened, refusing_broken, starts
from orchestrator.sealing import cpf

_MOST_TEXT = 64 << 20  # bytes of the texts that cells refer to: all that is held in memory
_MOST_COLUMNS, _MOST_LINES = 16_384, 1_048_576  # Excel's
_LONGEST_NAME = 31  # Excel's, of a worksheet
_LAST_DAY = 2_958_465  # Excel's number for 31 December 9999

_DATE_FORMATS = {*range(14, 23), *range(27, 37), *range(45, 48), *range(50, 59)}  # the built-in ones
_LITERAL = re.compile(r'"[^"]*"|\\.|\[[^\]]*\]')  # what of a number format is no code
_NO_NUMBER_NOR_TEXT = ("b", "e", "d")  # true or false, a formula's error, a date


def tables(content: bytes) -> Iterator[Worksheet]:
    """Each visible worksheet by its name, in the workbook's order; a row's line is its number there.

    Blank rows are left out. A cell is text (a whole number is its digits), or an InvalidInput that
    says what else it holds. Raises InvalidInput, `unreadable` or `too_large`, also while iterating.
    """
    with refusing_broken():
        archive = opened(content)
        targets = _targets(archive)
        by_kind = dict(targets.values())
        cell = _Cell(
            texts=_texts(archive, by_kind.get("sharedStrings")),
            dated=_dated(archive, by_kind.get("styles")),
        )
        visible = {targets[relation]: name for relation, name in _visible(archive)}  # each once
        for (kind, path), name in visible.items():
            if kind == "worksheet":
                yield Worksheet(name=name, rows=_rows(archive, path, cell))


def _targets(archive: zipfile.ZipFile) -> dict[str, tuple[str, str]]:
    """By a relation's id the kind of the part that it leads to, and that part's path."""
    targets: dict[str, tuple[str, str]] = {}
    for name, attributes in starts(archive, "xl/_rels/workbook.xml.rels"):
        if name == "Relationship":
            path = posixpath.normpath(posixpath.join("/xl", attributes["Target"])).lstrip("/")
            targets[attributes["Id"]] = (posixpath.basename(attributes["Type"]), path)
    return targets


def _visible(archive: zipfile.ZipFile) -> Iterator[tuple[str, str]]:
    """The relation ids and the names of the sheets that a person sees."""
    for name, attributes in starts(archive, "xl/workbook.xml"):
        if name == "sheet" and attributes.get("state", "visible") == "visible":
            relation = next(value for key, value in attributes.items() if key.endswith(":id"))
            yield relation, attributes.get("name", "")[:_LONGEST_NAME]


def _texts(archive: zipfile.ZipFile, path: str | None) -> list[str]:
    """The texts that cells refer to by number; each may be in pieces of different looks."""
    texts: list[str] = []
    if path is None:
        return texts
    if archive.getinfo(path).file_size > _MOST_TEXT:
        raise kinds.refusal("too_large")
    for name, attributes, text in elements(archive, path):
        if name == "si" and attributes is not None:
            texts.append("")
        elif name == "t" and attributes is None:
            texts[-1] = joined(texts[-1], text)
    return texts


def _dated(archive: zipfile.ZipFile, path: str | None) -> list[bool]:
    """By the number of a cell's style, whether it shows a number as a date or time."""
    formats = set(_DATE_FORMATS)
    dated: list[bool] = []
    of_cells = False
    for name, attributes in starts(archive, path) if path else ():
        if name == "numFmt":
            code = _LITERAL.sub("", attributes["formatCode"]).lower()
            if not set("dmyhs").isdisjoint(code):
                formats.add(int(attributes["numFmtId"]))
        elif name in ("cellStyleXfs", "cellXfs", "cellStyles", "dxfs"):
            of_cells = name == "cellXfs"
        elif name == "xf" and of_cells:
            dated.append(int(attributes.get("numFmtId", 0)) in formats)
    return dated


@dataclass(kw_only=True)
class _Cell:
    """The cell that is being read. `value` stays None where none is written."""

    texts: list[str]
    dated: list[bool]
    kind: str = "n"
    style: int = 0
    has_formula: bool = False
    value: str | None = None

    def start(self, attributes: dict[str, str]) -> None:
        self.kind, self.style = attributes.get("t", "n"), int(attributes.get("s", 0))
        self.has_formula, self.value = False, None

    def content(self) -> str | InvalidInput:
        if not self.value:
            # A text that a formula gave may be empty; any other result that is empty was never kept.
            is_blank = not self.has_formula or (self.kind == "str" and self.value is not None)
            return "" if is_blank else _NO_RESULT
        if self.kind in _NO_NUMBER_NOR_TEXT:
            return cpf.refusal("not_text")
        if self.kind != "n":
            return self.texts[int(self.value)] if self.kind == "s" else self.value
        number = float(self.value)
        is_date = number <= _LAST_DAY and self.style < len(self.dated) and self.dated[self.style]
        if is_date or not number.is_integer():
            return cpf.refusal("not_text")
        return str(int(number))


_NO_RESULT = InvalidInput(
    "cpf",
    "no_result",
    "The cell has a formula whose result is not kept: open the file in a spreadsheet, save it, and send it"
    " again.",
)


@lru_cache(maxsize=_MOST_COLUMNS)
def _column(letters: str) -> int:
    if not 1 <= len(letters) <= 3:
        raise ValueError("a column that no worksheet has")
    return reduce(lambda number, letter: number * 26 + ord(letter) - 64, letters, 0) - 1


def _rows(archive: zipfile.ZipFile, path: str, cell: _Cell) -> Iterator[Row]:
    """The rows that are not blank; what has no reference of its own is below, or beside, what was before."""
    line, column, cells = 0, -1, list[str | InvalidInput]()
    with refusing_broken():
        for name, attributes, text in elements(archive, path):
            if name == "row" and attributes is not None:
                above, line = line, int(attributes.get("r", line + 1))
                if not above < line <= _MOST_LINES:
                    raise ValueError("a row that no worksheet has, or has had before")
                column, cells = -1, []
            elif name == "row" and cells:
                yield line, cells
            elif name == "c" and attributes is not None:
                reference = attributes.get("r")
                column = column + 1 if reference is None else _column(reference.rstrip("0123456789"))
                if not 0 <= column < _MOST_COLUMNS:
                    raise ValueError("a column that no worksheet has")
                cell.start(attributes)
            elif name == "c":
                content = cell.content()
                if not isinstance(content, str) or content.strip():
                    cells.extend([""] * (column + 1 - len(cells)))
                    cells[column] = content
            elif name in ("v", "t") and attributes is None:
                cell.value = joined(cell.value or "", text)
            elif name == "f":
                cell.has_formula = True
