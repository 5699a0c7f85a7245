"""The results of a run as files: CSV and XLSX for spreadsheets, JSON Lines for programs.

All are streamed: memory does not grow with the run. An XLSX is written to the disk first, because its
table of contents comes last.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import datetime
from decimal import Decimal
from functools import partial
from itertools import chain
from tempfile import TemporaryFile
from typing import Any

import orjson
import xlsxwriter  # type: ignore[import-untyped]
from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from portal.access import dossiers
from portal.access.readers import Reader
from portal.exports.columns import ENGLISH, Cell, columns
from portal.exports.results import ResultRow, batched, results
from portal.payloads import dossier_json
from portal.presenting import formats

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
_BOM = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
ROWS_A_SHEET = 1_000_000  # Excel has 1,048,576
_MOST_TEXT = 32_767  # Excel's, in one cell
_MOST_DIGITS = 15  # that a spreadsheet keeps of a number: from 10¹³ on, cents would be lost
_PIECE = 1 << 16
# What str.splitlines and JavaScript take for the end of a line besides; JSON escapes what is below U+0020.
_OTHER_LINE_ENDS = re.compile("\u0085|\u2028|\u2029".encode())
_NEEDS_QUOTES = re.compile('[;"\r\n\v\f\x1c-\x1e\u0085\u2028\u2029]')

Rows = Iterable[Sequence[Cell]]


def download(reader: Reader, run_id: int, file_format: str, language: str = ENGLISH) -> StreamingHttpResponse:
    """The results as an attachment in one of FORMATS and in that language. Raises NotFound."""
    return StreamingHttpResponse(
        content(reader, run_id, file_format, language),
        content_type=FORMATS[file_format],
        headers={"Content-Disposition": f'attachment; filename="run-{run_id}.{file_format}"'},
    )


def content(reader: Reader, run_id: int, file_format: str, language: str = ENGLISH) -> Iterator[bytes]:
    """The file in one of FORMATS, piece by piece, in a language of ours. Raises NotFound, at once."""
    found = results(reader, run_id)
    if file_format == "jsonl":
        return _spoken(json_lines(found), language)
    return _spoken(_SPREADSHEETS[file_format](table(found, language)), language)


def table(found: Iterable[ResultRow], language: str = ENGLISH) -> Iterator[Sequence[Cell]]:
    """The results as rows, the first of which names the columns."""
    rest = iter(found)
    first = next(rest, None)
    with_lines = first is not None and first.line is not None
    parts = columns(dossiers.sources(), with_lines=with_lines, language=language)
    yield [name for part in parts for name in part.names]
    for result in chain([first] if first else [], rest):
        yield [cell for part in parts for cell in part.cells(result)]


def _spoken(pieces: Iterator[bytes], language: str) -> Iterator[bytes]:
    """The pieces, each made in that language: whoever takes them may speak another meanwhile."""
    while True:
        with translation.override(language):
            piece = next(pieces, None)
        if piece is None:
            return
        yield piece


def json_lines(found: Iterable[ResultRow]) -> Iterator[bytes]:
    """A JSON object a line, the dossier in it as the API answers it; lines end where every reader sees it."""
    for part in batched(found):
        lines = b"".join(orjson.dumps(_json(result), option=orjson.OPT_APPEND_NEWLINE) for result in part)
        yield _OTHER_LINE_ENDS.sub(lambda end: f"\\u{ord(end[0].decode()):04x}".encode(), lines)


def _json(result: ResultRow) -> dossier_json.Json:
    reason = result.reason
    return {
        "line": result.line,
        "outcome": result.outcome,
        "restored": result.restored,
        "errors": dict(result.errors),
        "reason": {"code": reason.code, "message": reason.message} if reason else None,
        "dossier_id": result.dossier_id,
        "dossier": dossier_json.dossier(result.view, dossiers.sources()) if result.view else None,
    }


def as_csv(rows: Rows) -> Iterator[bytes]:
    """As Excel in Brazil opens it by a double click: UTF-8 with BOM, `;`, decimal commas.

    A text that a spreadsheet would take for a formula gets an apostrophe in front
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    yield _BOM.encode()
    for part in batched(rows):
        lines = (";".join(_quoted(_text(cell)) for cell in cells) for cells in part)
        yield "".join(f"{line}\r\n" for line in lines).encode()


def _quoted(text: str) -> str:
    """In quotation marks where any reader could end the cell or the line too soon: `csv` knows fewer ends."""
    return '"{}"'.format(text.replace('"', '""')) if _NEEDS_QUOTES.search(text) else text


def _text(cell: Cell) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:.2f}".replace(".", ",")
    if isinstance(cell, datetime):
        return f"{localtime(cell):%Y-%m-%d %H:%M:%S}"
    return "" if cell is None else str(cell)


def as_xlsx(rows: Rows) -> Iterator[bytes]:
    """A workbook whose cells are texts, numbers, dates and money: never formulas or links. An amount so
    large that a number would lose its cents is a text."""
    with TemporaryFile() as file:
        with xlsxwriter.Workbook(file, {"constant_memory": True}) as book:
            _fill(book, iter(rows))
        file.seek(0)
        yield from iter(partial(file.read, _PIECE), b"")


def _fill(book: Any, rows: Iterator[Sequence[Cell]]) -> None:
    """One worksheet, or as many as it takes."""
    header, write = next(iter(rows)), _writers(book)
    sheet, number = _sheet(book, header), 1
    for cells in rows:
        if number > ROWS_A_SHEET:
            sheet, number = _sheet(book, header), 1
        for place, cell in enumerate(cells):
            if cell is not None:
                write[type(cell)](sheet, number, place, cell)
        number += 1


def _sheet(book: Any, header: Sequence[Cell]) -> Any:
    sheet = book.add_worksheet()
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(header) - 1, 16)
    sheet.write_row(0, 0, header, book.add_format({"bold": True}))
    return sheet


def _writers(book: Any) -> dict[type, Callable[[Any, int, int, Any], Any]]:
    """How a cell of each type is written."""
    money = book.add_format({"num_format": "#,##0.00"})
    moment = book.add_format({"num_format": "dd/mm/yyyy hh:mm:ss"})
    return {
        str: lambda sheet, row, column, cell: sheet.write_string(row, column, _cut(cell)),
        int: lambda sheet, row, column, cell: sheet.write_number(row, column, cell),
        bool: lambda sheet, row, column, cell: sheet.write_boolean(row, column, cell),
        Decimal: lambda sheet, row, column, cell: (
            sheet.write_number(row, column, float(cell), money)
            if _survives(cell)
            else sheet.write_string(row, column, _text(cell))
        ),
        datetime: lambda sheet, row, column, cell: sheet.write_datetime(
            row, column, localtime(cell).replace(tzinfo=None), moment
        ),
    }


def _cut(text: str) -> str:
    """A text that is too long for Excel ends by saying so; Excel counts in UTF-16."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * _MOST_TEXT:
        return text
    note = _(" … [cortado: são %(n)s caracteres]") % {"n": formats.spoken(len(text))}
    return units[: 2 * (_MOST_TEXT - len(note))].decode("utf-16-le", "ignore") + note


def _survives(amount: Decimal) -> bool:
    """Whether a spreadsheet's number keeps an amount to the cent."""
    return Decimal(f"{amount:.{_MOST_DIGITS}g}") == amount


_SPREADSHEETS = {"csv": as_csv, "xlsx": as_xlsx}
