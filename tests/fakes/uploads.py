"""Lists as people upload them, and what is read of them."""

import io
import zipfile
from collections.abc import Mapping, Sequence
from typing import Any

import pytest
import xlsxwriter  # type: ignore[import-untyped]

from orchestrator.errors import InvalidInput
from orchestrator.lists.reading import Listed, Rejected, read
from tests.fakes.people import JOAO, MARIA

SHEET = "xl/worksheets/sheet1.xml"
MAIN = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def rows_of(content: bytes, *, allow_invalid_check_digits: bool = False) -> list[Listed | Rejected]:
    return list(read(content, allow_invalid_check_digits=allow_invalid_check_digits).rows)


def brief(content: bytes, **options: bool) -> list[tuple[int, str]]:
    """By row its line, and its CPF or why it is rejected."""
    return [
        (row.line, row.cpf if isinstance(row, Listed) else row.code) for row in rows_of(content, **options)
    ]


def refusal(content: bytes) -> str:
    with pytest.raises(InvalidInput) as caught:
        rows_of(content)
    assert caught.value.field == "file"
    return caught.value.code


def workbook(**worksheets: Sequence[Sequence[Any]]) -> bytes:
    """An XLSX file with those worksheets; one whose name starts with `hidden` is hidden."""
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy"}) as book:
        for name, rows in worksheets.items():
            sheet = book.add_worksheet(name)
            for number, cells in enumerate(rows):
                sheet.write_row(number, 0, cells)
            if name.startswith("hidden"):
                sheet.hide()
    return file.getvalue()


def changed(
    content: bytes, parts: Mapping[str, str | None], *, compression: int = zipfile.ZIP_DEFLATED
) -> bytes:
    """The archive with other text in some parts, or without them."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(file, "w", compression) as new:
        for name in old.namelist():
            text = parts.get(name, old.read(name))
            if text is not None:
                new.writestr(name, text)
    return file.getvalue()


def with_sheet(data: str, *, before: str = "") -> bytes:
    """A workbook whose worksheet is this XML."""
    sheet = f"{before}<worksheet {MAIN}><sheetData>{data}</sheetData></worksheet>"
    return changed(workbook(a=[["cpf"]]), {SHEET: sheet})


def read_or_refused(content: bytes) -> None:
    try:
        for row in read(content).rows:
            assert isinstance(row, Listed | Rejected)
    except InvalidInput as refused:
        assert refused.field == "file"  # noqa: PT017 (either way is right)


def inline(text: str, reference: str = "") -> str:
    place = f' r="{reference}"' if reference else ""
    return f'<c t="inlineStr"{place}><is><t>{text}</t></is></c>'


GOOD_WORKBOOK = workbook(a=[["cpf", "nome"], [MARIA, "Maria"], [JOAO, "João"]])


HEADER = f"<row>{inline('cpf')}</row>"
