"""A list as text: one row a line, its cells set apart by `;`, a tab, `|` or `,` (CSV)."""

import codecs
import csv
import io
import re
from collections.abc import Iterator

from orchestrator.errors import InvalidInput

# A header that is only `cpf` fits each: then `,` stays what it is in a Brazilian number.
_SEPARATORS = (";", "\t", "|", ",")
_UTF_16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_NOT_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1f\x7f]")
_PIECE = 1 << 16
_LONGEST_ROW = 1 << 18  # characters: as cells they may take a hundred times the memory
_MOST_LINES = 1 << 21  # blank ones too, of which a spreadsheet may leave a million


def tables(content: bytes) -> Iterator[Iterator[tuple[int, list[str] | InvalidInput]]]:
    """The same rows for each separator that may be meant: line number and cells, blank rows left out.

    Quotes that do not match up spoil a row, which may then reach over many lines: it is told as an
    InvalidInput in place of its cells. Raises InvalidInput where the content is no text at all.
    """
    encoding = _encoding(content)
    for separator in _SEPARATORS:
        yield _rows(content, encoding, separator)


def _encoding(content: bytes) -> str:
    if content.startswith(_UTF_16):
        return "utf-16"
    if _NOT_TEXT.search(content):
        raise _unreadable()
    if _is_utf_8(content):
        return "utf-8-sig"
    if content.startswith(codecs.BOM_UTF8):
        raise _unreadable()
    return "latin-1"  # it reads any byte, and digits as cp1252 does


def _is_utf_8(content: bytes) -> bool:
    """Found out piece by piece: the decoded text may take four times the memory."""
    pieces = (content[start : start + _PIECE] for start in range(0, len(content), _PIECE))
    try:
        for _ in codecs.iterdecode(pieces, "utf-8"):
            pass
    except UnicodeDecodeError:
        return False
    return True


def _rows(content: bytes, encoding: str, separator: str) -> Iterator[tuple[int, list[str] | InvalidInput]]:
    lines = _Lines(io.TextIOWrapper(io.BytesIO(content), encoding, newline=""))
    # Strict, or an open quote would swallow the rows after it without a word.
    reader = csv.reader(lines, delimiter=separator, strict=True)
    while (line := reader.line_num + 1) <= _MOST_LINES:
        lines.room = _LONGEST_ROW
        try:
            cells = next(reader)
        except StopIteration:
            return
        except csv.Error:
            yield line, _open_quote(line, reader.line_num)
        except UnicodeError:
            raise _unreadable() from None
        else:
            if any(cell and not cell.isspace() for cell in cells):
                yield line, cells
    raise InvalidInput("file", "too_many_rows", f"A list has at most {_MOST_LINES:,} lines, blank ones too.")


class _Lines:
    """The lines of a text; `room` is how many characters the row that is being read may still have."""

    def __init__(self, text: io.TextIOWrapper) -> None:
        self._text, self.room = text, _LONGEST_ROW

    def __iter__(self) -> "_Lines":
        return self

    def __next__(self) -> str:
        line = self._text.readline(self.room + 1)
        self.room -= len(line)
        if self.room < 0:
            raise InvalidInput("file", "too_large", f"A row has at most {_LONGEST_ROW:,} characters.")
        if not line:
            raise StopIteration
        return line


def _open_quote(first: int, last: int) -> InvalidInput:
    lines = f"lines {first} to {last}" if last > first else "the line"
    return InvalidInput("cpf", "quotes", f'The quotes (") do not match up: {lines} cannot be told apart.')


def _unreadable() -> InvalidInput:
    return InvalidInput("file", "unreadable", "The file is neither text (CSV) nor an XLSX workbook.")
