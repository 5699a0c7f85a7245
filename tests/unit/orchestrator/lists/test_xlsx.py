"""What is read from a workbook, and what a hostile one cannot do."""

import io
import zipfile
from datetime import date

import pytest
import xlsxwriter  # type: ignore[import-untyped]
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import InvalidInput
from orchestrator.lists import xlsx, zipped
from orchestrator.lists.reading import Listed, read
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.uploads import (
    GOOD_WORKBOOK,
    HEADER,
    brief,
    changed,
    inline,
    read_or_refused,
    refusal,
    rows_of,
    with_sheet,
    workbook,
)

CARLA = "06134332976"  # a spreadsheet makes 6134332976 of it


@pytest.mark.parametrize(
    ("cell", "outcome"),
    [
        ("529.982.247-25", MARIA),
        (52998224725, MARIA),
        (52998224725.0, MARIA),
        (6134332976, CARLA),
        ("'06134332976", CARLA),
        (12, "length"),
        (61343329.79, "not_text"),
        (-52998224725, "minus"),
        (True, "not_text"),
        (date(2026, 10, 5), "not_text"),
        (("=NA()", None, "#N/A"), "not_text"),  # a formula, its looks, and its result
        ("6.13E+09", "scientific"),
    ],
)
def test_a_worksheets_cell_is_read_by_what_it_holds(cell: object, outcome: str) -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file, {"default_date_format": "dd/mm/yyyy"}) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, ["nome", "cpf"])
        sheet.write(1, 0, "x")
        sheet.write(1, 1, *(cell if isinstance(cell, tuple) else [cell]))
    assert brief(file.getvalue()) == [(2, outcome)]


def test_a_worksheets_lost_zeros_are_marked_as_restored() -> None:
    assert rows_of(workbook(a=[["cpf"], [6134332976], [MARIA]])) == [
        Listed(line=2, cpf=CARLA, restored=True),
        Listed(line=3, cpf=MARIA, restored=False),
    ]


def test_the_one_visible_worksheet_with_a_cpf_column_is_read_and_named() -> None:
    content = workbook(
        cover=[["Lista de clientes"]],
        hidden_old=[["cpf"], [ANA]],
        list=[["nome", "CPF "], ["Maria", MARIA]],
    )
    assert brief(content) == [(2, MARIA)]
    assert read(content).sheet == "list"


def test_of_more_worksheets_with_a_cpf_column_one_has_to_be_named() -> None:
    content = workbook(list=[["cpf"], [MARIA]], more=[["Nº CPF"], [JOAO]], hidden=[["cpf"], [ANA]])
    with pytest.raises(InvalidInput) as refused:
        read(content)
    assert (refused.value.code, refused.value.values) == ("two_sheets", {"names": "“list”, “more”"})
    assert [row.cpf for row in read(content, sheet="More ").rows if isinstance(row, Listed)] == [JOAO]


@pytest.mark.parametrize("name", ["hidden", "other"])
def test_a_worksheet_that_nobody_sees_cannot_be_named(name: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(workbook(list=[["cpf"], [MARIA]], hidden=[["cpf"], [ANA]]), sheet=name)
    assert (refused.value.field, refused.value.code) == ("sheet", "unknown")
    assert "“list”" in refused.value.message


def test_a_text_has_no_worksheet_that_could_be_named() -> None:
    with pytest.raises(InvalidInput) as refused:
        read(b"cpf\n52998224725\n", sheet="Plan1")
    assert (refused.value.field, refused.value.code) == ("sheet", "no_sheets")


def test_a_worksheets_blank_rows_are_skipped_and_counted() -> None:
    rows = [[], ["", " "], ["cpf", "nome"], [], [MARIA], ["", "João"], [" "], [JOAO]]
    assert brief(workbook(a=rows)) == [(5, MARIA), (6, "empty"), (8, JOAO)]


@pytest.mark.parametrize(
    ("data", "outcome"),
    [
        (
            f"<row>{inline('nome')}{inline('cpf')}</row><row>{inline('Maria')}{inline(MARIA)}</row>",
            (2, MARIA),
        ),
        (f'<row r="3">{inline("cpf", "AB3")}</row><row r="7">{inline(MARIA, "AB7")}</row>', (7, MARIA)),
        (f"<row>{inline('cpf')}</row><row><c><v>5.2998224725E10</v></c></row>", (2, MARIA)),
        (f"<row>{inline('cpf')}</row><row><c t='str'><f>A9</f><v>{MARIA}</v></c></row>", (2, MARIA)),
        (f"<row>{inline('cpf')}</row><row><c><f>A9</f></c></row>", (2, "no_result")),
        (f"<row>{inline('cpf')}</row><row><c><f>A9</f><v/></c></row>", (2, "no_result")),
        (f"<row>{inline('cpf')}</row><row><c t='s'><f>A9</f><v></v></c></row>", (2, "no_result")),
        (f"<row>{inline('cpf')}</row><row><c t='d'><v>2026-10-05</v></c></row>", (2, "not_text")),
    ],
)
def test_other_programs_worksheets_are_read_too(data: str, outcome: tuple[int, str]) -> None:
    assert brief(with_sheet(data)) == [outcome]


def test_a_formula_that_gives_nothing_leaves_its_row_blank() -> None:
    data = f"<row>{inline('cpf')}</row><row><c t='str'><f>A9</f><v></v></c></row>"
    assert brief(with_sheet(f"{data}<row><c/></row><row>{inline(MARIA)}</row>")) == [(4, MARIA)]


def test_a_text_in_pieces_of_different_looks_is_one() -> None:
    header = "<x:si><x:r><x:t>c</x:t></x:r><x:r><x:t>pf</x:t></x:r></x:si>"
    texts = f"<x:sst xmlns:x='u'>{header}<x:si><x:t>{MARIA}</x:t></x:si></x:sst>"
    content = changed(workbook(a=[["first"], ["second"]]), {"xl/sharedStrings.xml": texts})
    assert brief(content) == [(2, MARIA)]


def test_a_cpf_in_a_column_that_is_laid_out_as_dates_is_still_read() -> None:
    file = io.BytesIO()
    with xlsxwriter.Workbook(file) as book:
        sheet = book.add_worksheet()
        sheet.write(0, 0, "cpf")
        sheet.write(1, 0, 52998224725, book.add_format({"num_format": "dd/mm/yyyy"}))
        sheet.write(2, 0, 11144477735, book.add_format({"num_format": '[Red]"dígitos" 000\\.000\\.000\\-00'}))
        sheet.write(3, 0, 45000, book.add_format({"num_format": '[Red]"dígitos" 000\\.000\\.000\\-00'}))
    assert brief(file.getvalue()) == [(2, MARIA), (3, JOAO), (4, "length")]


@pytest.mark.parametrize(
    "content",
    [
        with_sheet(f'{HEADER}<row><c r="XFE2"><v>1</v></c></row>'),
        with_sheet(f'{HEADER}<row><c r="{"Z" * 9}2"><v>1</v></c></row>'),
        with_sheet(f"{HEADER}<row>{'<c/>' * 16_385}</row>"),
        with_sheet(f"{HEADER}<row a='{'x' * (2 << 20)}'/><row>{inline(MARIA)}</row>"),
        with_sheet(f'{HEADER}<row r="3">{inline(MARIA)}</row><row r="3">{inline(MARIA)}</row>'),
        with_sheet(f'{HEADER}<row r="1048577">{inline(MARIA)}</row>'),
        with_sheet(f"{HEADER}<row>{inline('&e;')}</row>", before="<!DOCTYPE x [<!ENTITY e '52998224725'>]>"),
        with_sheet(f"{HEADER}<row>{inline(MARIA)}</row>{'<a>' * 40}{'</a>' * 40}"),
        with_sheet(HEADER + "".join(f"<row a{name}='' />" for name in range(4_000))),
    ],
    ids=[
        "far column",
        "no column",
        "many cells",
        "long tag",
        "row twice",
        "far row",
        "entity",
        "depth",
        "names",
    ],
)
def test_xml_that_no_spreadsheet_writes_is_refused(content: bytes) -> None:
    assert refusal(content) == "unreadable"


def test_a_long_text_is_no_cpf_and_spoils_nothing() -> None:
    essay = inline("x" * 40_000)
    data = f"<row>{inline('cpf')}</row><row>{essay}</row><row>{inline(MARIA)}{essay}</row>"
    assert brief(with_sheet(data)) == [(2, "characters"), (3, MARIA)]


def test_a_worksheet_that_is_named_many_times_is_read_once() -> None:
    many = '<workbook><sheet r:id="rId1"/><sheet r:id="rId1"/></workbook>'
    assert len(list(xlsx.tables(changed(GOOD_WORKBOOK, {"xl/workbook.xml": many})))) == 1


def test_two_cells_at_the_ends_of_a_worksheet_cost_nothing() -> None:
    data = f'{HEADER}<row r="1048576">{inline(MARIA, "A1048576")}<c r="XFD1048576"><v>2</v></c></row>'
    assert brief(with_sheet(data)) == [(1048576, MARIA)]


def test_a_blank_cell_far_out_adds_nothing_to_its_row() -> None:
    [table] = xlsx.tables(with_sheet(f"<row>{inline('cpf')}{inline(' ', 'XFD1')}</row>"))
    assert list(table.rows) == [(1, ["cpf"])]


def test_a_workbook_that_unfolds_to_too_much_is_refused_before_it_does() -> None:
    content = with_sheet(" " * (129 << 20))
    assert len(content) < 1 << 20
    assert refusal(content) == "too_large"


def test_texts_that_would_fill_the_memory_are_refused() -> None:
    assert refusal(changed(GOOD_WORKBOOK, {"xl/sharedStrings.xml": " " * (65 << 20)})) == "too_large"


@pytest.mark.parametrize("part", ["xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/styles.xml"])
def test_a_part_beside_the_worksheets_is_small(part: str) -> None:
    assert refusal(changed(GOOD_WORKBOOK, {part: " " * (17 << 20)})) == "too_large"


def test_very_many_cells_are_refused_for_the_time_that_they_take(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(zipped, "MOST_ELEMENTS", 200)
    assert brief(with_sheet(HEADER + f"<row>{inline(MARIA)}</row>")) == [(2, MARIA)]
    assert refusal(with_sheet(HEADER + f"<row>{inline(MARIA)}</row>" + "<row/>" * 100)) == "too_large"


def test_an_archive_of_very_many_parts_is_refused() -> None:
    file = io.BytesIO(GOOD_WORKBOOK)
    with zipfile.ZipFile(file, "a") as archive:
        for number in range(10_001):
            archive.writestr(str(number), "")
    assert refusal(file.getvalue()) == "too_large"


@settings(deadline=None)  # a busy machine is no defect
@given(
    place=st.integers(0, len(GOOD_WORKBOOK) - 1),
    instead=st.binary(min_size=1, max_size=4),
)
def test_a_workbook_with_bytes_that_tipped_over_is_read_or_refused(place: int, instead: bytes) -> None:
    read_or_refused(GOOD_WORKBOOK[:place] + instead + GOOD_WORKBOOK[place + len(instead) :])


@settings(deadline=None)  # a busy machine is no defect
@given(
    data=st.lists(
        st.sampled_from(["<row>", "</row>", "<c>", '<c r="A1" t="s" s="9">', "</c>", "<v>", "</v>", "9", "x"])
    )
)
def test_a_worksheet_of_any_elements_is_read_or_refused(data: list[str]) -> None:
    read_or_refused(with_sheet(HEADER + "".join(data)))
