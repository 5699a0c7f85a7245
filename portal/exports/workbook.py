"""XLSX (ECMA-376, part 1, chapter 18), written piece by piece as it is sent.

By no library: those that there are write every row to the disk, in clear, or hold the workbook in memory.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from typing import IO, cast
from xml.sax.saxutils import escape, quoteattr  # nosec B406  # writes, and reads nothing
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from portal.exports.columns import Cell
from portal.presenting import formats

_Part = tuple[str, Sequence[Cell], Iterator[Sequence[Cell]]]  # a worksheet's name, header and rows
ROWS_A_SHEET = 1_000_000  # Excel has 1,048,576
BYTES_A_SHEET = 1 << 30  # beyond twice that an archive needs a form that Excel does not read
_MOST_TEXT = 32_767  # Excel's, in one cell
_MOST_DIGITS = 15  # that a spreadsheet keeps of a number: from 10¹³ on, cents would be lost
_PIECE = 1 << 16
_DAY_ZERO = datetime(1899, 12, 30)  # noqa: DTZ001 (a spreadsheet's clock has no zone)
_NO_XML = re.compile("[\x00-\x08\x0b-\x1f\ufffe\uffff]|_(?=x[0-9A-Fa-f]{4}_)")  # escaped in Excel's own way
_NO_NAME = re.compile(r"[\x00-\x1f\[\]:*?/\\]")
_LONGEST_NAME = 31
_FIRST_DAY = date(1900, 3, 1)  # before it, Excel's days are off by one

_HEADER, _MONEY, _MOMENT, _DAY = 1, 2, 3, 4  # in the order of _STYLES
_MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
_OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
_PACKAGE = "http://schemas.openxmlformats.org/package/2006"
_KINDS = "application/vnd.openxmlformats-officedocument.spreadsheetml"
_XML = '<?xml version="1.0" encoding="UTF-8" standalone="yes"?>\n'
_STYLES = f"""{_XML}<styleSheet {_MAIN}><numFmts count="3"><numFmt numFmtId="164" formatCode="#,##0.00"/>\
<numFmt numFmtId="165" formatCode="dd/mm/yyyy hh:mm:ss"/>\
<numFmt numFmtId="166" formatCode="dd/mm/yyyy"/></numFmts><fonts count="2"><font><sz val="11"/>\
<name val="Calibri"/></font><font><b/><sz val="11"/><name val="Calibri"/></font></fonts><fills count="2">\
<fill><patternFill patternType="none"/></fill><fill><patternFill patternType="gray125"/></fill></fills>\
<borders count="1"><border/></borders><cellStyleXfs count="1"><xf/></cellStyleXfs><cellXfs count="5">\
<xf xfId="0"/><xf xfId="0" fontId="1" applyFont="1"/><xf xfId="0" numFmtId="164" applyNumberFormat="1"/>\
<xf xfId="0" numFmtId="165" applyNumberFormat="1"/><xf xfId="0" numFmtId="166" applyNumberFormat="1"/>\
</cellXfs>\
<cellStyles count="1"><cellStyle name="Normal" xfId="0" builtinId="0"/></cellStyles></styleSheet>"""
_SHEET_START = """{xml}<worksheet {main}><sheetViews><sheetView workbookViewId="0"><pane ySplit="1" \
topLeftCell="A2" activePane="bottomLeft" state="frozen"/></sheetView></sheetViews><cols><col min="1" \
max="{columns}" width="16" customWidth="1"/></cols><sheetData>"""
_SHEET_END = "</sheetData></worksheet>"


def as_xlsx(rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    """A workbook whose cells are texts, numbers, dates and money: never formulas or links. The first row
    names the columns, and stands on top of each worksheet. An amount so large that a number would lose its
    cents is a text."""
    return _archived(_split(rows))


def as_book(tables: Iterable[tuple[str, Iterable[Sequence[Cell]]]]) -> Iterator[bytes]:
    """Likewise, of a worksheet for each table, under its name."""
    return _archived(
        (name, header, rest) for name, rows in tables for rest in [iter(rows)] for header in [next(rest)]
    )


def _split(rows: Iterable[Sequence[Cell]]) -> Iterator[_Part]:
    """As many worksheets as the rows need, each begun where the one before is full."""
    rest = iter(rows)
    header, upcoming, number = next(rest), next(rest, None), 0
    while upcoming is not None or not number:
        number += 1
        yield f"Sheet{number}", header, _until_full(upcoming, rest)
        upcoming = next(rest, None)


def _archived(parts: Iterable[_Part]) -> Iterator[bytes]:
    sent = _Sent()
    names: list[str] = []
    with ZipFile(cast(IO[bytes], sent), "w", ZIP_DEFLATED) as archive:
        for name, header, rows in parts:
            names.append(_sheet_name(name, names))
            with archive.open(_sheet_path(len(names)), "w") as part:
                for piece in _sheet(header, rows):
                    part.write(piece)
                    if len(sent.waiting) >= _PIECE:
                        yield sent.taken()
        for path, content in _around(names).items():
            archive.writestr(ZipInfo(path), content, ZIP_DEFLATED)  # by a name alone it has the hour
    yield sent.taken()


def _sheet_name(told: str, taken: Sequence[str]) -> str:
    """A name as Excel takes it: of at most 31 characters, without its signs, and once in a workbook."""
    name = _NO_NAME.sub(" ", told).strip(" '")[:_LONGEST_NAME] or "-"
    lowered = [each.lower() for each in taken]
    return name if name.lower() not in lowered else f"{name[: _LONGEST_NAME - 5]} {len(taken) + 1}"


class _Sent:
    """A file that cannot be sought in: what is written waits to be sent."""

    def __init__(self) -> None:
        self.waiting = bytearray()

    def write(self, content: bytes) -> int:
        self.waiting += content
        return len(content)

    def flush(self) -> None:
        """Nothing is held back."""

    def taken(self) -> bytes:
        content, self.waiting = bytes(self.waiting), bytearray()
        return content


def _until_full(first: Sequence[Cell] | None, rest: Iterator[Sequence[Cell]]) -> Iterator[Sequence[Cell]]:
    """As many rows as a worksheet may have; who asks for no more has its bytes full."""
    row, left = first, ROWS_A_SHEET
    while row is not None:
        yield row
        left -= 1
        row = next(rest, None) if left else None


def _sheet(header: Sequence[Cell], rows: Iterator[Sequence[Cell]]) -> Iterator[bytes]:
    """A worksheet's XML, row by row."""
    written = 0
    yield _SHEET_START.format(xml=_XML, main=_MAIN, columns=len(header)).encode()
    names = [_column(place) for place in range(len(header))]
    yield _row(1, (_text(f"{name}1", str(cell), _HEADER) for name, cell in zip(names, header, strict=True)))
    for line, cells in enumerate(rows, start=2):
        told = zip(names, cells, strict=False)
        piece = _row(
            line, (_WRITTEN[type(cell)](f"{name}{line}", cell) for name, cell in told if cell is not None)
        )
        yield piece
        written += len(piece)
        if written > BYTES_A_SHEET:
            break
    yield _SHEET_END.encode()


def _row(line: int, cells: Iterable[str]) -> bytes:
    return f'<row r="{line}">{"".join(cells)}</row>'.encode("utf-8", "replace")


def _column(place: int) -> str:
    """`A`, `Z`, `AA` …"""
    name = ""
    while place >= 0:
        place, letter = divmod(place, 26)
        name, place = chr(65 + letter) + name, place - 1
    return name


def _text(reference: str, text: str, style: int = 0) -> str:
    whole = _cut(text) if len(text) > _MOST_TEXT // 2 else text
    told = escape(_NO_XML.sub(lambda sign: f"_x{ord(sign[0]):04X}_", whole))
    return f'<c r="{reference}" s="{style}" t="inlineStr"><is><t xml:space="preserve">{told}</t></is></c>'


def _number(reference: str, number: float, style: int = 0) -> str:
    return f'<c r="{reference}" s="{style}"><v>{number:.16G}</v></c>'


def _amount(reference: str, amount: Decimal) -> str:
    if Decimal(f"{amount:.{_MOST_DIGITS}g}") != amount:  # a spreadsheet's number would lose a cent
        return _text(reference, f"{amount:.2f}".replace(".", ","))
    return _number(reference, float(amount), _MONEY)


def _moment(reference: str, moment: datetime) -> str:
    since = localtime(moment).replace(tzinfo=None) - _DAY_ZERO
    return _number(reference, since.days + (since.seconds + since.microseconds / 1e6) / 86_400, _MOMENT)


def _day(reference: str, day: date) -> str:
    if day < _FIRST_DAY:
        return _text(reference, day.isoformat())
    return _number(reference, (day - _DAY_ZERO.date()).days, _DAY)


# How a cell of each type is written.
_WRITTEN: dict[type, Callable[..., str]] = {
    str: _text,
    int: lambda reference, number: f'<c r="{reference}"><v>{number}</v></c>',
    bool: lambda reference, flag: f'<c r="{reference}" t="b"><v>{flag:d}</v></c>',
    Decimal: _amount,
    datetime: _moment,
    date: _day,
}


def _cut(text: str) -> str:
    """A text that is too long for Excel ends by saying so; Excel counts in UTF-16."""
    units = text.encode("utf-16-le", "surrogatepass")
    if len(units) <= 2 * _MOST_TEXT:
        return text
    note = _(" … [cortado: são %(n)s caracteres]") % {"n": formats.number(len(text))}
    return units[: 2 * (_MOST_TEXT - len(note))].decode("utf-16-le", "ignore") + note


def _sheet_path(number: int) -> str:
    return f"xl/worksheets/sheet{number}.xml"


def _around(names: Sequence[str]) -> dict[str, str]:
    """The parts that say what of the others there is; in an archive they may come last."""
    numbers = range(1, len(names) + 1)
    sheets = "".join(
        f'<sheet name={quoteattr(name)} sheetId="{n}" r:id="rId{n}"/>'
        for n, name in zip(numbers, names, strict=True)
    )
    parts = "".join(
        f'<Override PartName="/{_sheet_path(n)}" ContentType="{_KINDS}.worksheet+xml"/>' for n in numbers
    )
    leads = "".join(_lead(n, "worksheet", f"worksheets/sheet{n}.xml") for n in numbers)
    return {
        "xl/styles.xml": _STYLES,
        "xl/workbook.xml": f'{_XML}<workbook {_MAIN} xmlns:r="{_OFFICE}"><sheets>{sheets}</sheets>'
        "</workbook>",
        "xl/_rels/workbook.xml.rels": _leads(leads + _lead(len(names) + 1, "styles", "styles.xml")),
        "_rels/.rels": _leads(_lead(1, "officeDocument", "xl/workbook.xml")),
        "[Content_Types].xml": f'{_XML}<Types xmlns="{_PACKAGE}/content-types">'
        '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
        f'<Override PartName="/xl/workbook.xml" ContentType="{_KINDS}.sheet.main+xml"/>'
        f'<Override PartName="/xl/styles.xml" ContentType="{_KINDS}.styles+xml"/>{parts}</Types>',
    }


def _leads(leads: str) -> str:
    return f'{_XML}<Relationships xmlns="{_PACKAGE}/relationships">{leads}</Relationships>'


def _lead(number: int, kind: str, target: str) -> str:
    return f'<Relationship Id="rId{number}" Type="{_OFFICE}/{kind}" Target="{target}"/>'
