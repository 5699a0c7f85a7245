"""The results of a run as files: CSV and XLSX for spreadsheets, JSON Lines for programs.

All are streamed: memory does not grow with the run, and nothing is written to the disk on the way.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from itertools import chain

import orjson
from django.http import StreamingHttpResponse
from django.utils import translation
from django.utils.timezone import localtime

from portal.access import dossiers
from portal.access.readers import Reader
from portal.exports.columns import ENGLISH, Cell, columns
from portal.exports.results import ResultRow, batched, results
from portal.exports.workbook import as_xlsx
from portal.payloads import dossier_json

FORMATS = {
    "csv": "text/csv; charset=utf-8",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "jsonl": "application/x-ndjson",
}
_BOM = "\ufeff"
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
# What str.splitlines and JavaScript take for the end of a line besides; JSON escapes what is below U+0020.
_OTHER_LINE_ENDS = re.compile("\u0085|\u2028|\u2029".encode())
_NEEDS_QUOTES = re.compile('[;"\r\n\v\f\x1c-\x1e\u0085\u2028\u2029]')

Rows = Iterable[Sequence[Cell]]


def download(
    reader: Reader, run_id: int, file_format: str, language: str = ENGLISH, *, for_eyes: bool = False
) -> StreamingHttpResponse:
    """The results as an attachment in one of FORMATS and in that language. `for_eyes`: from a page, in words
    and with the numbers of its language; else English is that of programs. Raises NotFound."""
    return StreamingHttpResponse(
        content(reader, run_id, file_format, language, for_eyes=for_eyes),
        content_type=FORMATS[file_format],
        headers={"Content-Disposition": f'attachment; filename="run-{run_id}.{file_format}"'},
    )


def content(
    reader: Reader, run_id: int, file_format: str, language: str = ENGLISH, *, for_eyes: bool = False
) -> Iterator[bytes]:
    """The file in one of FORMATS, piece by piece, in a language of ours. Raises NotFound, at once."""
    found = results(reader, run_id)
    if file_format == "jsonl":
        return _spoken(json_lines(found), language)
    rows = table(found, language, for_eyes=for_eyes)
    if file_format == "csv":
        return _spoken(as_csv(rows, point=for_eyes and language == ENGLISH), language)
    return _spoken(as_xlsx(rows), language)


def table(
    found: Iterable[ResultRow], language: str = ENGLISH, *, for_eyes: bool = False
) -> Iterator[Sequence[Cell]]:
    """The results as rows, the first of which names the columns."""
    rest = iter(found)
    first = next(rest, None)
    with_lines = first is not None and first.line is not None
    in_words = for_eyes or language != ENGLISH
    parts = columns(dossiers.sources(), with_lines=with_lines, in_words=in_words)
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


def as_csv(rows: Rows, *, point: bool = False) -> Iterator[bytes]:
    """As Excel in Brazil opens it by a double click: UTF-8 with BOM, `;`, decimal commas; or points, where
    who reads it writes them.

    A text that a spreadsheet would take for a formula gets an apostrophe in front
    (https://owasp.org/www-community/attacks/CSV_Injection).
    """
    yield _BOM.encode()
    for part in batched(rows):
        lines = (";".join(_quoted(_text(cell, point=point)) for cell in cells) for cells in part)
        yield "".join(f"{line}\r\n" for line in lines).encode()


def _quoted(text: str) -> str:
    """In quotation marks where any reader could end the cell or the line too soon: `csv` knows fewer ends."""
    return '"{}"'.format(text.replace('"', '""')) if _NEEDS_QUOTES.search(text) else text


def _text(cell: Cell, *, point: bool) -> str:
    if isinstance(cell, str):
        return f"'{cell}" if cell.lstrip(" ").startswith(_FORMULA_STARTS) else cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, Decimal):
        return f"{cell:.2f}" if point else f"{cell:.2f}".replace(".", ",")
    if isinstance(cell, datetime):
        return f"{localtime(cell):%Y-%m-%d %H:%M:%S}"
    if isinstance(cell, date):
        return cell.isoformat()
    return "" if cell is None else str(cell)
