"""A run's results as CSV, XLSX and JSON Lines: made of what the sources declare, for any spreadsheet."""

import csv
import io
import json
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from django.utils import translation
from django.utils.timezone import localtime

from orchestrator import dossiers
from orchestrator.lists import reading
from orchestrator.records.dossiers import DossierView, Presence
from portal.access.readers import at_terminal
from portal.api import run_serializers
from portal.exports import columns, files, workbook
from portal.exports.results import Reason, ResultRow
from portal.payloads import dossier_json
from portal.presenting import refusals
from tests.unit.portal import cast

MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
REJECTED = ResultRow(
    outcome="rejected", line=4, reason=Reason(code="length", message="A CPF has exactly 11 digits.")
)


@pytest.fixture(autouse=True)
def _fourth_source(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(dossiers, "sources", cast.sources)


@pytest.fixture(autouse=True)
def _day(monkeypatch: pytest.MonkeyPatch) -> None:
    """On which no debt of Maria's is older than five years."""
    monkeypatch.setattr(columns, "localdate", lambda: date(2022, 11, 22))


def result(view: DossierView | None = None, **told: Any) -> ResultRow:
    """Maria's, new, from line 2 of a list unless told otherwise."""
    view = view or cast.maria()
    return ResultRow(**{"outcome": "new", "line": 2, "dossier_id": view.id, "view": view, **told})


def rows(*results: ResultRow) -> list[dict[str, str]]:
    """The CSV's, by column."""
    content = b"".join(files.as_csv(files.table(results))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))


def row(one: ResultRow) -> dict[str, str]:
    return rows(one)[0]


def sheets(*results: ResultRow) -> Iterator[list[list[tuple[str, str]]]]:
    """The XLSX's worksheets: rows of pairs of a cell's type and what it holds."""
    return worksheets(files.table(results))


def worksheets(table: files.Rows) -> Iterator[list[list[tuple[str, str]]]]:
    """Likewise of any rows."""
    archive = zipfile.ZipFile(io.BytesIO(b"".join(workbook.as_xlsx(table))))
    for name in sorted(name for name in archive.namelist() if name.startswith("xl/worksheets/")):
        found = ET.fromstring(archive.read(name)).iter(f"{MAIN}row")
        yield [[(cell.get("t", "n"), "".join(cell.itertext())) for cell in line] for line in found]


def test_a_row_says_who_it_is_about_and_what_the_run_did() -> None:
    told = row(result(restored=True))
    assert list(told)[:10] == [
        "line",
        "cpf",
        "outcome",
        "restored",
        "reason",
        "name",
        "dossier_id",
        "version",
        "completeness",
        "checked_at",
    ]
    assert list(told.values())[:10] == [
        "2",
        "529.982.247-25",
        "new",
        "true",
        "",
        "Maria da Silva",
        "5",
        "2",
        "complete",
        "2026-11-22 10:05:00",
    ]


def test_sections_that_are_totalled_have_a_count_and_totals_credits_apart_from_debits() -> None:
    told = row(result())
    assert (told["debts_rows"], told["debts_total"]) == ("2", "1250,50")
    assert (told["vehicles_rows"], told["vehicles_total"]) == ("1", "1234567,89")
    assert {key: text for key, text in told.items() if key.startswith("financial_transactions_")} == {
        "financial_transactions_rows": "2",
        "financial_transactions_total_Credit": "10,00",
        "financial_transactions_total_Debit": "99,90",
        "financial_transactions_total_other": "0,00",
    }
    assert not [key for key in told if key.startswith("last_purchase")]


def test_debts_older_than_five_years_are_a_number_and_in_no_total(monkeypatch: pytest.MonkeyPatch) -> None:
    assert row(result())["debts_too_old"] == "0"
    monkeypatch.setattr(columns, "localdate", lambda: date(2023, 11, 22))
    told = row(result())
    assert (told["debts_rows"], told["debts_total"], told["debts_too_old"]) == ("1", "250,50", "1")
    assert (told["vehicles_rows"], "vehicles_too_old" in told) == ("1", False)
    ((_, maria),) = sheets(result())
    assert ("n", "250.5") in maria
    assert ("n", "1250.5") not in maria


def test_money_whose_kind_is_not_known_is_not_lost() -> None:
    capa = cast.found("capa")
    first, second = capa.sections["financial_transactions"]
    mended = {**capa.sections, "financial_transactions": [{**first, "type_transaction": ""}, second]}
    told = row(result(cast.maria(capa=replace(capa, sections=mended))))
    assert told["financial_transactions_total_other"] == "10,00"


def test_failed_not_found_and_stale_are_three_different_things() -> None:
    view = cast.missing(cast.maria(beta=cast.absent(Presence.NOT_FOUND)), "alpha", "timeout")
    told = row(result(view, errors={"alpha": "timeout", "capa": "refused"}))
    assert (told["alpha_state"], told["alpha_error"]) == ("failed", "timeout")
    assert (told["beta_state"], told["beta_error"]) == ("not_found", "")
    assert (told["capa_state"], told["capa_error"]) == ("stale", "refused")
    assert (told["fleet_state"], told["fleet_error"]) == ("ok", "")
    assert (told["debts_rows"], told["debts_total"]) == ("", "")
    assert (told["patrimonies_rows"], told["patrimonies_total"]) == ("0", "0,00")


def test_before_the_first_version_there_is_who_it_is_and_why() -> None:
    unbuilt = replace(cast.maria(), version=None, checked_at=None, person={}, blocks={}, provenance={})
    told = row(result(unbuilt, outcome="failed", errors={"alpha": "timeout"}))
    assert (told["cpf"], told["outcome"], told["version"]) == ("529.982.247-25", "failed", "")
    assert [told[f"{name}_state"] for name in ("alpha", "beta")] == ["failed", ""]
    assert told["debts_total"] == ""


def test_a_run_that_is_no_list_has_no_lines() -> None:
    assert "line" not in row(result(line=None))


def test_a_run_over_nobody_has_the_names_of_the_columns() -> None:
    assert b"".join(files.as_csv(files.table([]))).startswith(b"\xef\xbb\xbfcpf;outcome;")
    [[header]] = sheets()
    assert header[0] == ("inlineStr", "cpf")


def test_rejected_rows_and_unreadable_dossiers_say_so_and_why() -> None:
    unreadable = ResultRow(
        outcome="unreadable", line=3, dossier_id=9, reason=Reason(code="x", message="Erased.")
    )
    _, second, third = rows(result(), unreadable, REJECTED)
    assert (second["outcome"], second["reason"], second["dossier_id"]) == ("unreadable", "Erased.", "9")
    assert (third["line"], third["outcome"], third["cpf"]) == ("4", "rejected", "")
    assert third["reason"] == "A CPF has exactly 11 digits."
    assert set(list(third.values())[5:]) == {""}


FORMULAS = ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "＝1"]


@pytest.mark.parametrize("name", FORMULAS)
def test_what_a_spreadsheet_would_take_for_a_formula_is_text_in_csv(name: str) -> None:
    assert row(result(replace(cast.maria(), person={"name": name})))["name"] == f"'{name}"


@pytest.mark.parametrize("name", FORMULAS)
def test_what_a_spreadsheet_would_take_for_a_formula_is_text_in_xlsx(name: str) -> None:
    [[_, cells]] = sheets(result(replace(cast.maria(), person={"name": name})))
    assert cells[5 - 1][0] == "inlineStr"
    assert not [cell for cell in cells if cell[0] == "str"]  # what a formula would be


def test_a_negative_amount_stays_a_number() -> None:
    alpha = cast.found("alpha")
    debts = [{"value": Decimal("-5.00")}]
    told = row(result(cast.maria(alpha=replace(alpha, sections={"debts": debts}))))
    assert told["debts_total"] == "-5,00"


@pytest.mark.parametrize("name", ['Maria "a boa"; da Silva', "Maria\nda Silva", "Mária"])
def test_any_name_comes_out_as_it_went_in(name: str) -> None:
    one = result(replace(cast.maria(), person={"name": name}))
    assert row(one)["name"] == name
    [[_, cells]] = sheets(one)
    assert ("inlineStr", name) in cells


def test_what_xml_could_not_hold_breaks_no_workbook() -> None:
    [[_, cells]] = sheets(result(replace(cast.maria(), person={"name": "Maria\x00\x0b"})))
    assert cells[4][1].startswith("Maria")


@pytest.mark.parametrize("sign", ["x", "😀"])
def test_a_text_that_excel_would_cut_ends_by_saying_so(sign: str) -> None:
    with translation.override("en"):
        [[_, cells]] = sheets(result(replace(cast.maria(), person={"name": sign * 40_000})))
    told = cells[4][1]
    assert told.startswith(sign * 16_000)
    assert told.endswith(f"{sign} … [cut: there are 40,000 characters]")
    assert 32_766 <= len(told.encode("utf-16-le")) / 2 <= 32_767


def test_a_text_as_long_as_excel_can_hold_stays_whole() -> None:
    [[_, cells]] = sheets(result(replace(cast.maria(), person={"name": "x" * 32_767})))
    assert cells[4][1] == "x" * 32_767


LINE_ENDS = ["\u0085", "\u2028", "\u2029", "\x0b", "\x0c", "\x1c", "\x1d", "\x1e", "\r", "\n"]


@pytest.mark.parametrize("end", LINE_ENDS)
def test_what_some_readers_take_for_the_end_of_a_line_ends_none(end: str) -> None:
    one = result(replace(cast.maria(), person={"name": f"Maria{end}Silva"}))
    lines = b"".join(files.json_lines([one])).decode()
    assert len(lines.splitlines()) == 1
    assert json.loads(lines)["dossier"]["name"] == f"Maria{end}Silva"
    text = b"".join(files.as_csv(files.table([one]))).decode()
    assert f'"Maria{end}Silva"' in text
    assert row(one)["name"] == f"Maria{end}Silva"


@pytest.mark.parametrize("sign", [chr(code) for code in range(0x20)] + ["\x7f", "\u2028", '"', ";"])
@pytest.mark.parametrize("write", [files.as_csv, workbook.as_xlsx])
@pytest.mark.parametrize("language", ["en", "pt-br"])
def test_our_own_files_are_lists_again_whatever_a_name_holds(sign: str, write: Any, language: str) -> None:
    one = result(replace(cast.maria(), person={"name": f"Maria{sign}Silva"}))
    with translation.override(language):
        content = b"".join(write(files.table([one], language)))
    assert [getattr(row, "cpf", row) for row in reading.read(content).rows] == ["52998224725"]


def test_where_each_block_came_from_and_when_is_told_by_source() -> None:
    told = row(result())
    view = cast.maria()
    for source in cast.sources():
        provenance = view.provenance[source.name]
        assert told[f"{source.name}_origin"] == provenance.origin
        assert told[f"{source.name}_fetched_at"] == f"{localtime(provenance.fetched_at):%Y-%m-%d %H:%M:%S}"


def test_a_source_that_was_never_known_has_no_origin() -> None:
    told = row(result(cast.missing(cast.maria(), "alpha", "timeout")))
    assert (told["alpha_state"], told["alpha_fetched_at"]) == ("failed", "")


def in_portuguese(*results: ResultRow) -> list[dict[str, str]]:
    with translation.override("pt-br"):
        content = b"".join(files.as_csv(files.table(results, "pt-br"))).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))


def test_a_file_in_portuguese_is_portuguese_from_its_header_to_its_codes() -> None:
    stale = result(errors={"capa": "timeout"}, restored=True)
    first, second = in_portuguese(stale, replace(REJECTED, outcome="duplicate"))
    assert list(first)[:10] == [
        "Linha",
        "CPF",
        "Resultado",
        "Zeros repostos",
        "Motivo",
        "Nome",
        "Dossiê nº",
        "Versão",
        "Completude",
        "Conferido em",
    ]
    assert (first["Resultado"], first["Zeros repostos"], first["Completude"]) == ("novo", "sim", "completo")
    capa = next(source.label.pt for source in cast.sources() if source.name == "capa")
    assert first[f"{capa}: situação"] == "não respondeu; vale o último dado"
    assert first[f"{capa}: erro"] == "a fonte demorou demais"
    assert first[f"{capa}: origem"] == "direto da fonte"
    assert second["Resultado"] == "repetido"
    english = set(row(stale)) - {"cpf"}
    assert not english & set(first)


def test_every_outcome_of_a_result_has_a_word() -> None:
    known = {*run_serializers.OUTCOMES, "rejected", "duplicate", "unreadable"}
    assert known - set(columns.OUTCOMES) == set()


def test_a_file_keeps_its_language_while_whoever_takes_it_speaks_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def found(*_: object) -> Iterator[ResultRow]:
        for line in (2, 3):
            message = str(refusals.CPF_ERRORS["length"])
            yield ResultRow(outcome="rejected", line=line, reason=Reason(code="length", message=message))

    monkeypatch.setattr(files, "results", found)
    told = []
    for piece in files.content(at_terminal(), 1, "csv", "pt-br"):
        told.append(piece)
        assert translation.get_language() == "en"
    assert b"".join(told).decode().count(str(refusals.CPF_ERRORS["length"])) == 0
    assert b"".join(told).decode().count("O CPF precisa ter 11") == 2


@pytest.fixture(autouse=True)
def _english() -> Iterator[None]:
    with translation.override("en"):
        yield


def test_a_workbook_has_numbers_dates_and_true_or_false() -> None:
    [[header, cells]] = sheets(result(reason=Reason(code="x", message="y")))
    assert len(header) == len(cells) + 4  # of no source is there an error
    assert cells[:5] == [
        ("n", "2"),
        ("inlineStr", "529.982.247-25"),
        ("inlineStr", "new"),
        ("b", "0"),
        ("inlineStr", "y"),
    ]
    assert cells[9][0] == "n"
    assert float(cells[9][1]) == pytest.approx(46348.4201388)  # 22/11/2026 10:05
    assert ("n", "1234567.89") in cells


def test_more_rows_than_a_worksheet_holds_go_to_another(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(workbook, "ROWS_A_SHEET", 2)
    first, second = sheets(*[result()] * 3)
    assert [len(first), len(second)] == [3, 2]
    assert first[0] == second[0]


def test_json_lines_have_the_dossier_as_the_api_answers_it() -> None:
    told = [
        *map(
            json.loads,
            b"".join(files.json_lines([result(errors={"capa": "timeout"}), REJECTED])).splitlines(),
        )
    ]
    assert told[0] == {
        "line": 2,
        "outcome": "new",
        "restored": False,
        "errors": {"capa": "timeout"},
        "reason": None,
        "dossier_id": 5,
        "dossier": dossier_json.dossier(cast.maria(), cast.sources()),
    }
    assert (told[1]["line"], told[1]["outcome"], told[1]["dossier"]) == (4, "rejected", None)
    assert told[1]["reason"] == {"code": "length", "message": "A CPF has exactly 11 digits."}


@pytest.mark.parametrize(
    ("amount", "cell"),
    [
        ("9999999999999.99", ("n", "9999999999999.99")),  # as many digits as a spreadsheet keeps
        ("10000000000000.00", ("n", "10000000000000")),
        ("10000000000000.01", ("inlineStr", "10000000000000,01")),
        ("-12345678901234567.89", ("inlineStr", "-12345678901234567,89")),
    ],
)
def test_a_total_that_a_spreadsheet_s_number_cannot_hold_to_the_cent_is_a_text(
    amount: str, cell: tuple[str, str]
) -> None:
    ((_, line),) = worksheets([["debts_total"], [Decimal(amount)]])
    assert line == [cell]


def test_a_section_that_was_not_yet_asked_for_is_empty_and_not_zero() -> None:
    view = cast.maria(alpha=replace(cast.found("alpha"), sections={}))
    told = row(result(view))
    assert (told["debts_rows"], told["debts_total"]) == ("", "")
