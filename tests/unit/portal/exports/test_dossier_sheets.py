"""A version for spreadsheets: numbers as numbers, dates as dates, words in the language, no formulas."""

import csv
import io
import zipfile
from dataclasses import replace
from datetime import date
from decimal import Decimal
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation

from orchestrator.records.dossiers import Block, DossierView, Presence
from portal.exports import dossier_sheets, files, workbook
from portal.exports.columns import Cell
from portal.exports.dossier_sheets import Sheet
from portal.figures import flags
from portal.figures.thresholds import Thresholds
from tests.unit.portal import cast
from tests.unit.portal.exports import documents
from tests.unit.portal.figures import people

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
TODAY = documents.AT.date()


def sheets(view: DossierView | None = None) -> tuple[Sheet, ...]:
    view = view or documents.rich(8)
    figures = people.reckoned(view, documents.AT)
    raised = flags.raised(view, figures, cast.REGISTERED, Thresholds())
    return dossier_sheets.sheets(view, cast.REGISTERED, figures, raised, TODAY)


def named(name: str, view: DossierView | None = None) -> Sheet:
    return next(sheet for sheet in sheets(view) if sheet.name == name)


def lines(view: DossierView | None = None) -> list[dict[str, str]]:
    """The CSV's, by column."""
    content = b"".join(files.as_csv(dossier_sheets.table(sheets(view)))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))


def book(view: DossierView | None = None) -> zipfile.ZipFile:
    content = b"".join(workbook.as_book((sheet.name, sheet.table()) for sheet in sheets(view)))
    return zipfile.ZipFile(io.BytesIO(content))


def cells(archive: zipfile.ZipFile, number: int) -> list[list[tuple[str, str, str]]]:
    """A worksheet's rows: of each cell its type, its style and what it holds."""
    found = ET.fromstring(archive.read(f"xl/worksheets/sheet{number}.xml")).iter(f"{MAIN}row")
    return [
        [(cell.get("t", "n"), cell.get("s", "0"), "".join(cell.itertext())) for cell in row] for row in found
    ]


def test_there_is_a_sheet_for_the_person_the_figures_each_section_and_where_all_comes_from() -> None:
    names = [sheet.name for sheet in sheets()]
    sections = ["Dívidas", "Bens", "Fontes de renda", "Transações financeiras", "Última compra"]
    assert names == ["Pessoa", "Indicadores", *sections, "Procedência"]
    told = ET.fromstring(book().read("xl/workbook.xml")).iter(f"{MAIN}sheet")
    assert [sheet.get("name") for sheet in told] == names


def test_all_figures_are_there_and_an_unknown_one_is_empty_with_its_reason() -> None:
    view = documents.rich(8)
    view = replace(view, blocks={**view.blocks, "alpha": cast.absent(Presence.MISSING)})
    rows = {row[0]: row[1:] for row in named("Indicadores", view).rows}
    assert len(rows) == 13
    assert rows["Bens"][:3] == (Decimal("225000.00"), "R$", None)
    value, unit, why = rows["Dívida total"][:3]
    assert (value, unit) == (None, "R$")
    assert why


def test_numbers_are_numbers_and_dates_are_dates_in_a_workbook() -> None:
    header, newest, *_ = cells(book(), 3)
    assert [cell[2] for cell in header] == ["Data", "Valor"]
    assert newest == [("n", "4", "46325"), ("n", "2", "250.5")]  # 30/10/2026
    moved = cells(book(), 6)[1]
    assert moved[0][:2] == ("n", "3")
    assert moved[-1][:2] == ("n", "2")


def test_a_birth_before_1900_is_a_text() -> None:
    table: list[list[Cell]] = [["Data"], [date(1899, 12, 31)], [date(1900, 3, 1)]]
    content = b"".join(workbook.as_book([("A", table)]))
    rows = cells(zipfile.ZipFile(io.BytesIO(content)), 1)
    assert rows[1:] == [[("inlineStr", "0", "1899-12-31")], [("n", "4", "61")]]


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (["a/b:c*d?e[f]g\\h"], ["a b c d e f g h"]),
        (["x" * 40, "x" * 40], ["x" * 31, f"{'x' * 26} 2"]),
        (["'q'", "Q"], ["q", "Q 2"]),
        (['<&">', ""], ['<&">', "-"]),
    ],
)
def test_a_sheet_s_name_is_one_that_excel_takes(names: list[str], kept: list[str]) -> None:
    content = b"".join(workbook.as_book((name, [["A"], [1]]) for name in names))
    told = zipfile.ZipFile(io.BytesIO(content)).read("xl/workbook.xml")
    assert [sheet.get("name") for sheet in ET.fromstring(told).iter(f"{MAIN}sheet")] == kept


def test_a_workbook_has_the_same_bytes_at_another_hour(monkeypatch: pytest.MonkeyPatch) -> None:
    def made(at: float) -> bytes:
        monkeypatch.setattr("time.time", lambda: at)
        return b"".join(workbook.as_book([("A", [["A"], [1]])]))

    assert made(1_700_000_000.0) == made(1_800_000_000.0)


def test_csv_is_one_table_whose_first_column_names_the_section() -> None:
    told = lines()
    debts = [line for line in told if line["Seção"] == "Dívidas" and line["Linha"]]
    assert [(line["Linha"], line["Data"], line["Valor"]) for line in debts] == [
        ("1", "2026-10-30", "250,50"),
        ("2", "2026-03-01", "9250,75"),
        ("3", "2023-03-01", "12000,00"),
    ]
    moved = [line for line in told if line["Seção"] == "Transações financeiras"]
    assert len(moved) == 8
    assert {line["Tipo"] for line in moved} == {"Crédito", "Débito"}
    person = {line["Item"]: line["Conteúdo"] for line in told if line["Seção"] == "Pessoa"}
    assert person["CPF"] == "529.982.247-25"
    assert person["Nascimento"] == "1985-03-02"


def test_old_debts_are_a_number_and_no_row() -> None:
    told = [line for line in lines() if line["Seção"] == "Dívidas" and not line["Linha"]]
    said = "1 registro de mais de cinco anos não é mostrado (CDC, art. 43, § 1º)."
    assert [line["Observação"] for line in told] == [said]
    assert "2018-07-07" not in str(lines())


@pytest.mark.parametrize(
    ("block", "said"),
    [
        (cast.absent(Presence.MISSING), "Capa (transações) não respondeu e nada se sabe desta seção."),
        (cast.absent(Presence.NOT_FOUND), "Capa (transações) respondeu que não conhece esta pessoa."),
        (people.person().blocks["capa"], "Nenhum registro em Capa (transações)."),
        (
            people.without(people.person(), "financial_transactions").blocks["capa"],
            "Ainda não consultado: Capa (transações) não tinha sido perguntada sobre esta seção.",
        ),
    ],
)
def test_failed_not_found_empty_and_never_asked_are_four_things(block: Block, said: str) -> None:
    view = documents.rich(8)
    view = replace(view, blocks={**view.blocks, "capa": block})
    found = named("Transações financeiras", view)
    assert (found.rows, found.said) == ((), (said,))


@pytest.mark.parametrize("text", ["=1+1", "+1", "-1", "@x", "\t=1", "＝1"])
def test_what_a_spreadsheet_would_take_for_a_formula_is_a_text(text: str) -> None:
    view = people.person(financial_transactions=[people.debit("1.00", "2026-01-10", text)])
    view = replace(view, person={"name": text})
    told = [line["Descrição"] for line in lines(view) if line["Seção"] == "Transações financeiras"]
    assert told == [f"'{text}"]
    person = {line["Item"]: line["Conteúdo"] for line in lines(view) if line["Seção"] == "Pessoa"}
    assert person["Nome"] in (f"'{text}", "ainda não consultado")
    assert (b"<f>" in book(view).read("xl/worksheets/sheet6.xml")) is False


def test_who_reads_english_gets_english() -> None:
    with translation.override("en"):
        names = [sheet.name for sheet in sheets()]
        told = lines()
    assert names[:3] == ["Person", "Figures", "Debts"]
    assert {"Section", "Row", "Remark", "Date", "Value", "Type"} <= set(told[0])
    assert {line["Type"] for line in told if line["Section"] == "Financial transactions"} == {
        "Credit",
        "Debit",
    }
