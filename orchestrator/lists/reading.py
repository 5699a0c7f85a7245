"""Reading an uploaded list of CPFs: which of its rows are built, and why the others are not."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import BinaryIO

from orchestrator.errors import InvalidInput
from orchestrator.lists import delimited, headers, kinds, xlsx
from orchestrator.lists.headers import Cells, Headed, Row
from orchestrator.lists.kinds import FileKind
from orchestrator.sealing import cpf

MOST_ROWS = 100_000
MOST_BYTES = 20 << 20


@dataclass(frozen=True, kw_only=True)
class Listed:
    """A row that is built. `restored`: its leading zeros, lost in a spreadsheet, were put back."""

    line: int
    cpf: str
    restored: bool


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A row that is not built. The message never holds the value: it is personal data.

    `repeats` is the line that has the same CPF, where that is the reason.
    """

    line: int
    code: str
    message: str
    repeats: int | None = None


@dataclass(frozen=True, kw_only=True)
class CpfList:
    """Each row of a file that is not blank, in order. `sheet` is the worksheet's name; empty in CSV."""

    sheet: str
    rows: Iterator[Listed | Rejected] = field(repr=False)


def content(file: BinaryIO) -> bytes:
    """All of a file. Raises InvalidInput, `too_large`, for one that is no list for its mere size."""
    found = file.read(MOST_BYTES + 1)
    if len(found) > MOST_BYTES:
        raise kinds.refusal("too_large")
    return found


def read(content: bytes, *, allow_invalid_check_digits: bool = False, sheet: str = "") -> CpfList:
    """Every row of a list that is not blank, each CPF listed once.

    The list is CSV (`;`, tab, `|` or `,`; UTF-8, UTF-16 with BOM or Latin-1) or an XLSX workbook, of
    which the one visible worksheet with a cpf column is read, or the one that is named; which of both
    is told by the content. `line` counts as an editor or spreadsheet does; of a row over several
    lines it is the first.

    A row's codes: those of `cpf.checked`, `duplicate`, `quotes`, `no_result`. A CPF of 8 to 10 digits
    gets zeros in front, where its check digits match then, even if wrong ones are allowed.

    Raises InvalidInput for a list that cannot be read, also while its rows are: field `sheet` where none
    has that name (`unknown`), else field `file`: the codes of `kinds` and `Headed.column`,
    `two_sheets`, `no_rows`, `too_many_rows`, `long_row`, `too_large`.
    """
    table = _headed(content, sheet)
    return CpfList(
        sheet=headers.shown(table.name), rows=_judged(table.rows, table.column(), allow_invalid_check_digits)
    )


def _headed(content: bytes, sheet: str) -> Headed:
    if kinds.kind(content) is FileKind.WORKBOOK:
        return _worksheet(content, sheet)
    if sheet:
        message = "The file is text (CSV), which has no worksheets: leave the worksheet's name out."
        raise InvalidInput("sheet", "no_sheets", message)
    readings = [each for each in map(headers.headed, delimited.tables(content)) if each]
    if not readings:
        raise kinds.refusal("empty")
    best = max(readings, key=lambda each: (bool(each.header.columns), each.lacks_header, each.header.rank))
    if not best.header.columns and not delimited.is_text(content):
        raise kinds.refusal("unreadable")
    return best


def _worksheet(content: bytes, sheet: str) -> Headed:
    """The worksheet of that name, or without one the only one with a cpf column."""
    visible = list(xlsx.tables(content))
    wanted = sheet.strip().casefold()
    named = [table for table in visible if not sheet or table.name.strip().casefold() == wanted]
    if visible and not named:
        names = headers.quoted(table.name for table in visible)
        message = f"No visible worksheet has that name. There is {names}."
        raise InvalidInput("sheet", "unknown", message, {"names": names})
    found = [each for each in map(headers.headed, named) if each]
    with_cpf = [each for each in found if each.header.columns]
    if len(with_cpf) > 1:
        names = headers.quoted(each.name for each in with_cpf)
        message = f"More than one visible worksheet has a cpf column: {names}. Name the one that is meant."
        raise InvalidInput("file", "two_sheets", message, {"names": names})
    if not found:
        raise kinds.refusal("empty")
    return with_cpf[0] if with_cpf else found[0]


def _judged(
    rows: Iterator[Row], column: int, allow_invalid_check_digits: bool
) -> Iterator[Listed | Rejected]:
    lines: dict[str, int] = {}
    count = 0
    for count, (line, cells) in enumerate(rows, start=1):
        if count > MOST_ROWS:
            raise kinds.refusal("too_many_rows")
        try:
            digits, restored = _cpf(cells, column, allow_invalid_check_digits)
        except InvalidInput as refusal:
            yield Rejected(line=line, code=refusal.code, message=refusal.message)
            continue
        if (first := lines.setdefault(digits, line)) == line:
            yield Listed(line=line, cpf=digits, restored=restored)
        else:
            message = f"The same CPF as in line {first:,}."
            yield Rejected(line=line, code="duplicate", message=message, repeats=first)
    if not count:
        raise InvalidInput("file", "no_rows", "Below the names of the columns there is no row.")


def _cpf(cells: Cells | InvalidInput, column: int, allow_invalid_check_digits: bool) -> tuple[str, bool]:
    """The 11 digits that a row's cpf cell means, and whether zeros were put back.

    Raises InvalidInput, also what is told in place of the row or of its cell.
    """
    cell = cells if isinstance(cells, InvalidInput) else cells[column] if column < len(cells) else ""
    if isinstance(cell, InvalidInput):
        raise cell.with_traceback(None)  # one is told for many rows, and would keep the frames of each
    digits = cpf.digits(cell)
    if not 8 <= len(digits) <= 10:
        return cpf.checked(digits, allow_invalid_check_digits=allow_invalid_check_digits), False
    try:
        return cpf.checked(digits.zfill(11), allow_invalid_check_digits=False), True
    except InvalidInput as refusal:
        raise (cpf.refusal("length") if refusal.code == "check_digits" else refusal) from None
