"""A version's PDF: what it says, for whom it can be read, and that nothing in it is a command."""

import io
import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from hashlib import sha256
from typing import Any

import pytest
from django.utils import translation
from pypdf import PdfReader

from orchestrator.records.dossiers import Presence
from portal.exports import dossier_pdf, legible, typesetting
from portal.exports.dossier_document import Contents
from portal.payloads import dossier_json, version_json
from portal.presenting import formats
from portal.presenting.dossiers import dossier_page, figure_words
from tests.unit.portal import cast
from tests.unit.portal.exports import documents
from tests.unit.portal.figures import people

HOSTILE = (
    '#read("x")',
    "<img src=x>",
    "{{7*7}}",
    "$x$",
    "*b*",
    "_i_",
    "@ref",
    "[[",
    "//",
    "/* x */",
    '#import "@preview/x:1.0.0"',
    "\\u{202e}",
    "`raw`",
    "= Title",
    "-- --- ...",
    "~",
)


def read(content: bytes) -> PdfReader:
    return PdfReader(io.BytesIO(content))


def text(content: bytes) -> str:
    """All that a PDF says, with single spaces."""
    return " ".join(" ".join(page.extract_text() for page in read(content).pages).split())


@pytest.fixture(scope="module")
def told() -> Contents:
    return documents.contents(decisions=(documents.DECIDED,))


@pytest.fixture(scope="module")
def made(told: Contents) -> bytes:
    with translation.override("pt-br"):
        return dossier_pdf.pdf(told)


def test_every_figure_that_the_page_shows_is_in_its_text(told: Contents, made: bytes) -> None:
    said = text(made)
    figures = figure_words.told(told.figures, cast.REGISTERED)
    assert len(figures) == 13
    for figure in figures:
        assert figure.label in said
        assert figure.text in said
        assert " ".join(figure.formula.split()) in said


def test_every_row_and_each_month_s_totals_are_in_its_text(told: Contents, made: bytes) -> None:
    said = text(made)
    today = told.at.date()
    for table in dossier_page.tables(told.view, told.sources, today=today, whole=True):
        assert table.heading in said
        for group in table.groups:
            assert group.heading in said
            assert all(amount in said for _label, amount in group.totals)
            for row in group.rows:
                assert " ".join(cell.text or "—" for cell in row) in said, row


def test_flags_charts_divergences_decisions_and_where_all_comes_from_are_in_it(
    told: Contents, made: bytes
) -> None:
    said = text(made)
    assert all(flag.words.pt in said for flag in told.flags)
    assert len(told.drawings) == 4
    for drawing in told.drawings:
        assert drawing.title in said
        assert drawing.sentence in said
        assert all(" ".join(row[:1]) in said for row in drawing.table.rows)
    assert "Maria A. da Silva" in said
    assert "aprovado ana.souza, 22/11/2026 12:00:07 Limite de R$ 5.000. Rever em março." in said
    assert "Alpha (dívidas) encontrada direto da fonte 22/11/2026 10:05:00 1 —" in said


def test_it_says_for_whom_what_for_and_when_on_every_page_and_which_page_of_how_many(made: bytes) -> None:
    pages = [" ".join(page.extract_text().split()) for page in read(made).pages]
    assert len(pages) > 5
    for number, page in enumerate(pages, start=1):
        assert "ana.souza · Análise de crédito (pedido próprio) · 22/11/2026 12:00:07" in page
        assert f"Página {number} de {len(pages)}" in page


def test_accents_come_back_as_they_are(made: bytes) -> None:
    assert documents.NAME in text(made)


def test_it_is_tagged_and_in_a_language_and_says_which_standards_it_keeps(made: bytes) -> None:
    root: Any = read(made).root_object
    assert root["/MarkInfo"]["/Marked"]
    assert "/StructTreeRoot" in root
    assert root["/Lang"].startswith("pt")
    metadata = root["/Metadata"].get_object().get_data().decode()
    assert "<pdfaid:part>3" in metadata
    assert "<pdfaid:conformance>A" in metadata
    assert "<pdfuaid:part>1" in metadata
    assert "João" not in metadata


def test_each_drawing_has_words_for_who_does_not_see_it(told: Contents, made: bytes) -> None:
    reader = read(made)
    spoken = {str(item["/Alt"]) for item in objects(reader) if "/Alt" in item}
    assert spoken == {f"{each.title}. {each.sentence}" for each in told.drawings}


def objects(reader: PdfReader) -> list[dict[str, Any]]:
    size: Any = reader.trailer["/Size"]
    found: Iterator[Any] = (reader.get_object(number) for number in range(1, int(size)))
    return [item for item in found if isinstance(item, dict)]


def test_the_attachment_is_what_the_api_answers_without_what_moves(told: Contents, made: bytes) -> None:
    reader = read(made)
    ((name, contents),) = reader.attachments.items()
    assert name == "dossier-5-v2.json"
    (attached,) = contents
    answered = dossier_json.dossier(told.view, told.sources)
    assert json.loads(attached) == json.loads(json.dumps(version_json.without_what_moves(answered)))
    assert sha256(attached).hexdigest() in text(made)
    root: Any = reader.root_object
    file = root["/AF"][0].get_object()
    assert file["/AFRelationship"] == "/Source"
    assert file["/EF"]["/F"].get_object()["/Subtype"] == "/application/json"


def test_an_old_debt_is_not_in_its_text_but_in_its_attachment(made: bytes) -> None:
    said = text(made)
    assert "07/07/2018" not in said
    assert "1 registro de mais de cinco anos não é mostrado (CDC, art. 43, § 1º)." in said
    ((attached,),) = read(made).attachments.values()
    assert b"2018-07-07" in attached


@pytest.mark.parametrize("name", HOSTILE)
def test_a_name_that_looks_like_a_command_prints_as_it_is(name: str) -> None:
    view = documents.rich(4, name=f"A {name} B")
    said = text(dossier_pdf.pdf(documents.contents(view)))
    assert f"A {name} B" in said


def test_descriptions_and_decisions_are_no_commands_either() -> None:
    moved = [people.moved("Debit", "1.00", f"2026-0{n}-01", each) for n, each in enumerate(HOSTILE[:9], 1)]
    view = replace(people.person(financial_transactions=moved), person={"name": "Maria"})
    decided = replace(documents.DECIDED, text='#panic("x") $1+1$')
    said = text(dossier_pdf.pdf(documents.contents(view, decisions=[decided])))
    assert all(f"12:00 {each} Débito" in said for each in HOSTILE[:9])
    assert '#panic("x") $1+1$' in said


@pytest.mark.parametrize(
    ("name", "shown", "number"),
    [
        ("李小龍 Lee", "‹U+674E›‹U+5C0F›‹U+9F8D› Lee", 3),
        ("Ana 🙂", "Ana ‹U+1F642›", 1),
        ("Ana\u202eairaM", "Ana‹U+202E›airaM", 1),
        ("Ana\x00\x07", "Ana‹U+0000›‹U+0007›", 2),
        ("A\u200bna\ufeff", "A‹U+200B›na‹U+FEFF›", 2),
        ("Joa\u0303o", "João", 0),
    ],
)
def test_what_the_letters_lack_or_nobody_would_see_is_written_out_and_told(
    name: str, shown: str, number: int
) -> None:
    moved = [people.debit("1.00", "2026-01-10", "Padaria")]
    view = replace(documents.rich(0), person={"name": name}, divergences=())
    said = text(dossier_pdf.pdf(documents.contents(view, drawings=(), decisions=())))
    assert moved
    assert shown in said
    told = "que as letras deste PDF não têm"
    assert (f"{number} caracter" in said and told in said) is bool(number)


def test_a_drawing_s_words_are_made_legible_too() -> None:
    rows = [people.debit("1.00", "2026-01-10", "Bar 🙂"), people.debit("1.00", "2026-02-10", "Bar\u202eX")]
    view = people.person(financial_transactions=rows)
    assert "‹U+1F642›" in text(dossier_pdf.pdf(documents.contents(view)))


def test_letters_that_the_letters_have_and_not_together_are_no_error() -> None:
    apart = "ӷ\u0320\u1de1"
    assert typesetting.lacking(apart) == frozenset()
    assert typesetting.lacking([apart])
    said = text(dossier_pdf.pdf(documents.contents(replace(documents.rich(0), person={"name": apart}))))
    assert "‹U+04F7›‹U+0320›‹U+1DE1›" in said


def test_all_that_is_taken_for_sure_can_be_shown() -> None:
    sure = {chr(number) for number in range(0x3000) if legible.is_sure(chr(number))}
    assert len(sure) > 300
    assert typesetting.lacking(sure) == frozenset()


def test_the_same_version_reader_purpose_language_and_instant_give_the_same_bytes(
    told: Contents, made: bytes
) -> None:
    assert dossier_pdf.pdf(told) == made  # in another process: each document has its own
    for other in ({"reader": "bruno"}, {"purpose": "collection"}, {"at": told.at + timedelta(seconds=1)}):
        assert dossier_pdf.pdf(replace(told, **other)) != made


def test_a_long_word_stays_on_the_page() -> None:
    view = replace(documents.rich(0), person={"name": "X" * 300})
    reader = read(dossier_pdf.pdf(documents.contents(view)))
    rights: list[float] = []
    reader.pages[0].extract_text(visitor_text=lambda _t, _cm, tm, _f, _s: rights.append(tm[4]))
    assert max(rights) < float(reader.pages[0].mediabox.width)
    assert "X" * 300 in text(dossier_pdf.pdf(documents.contents(view))).replace("\u200b", "").replace(" ", "")


@pytest.mark.parametrize("presence", [Presence.MISSING, Presence.NOT_FOUND])
def test_what_is_unknown_says_so_and_why(presence: Presence) -> None:
    view = replace(documents.rich(8), blocks={**documents.rich(8).blocks, "capa": cast.absent(presence)})
    said = text(dossier_pdf.pdf(documents.contents(view)))
    missing = "Capa (transações) não respondeu e nada se sabe desta seção."
    unknown = "Capa (transações) respondeu que não conhece esta pessoa."
    assert (missing in said, unknown in said) == (
        (True, False) if presence is Presence.MISSING else (False, True)
    )


def test_it_is_english_for_who_reads_english() -> None:
    with translation.override("en"):
        made = dossier_pdf.pdf(documents.contents(documents.rich(20)))
        said = text(made)
    assert "Dossier no. 5, version 2" in said
    assert "Page 1 of" in said
    owed = people.figure(documents.rich(20), "total_debt").value
    assert isinstance(owed, Decimal)
    assert formats.brl(owed) not in said
    assert str(read(made).root_object["/Lang"]).startswith("en")
    for portuguese in ("Indicador", "Alerta", "Procedência", "Anexo", "Finalidade", "versão", "Fora da"):
        assert portuguese not in said


@pytest.mark.slow("5,000 rows take some seconds of a processor")
def test_of_more_than_five_thousand_rows_the_newest_are_shown_and_all_are_attached() -> None:
    made = dossier_pdf.pdf(documents.contents(documents.rich(5_100), drawings=()))
    said = text(made)
    assert "As 5.000 linhas mais novas de 5.100; o anexo tem todas." in said
    assert said.count(" 12:00 ") == 5_000
    ((attached,),) = read(made).attachments.values()
    assert len(json.loads(attached)["financial_transactions"]) == 5_100
