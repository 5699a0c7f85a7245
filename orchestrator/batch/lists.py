"""Reading an uploaded list of CPFs: which of its rows are built, and why the others are not."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import BinaryIO

from orchestrator import cpf
from orchestrator.batch import separated, sheets
from orchestrator.errors import InvalidInput

MOST_ROWS = 100_000
MOST_BYTES = 20 << 20

_ZIP = b"PK\x03\x04"
_OLE = b"\xd0\xcf\x11\xe0"  # the container of .xls, and of an XLSX with a password
_DECIMALS = re.compile(r"([0-9]{8,11})[.,]0{1,2}")  # no CPF is written so, but a number is
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)

_Cells = Sequence[str | InvalidInput]
_Rows = Iterator[tuple[int, _Cells | InvalidInput]]


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A row that is built. `restored`: its leading zeros, lost in a spreadsheet, were put back."""

    line: int
    cpf: str
    restored: bool


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row that is not built. The message never holds the value: it is personal data."""

    line: int
    code: str
    message: str


def read(file: BinaryIO, *, allow_invalid_check_digits: bool = False) -> Iterator[Listed | Rejected]:
    """Every row of a list that is not blank, in order, each CPF listed once.

    The list is CSV (`;`, tab, `|` or `,`; UTF-8, UTF-16 with BOM or Latin-1) or an XLSX workbook, of
    which the first visible worksheet with a cpf column is read and no other; which of both is told by
    the content. The first row that is not blank names the columns. `line` counts as an editor or
    spreadsheet does; of a row over several lines it is the first.

    A row's codes: `empty`, `length`, `characters`, `scientific`, `not_text`, `repeated`,
    `check_digits` (unless allowed), `duplicate`, `quotes`. A CPF of 8 to 10 digits gets zeros in
    front, where its check digits match then, even if wrong ones are allowed.

    Raises InvalidInput, field `file`, for a list that cannot be read, which may show only after some
    rows: `empty`, `no_column`, `two_columns`, `no_rows`, `too_many_rows`, `too_large`, `unreadable`.
    """
    rows, column = _with_cpf_column(_tables(_content(file)))
    lines: dict[str, int] = {}
    count = 0
    for count, (line, cells) in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise InvalidInput("file", "too_many_rows", f"A list has at most {MOST_ROWS:,} rows.")
        try:
            digits, restored = _cpf(_cell(cells, column), allow_invalid_check_digits)
            _refuse_second(line, lines.setdefault(digits, line))
        except InvalidInput as refusal:
            yield Rejected(line=line, code=refusal.code, message=refusal.message)
        else:
            yield Listed(line=line, cpf=digits, restored=restored)
    if not count:
        raise InvalidInput("file", "no_rows", "Below the names of the columns there is no row.")


def _content(file: BinaryIO) -> bytes:
    content = file.read(MOST_BYTES + 1)
    if len(content) > MOST_BYTES:
        raise InvalidInput("file", "too_large", f"A list has at most {MOST_BYTES >> 20} MiB.")
    return content


def _tables(content: bytes) -> Iterator[_Rows]:
    """The ways in which the content can be read as rows: by worksheet, or by separator."""
    if content.startswith(_OLE):
        raise InvalidInput(
            "file",
            "unreadable",
            "An old .xls file or a workbook with a password cannot be read: save it as .xlsx without"
            " a password, or as CSV.",
        )
    yield from sheets.tables(content) if content.startswith(_ZIP) else separated.tables(content)


def _with_cpf_column(tables: Iterator[_Rows]) -> tuple[_Rows, int]:
    """The rows below the first header with a cpf column, and that column's place."""
    is_empty = True
    for rows in tables:
        for _, header in rows:
            is_empty = False
            columns = _cpf_columns(header)
            if len(columns) > 1:
                raise InvalidInput("file", "two_columns", "Two columns are named cpf: only one may be.")
            if columns:
                return rows, columns[0]
            break
    if is_empty:
        raise InvalidInput("file", "empty", "The file is empty.")
    raise InvalidInput(
        "file", "no_column", "No column is named cpf: the first row has to name the columns, one of them cpf."
    )


def _cpf_columns(header: _Cells | InvalidInput) -> list[int]:
    if isinstance(header, InvalidInput):
        return []
    return [
        place
        for place, cell in enumerate(header)
        if isinstance(cell, str) and cell.strip().casefold() == "cpf"
    ]


def _cell(cells: _Cells | InvalidInput, column: int) -> str:
    """The text of a row's cpf cell, "" beyond its end; raises what is told in place of a text."""
    found = cells if isinstance(cells, InvalidInput) else cells[column] if column < len(cells) else ""
    if isinstance(found, InvalidInput):
        raise found
    return found


def _refuse_second(line: int, first: int) -> None:
    if line != first:
        raise InvalidInput("cpf", "duplicate", f"The same CPF as in line {first}.")


def _cpf(cell: str, allow_invalid_check_digits: bool) -> tuple[str, bool]:
    """The 11 digits that a cell means, and whether zeros were put back; raises InvalidInput."""
    text = cell.strip().removeprefix("'").strip()
    if number := _DECIMALS.fullmatch(text):
        text = number[1]
    digits = cpf.stripped(text)
    if not (digits.isascii() and digits.isdigit()):
        raise _no_digits(text)
    if 8 <= len(digits) <= 10:
        return _restored(digits), True
    return cpf.checked(digits, allow_invalid_check_digits=allow_invalid_check_digits), False


def _no_digits(text: str) -> InvalidInput:
    if not text:
        return InvalidInput("cpf", "empty", "The row has no CPF.")
    if text.startswith("#"):
        return InvalidInput("cpf", "not_text", "The cell holds a formula's error, not a CPF.")
    if _SCIENTIFIC.fullmatch(text):
        return InvalidInput(
            "cpf",
            "scientific",
            "A spreadsheet made a rounded number of the CPF, such as 6,13E+09: some digits are lost.",
        )
    return InvalidInput("cpf", "characters", "A CPF is digits, `.` and `-`; this has other characters.")


def _restored(digits: str) -> str:
    try:
        return cpf.checked(digits.zfill(11), allow_invalid_check_digits=False)
    except InvalidInput as refusal:
        if refusal.code != "check_digits":
            raise
        raise InvalidInput(
            "cpf",
            "length",
            f"Only {len(digits)} digits, and with zeros in front its check digits do not match.",
        ) from None
