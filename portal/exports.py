"""The results of a run as files: CSV and XLSX for spreadsheets, JSON Lines for programs.

All are streamed: memory does not grow with the run. An XLSX is written to the disk first, because its
table of contents comes last.
"""

import csv
import io
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
from django.utils.timezone import localtime

from orchestrator import dossiers
from portal.api import answers
from portal.result_columns import Cell, columns
from portal.results import Result, batched, results

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
_BOM = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_ROWS_A_SHEET = 1_000_000  # Excel has 1,048,576
_MOST_TEXT = 32_767  # Excel's, in one cell
_MOST_DIGITS = 15  # that a spreadsheet keeps of a number: from 10¹³ on, cents would be lost
_PIECE = 1 << 16

Rows = Iterable[Sequence[Cell]]


def download(run_id: int, file_format: str) -> StreamingHttpResponse:
    """The results as an attachment in one of FORMATS. Raises NotFound."""
    return StreamingHttpResponse(
        content(run_id, file_format),
        content_type=FORMATS[file_format],
        headers={"Content-Disposition": f'attachment; filename="run-{run_id}.{file_format}"'},
    )


def content(run_id: int, file_format: str) -> Iterator[bytes]:
    """The file in one of FORMATS, piece by piece. Raises NotFound, at once."""
    found = results(run_id)
    return json_lines(found) if file_format == "jsonl" else _SPREADSHEETS[file_format](table(found))


def table(found: Iterable[Result]) -> Iterator[Sequence[Cell]]:
    """The results as rows, the first of which names the columns."""
    rest = iter(found)
    first = next(rest, None)
    parts = columns(dossiers.sources(), with_lines=first is not None and first.line is not None)
    yield [name for part in parts for name in part.names]
    for result in chain([first] if first else [], rest):
        yield [cell for part in parts for cell in part.cells(result)]


def json_lines(found: Iterable[Result]) -> Iterator[bytes]:
    """A JSON object a line, the dossier in it as the API answers it."""
    for part in batched(found):
        yield b"".join(orjson.dumps(_json(result), option=orjson.OPT_APPEND_NEWLINE) for result in part)


def _json(result: Result) -> answers.Json:
    reason = result.reason
    return {
        "line": result.line,
        "outcome": result.outcome,
        "restored": result.restored,
        "errors": dict(result.errors),
        "reason": {"code": reason.code, "message": reason.message} if reason else None,
        "dossier_id": result.dossier_id,
        "dossier": answers.dossier(result.view, dossiers.sources()) if result.view else None,
    }


def as_csv(rows: Rows) -> Iterator[bytes]:
    """As Excel in Brazil opens it by a double click: UTF-8 with BOM, `;`, decimal commas.

    A text that a spreadsheet would take for a formula gets an apostrophe in front
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    yield _BOM.encode()
    for part in batched(rows):
        text = io.StringIO(newline="")
        csv.writer(text, delimiter=";").writerows([_text(cell) for cell in cells] for cells in part)
        yield text.getvalue().encode()


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
        if number > _ROWS_A_SHEET:
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
        str: lambda sheet, row, column, cell: sheet.write_string(row, column, cell[:_MOST_TEXT]),
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


def _survives(amount: Decimal) -> bool:
    """Whether a spreadsheet's number keeps an amount to the cent."""
    return Decimal(f"{amount:.{_MOST_DIGITS}g}") == amount


_SPREADSHEETS = {"csv": as_csv, "xlsx": as_xlsx}
