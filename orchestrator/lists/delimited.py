"""A list as text: one row a line, its cells set apart by `;`, a tab, `|` or `,` (CSV)."""

import codecs
import csv
import io
import re
from collections import deque
from collections.abc import Iterator

from orchestrator.errors import InvalidInput
from orchestrator.lists import kinds
from orchestrator.lists.headers import Row, Worksheet
from orchestrator.sealing import cpf

# A header that is only `cpf` fits each: then `,` stays what it is in a Brazilian number.
_SEPARATORS = (";", "\t", "|", ",")
_SAID = re.compile(r'\s*"?sep=(.)"?\s*', re.IGNORECASE)  # Excel's own first line
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NO_TEXT = re.compile("[\x00-\x08\x0e-\x1f\x7f\ufffd]")
_END_OF_FILE = b"\x1a"  # as old systems close a text
_PIECE = 1 << 16
_LONGEST_ROW = 1 << 18  # characters: as cells they may take a hundred times the memory
_MOST_LINES = 1 << 21  # blank ones too, of which a spreadsheet may leave a million
_OPEN_QUOTE = InvalidInput("cpf", "quotes", 'The quotes (") in this line do not match up.')


def tables(content: bytes) -> Iterator[Worksheet]:
    """The same rows for each separator that may be meant, or for the one that the text names itself.

    A row is told as an InvalidInput in place of its cells where its quotes do not match up; the lines
    below it are read on their own. Raises InvalidInput, field `file`, while iterating: `too_large`,
    `too_many_rows`.
    """
    content = content.rstrip(_END_OF_FILE)
    encoding = _encoding(content)
    with _opened(content, encoding) as text:
        said = _SAID.fullmatch(text.readline(_PIECE))
    for separator in said[1] if said else _SEPARATORS:
        yield Worksheet(name="", rows=_rows(content, encoding, separator, past=1 if said else 0))


def is_text(content: bytes) -> bool:
    """Whether the beginning is text and nothing else: no control characters, nothing undecodable."""
    with _opened(content, _encoding(content)) as text:
        return not _NO_TEXT.search(text.read(_PIECE))


def _encoding(content: bytes) -> str:
    if content.startswith(_UTF_16):
        return "utf-16"
    if content.startswith(codecs.BOM_UTF8):
        return "utf-8-sig"
    # Tried piece by piece: the decoded text may take four times the memory.
    pieces = (content[start : start + _PIECE] for start in range(0, len(content), _PIECE))
    try:
        for _ in codecs.iterdecode(pieces, "utf-8"):
            pass
    except UnicodeDecodeError:
        return "latin-1"  # it reads any byte, and digits as cp1252 does
    return "utf-8-sig"


def _opened(content: bytes, encoding: str) -> io.TextIOWrapper:
    return io.TextIOWrapper(io.BytesIO(content), encoding, errors="replace", newline="")


def _rows(content: bytes, encoding: str, separator: str, *, past: int) -> Iterator[Row]:
    """The rows below so many lines."""
    csv.field_size_limit(_LONGEST_ROW)
    lines = _Lines(_opened(content, encoding))
    # Strict, or an open quote would swallow the rows after it without a word.
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while (line := lines.number + 1) <= _MOST_LINES:
        lines.taken, lines.length = [], 0
        try:
            cells = next(reader)
            is_whole = len(lines.taken) == 1 or not _has_row(cells, separator)
        except StopIteration:
            return
        except csv.Error:
            is_whole = False
        if not is_whole:
            lines.give_back()
            yield line, _OPEN_QUOTE
        elif line > past and any(cell and not cell.isspace() for cell in cells):
            yield line, cells
    raise kinds.refusal("too_many_rows")


class _Lines:
    """The lines of a text. `number` counts those read; `taken` are those of the row that is being read, and
    `length` its characters: who reads the rows says where one begins."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self._again = text, deque[str]()
        self.number, self.taken, self.length = 0, list[str](), 0

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._again.popleft() if self._again else self._text.readline(_LONGEST_ROW + 1)
        if not line:
            raise StopIteration
        self.number += 1
        if len(line) > _LONGEST_ROW:
            raise InvalidInput(
                "file",
                "long_row",
                f"Line {self.number:,} is too long: a row has at most {_LONGEST_ROW:,} characters.",
                {"line": self.number},
            )
        self.taken.append(line)
        self.length += len(line)
        if self.length > _LONGEST_ROW:
            raise csv.Error("a quote that is open for so long is not meant")
        return line

    def give_back(self) -> None:
        """All lines of the row but the first are read once more, each as a row of its own."""
        self.number -= len(self.taken) - 1
        self._again.extendleft(reversed(self.taken[1:]))


def _has_row(cells: list[str], separator: str) -> bool:
    """Whether a cell over several lines has a row in it: its quote was open, and a later one closed it."""
    rows = [line.split(separator) for cell in cells for line in cell.splitlines()[1:]]
    return any(len(row) >= min(len(cells), 2) and any(map(cpf.is_whole, row)) for row in rows)
