"""One file, four ways in, one outcome: the form, the API, the terminal, and the reader itself."""

import json
import re
from collections.abc import Callable
from html import unescape
from io import StringIO
from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.core.management import CommandError, call_command
from django.test import Client
from django.utils import translation

from orchestrator import runs
from orchestrator.errors import InvalidInput
from orchestrator.lists import reading
from orchestrator.lists.reading import Listed
from orchestrator.models import Run
from orchestrator.records.runs import RejectedLine
from portal.presenting import refusals
from tests.fakes.cases import CASES, FOLDER, Built, Refused
from tests.integration.portal.conftest import LISTS, page, section
from tests.integration.runs.conftest import Hands, finish

PORTUGUESE, ENGLISH = "pt-br", "en"
Way = Callable[[str], "Built | str"]  # what became of a case, or the sentence that refuses it


@pytest.fixture
def form(analyst: Client) -> Way:
    """The page, in Portuguese: what it shows of the run."""

    def _form(name: str) -> Built | str:
        given = {"file": SimpleUploadedFile(name, (FOLDER / name).read_bytes()), "purpose": "collection"}
        answer = analyst.post("/runs/", given)
        if answer.status_code == 200:
            [told] = re.findall(r'id="id_file_error" role="alert">(.*?)</p>', answer.content.decode())
            return unescape(told)
        shown = page(analyst, answer["Location"])
        sheet = re.search(r"<dt>Planilha</dt><dd>(.*?)</dd>", shown)
        restored = re.search(r"\((\d+) com zeros", shown)
        return Built(
            accepted=_fact(shown, "Aceitas"),
            restored=int(restored[1]) if restored else 0,
            sheet=sheet[1] if sheet else "",
            **_rows(
                re.findall(r'<td class="number">(\d+)</td><td>(.*?)</td>', section(shown, "rows")), PORTUGUESE
            ),
        )

    return _form


@pytest.fixture
def api(runs_api: Client) -> Way:
    """The API, in English: what its answers say."""

    def _api(name: str) -> Built | str:
        given = {"file": SimpleUploadedFile(name, (FOLDER / name).read_bytes()), "purpose": "collection"}
        english = {"Accept-Language": ENGLISH}
        runs_api.cookies[settings.LANGUAGE_COOKIE_NAME] = ENGLISH
        answer = runs_api.post(LISTS, given, headers=english)
        if answer.status_code == 400:
            return str(answer.json()["file"][0])
        url = answer.json()["status_url"]
        counts = runs_api.get(url).json()["rows"]
        rejected = json.loads(runs_api.get(f"{url}rejected/", headers=english).getvalue())
        return Built(
            accepted=counts["accepted"],
            restored=counts["restored"],
            sheet=counts["sheet"] or "",
            **_rows([(row["line"], row["message"]) for row in rejected], ENGLISH),
        )

    return _api


@pytest.fixture
def terminal(hands: Hands, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Way:
    """`build-list`, in English: what it prints."""
    monkeypatch.setattr(
        "portal.management.watching.sleep", lambda _: finish(hands, Run.objects.latest("pk").pk)
    )

    def _terminal(name: str) -> Built | str:
        out = StringIO()
        try:
            with pytest.raises(SystemExit):
                call_command(
                    "build-list",
                    str(FOLDER / name),
                    "--purpose",
                    "collection",
                    "--verbosity",
                    "2",
                    stdout=out,
                )
        except CommandError as refused:
            return str(refused).removeprefix(f"{FOLDER / name}: ")
        counts, told = json.loads(out.getvalue())["rows"], capsys.readouterr().err
        sheet = re.search(r"^worksheet: (.*)$", told, re.MULTILINE)
        return Built(
            accepted=counts["accepted"],
            restored=counts["restored"],
            sheet=sheet[1] if sheet else "",
            **_rows(re.findall(r"^  line (\d+): (.*)$", told, re.MULTILINE), ENGLISH),
        )

    return _terminal


def _fact(shown: str, name: str) -> int:
    found = re.search(rf"<dt>{name}</dt><dd[^>]*>([\d.]+)", shown)
    assert found is not None
    return int(found[1].replace(".", ""))


def _rows(told: list[tuple[str, str]], language: str) -> dict[str, Any]:
    """By line what a row repeats, and the code of what else is told of it in words."""
    with translation.override(language):
        codes = {str(sentence): code for code, sentence in refusals.ROW_ERRORS.items()}
        again = re.escape(str(refusals.ROW_ERRORS["duplicate"])).replace(re.escape("%(line)s"), r"(\d+)")
    repeats: dict[int, int] = {}
    bad: dict[int, str] = {}
    for line, sentence in told:
        if found := re.fullmatch(again, unescape(sentence)):
            repeats[int(line)] = int(found[1])
        else:
            bad[int(line)] = codes[unescape(sentence)]
    return {"repeats": repeats, "bad": bad}


@pytest.mark.parametrize("way", ["form", "api", "terminal"])
@pytest.mark.parametrize("name", CASES)
def test_a_file_comes_to_the_same_whichever_way_it_is_sent(
    hands: Hands, request: pytest.FixtureRequest, name: str, way: str
) -> None:
    expected = CASES[name]
    found = request.getfixturevalue(way)(name)
    if isinstance(expected, Built):
        assert found == expected
        return
    with translation.override(PORTUGUESE if way == "form" else ENGLISH):
        assert found == _sentence(name)
    assert all(each in found for each in expected.names)
    assert not Run.objects.exists()


def _sentence(name: str) -> str:
    """Why the orchestrator refuses a case, in the active language."""
    with (FOLDER / name).open("rb") as file, pytest.raises(InvalidInput) as refused:
        runs.upload(file, purpose="collection", owner="user:1")
    assert refused.value.code == CASES[name].code  # type: ignore[union-attr]
    return refusals.refusal(refused.value)


@pytest.mark.parametrize("name", CASES)
def test_every_line_of_a_file_is_accounted_for(name: str) -> None:
    content, expected = (FOLDER / name).read_bytes(), CASES[name]
    if isinstance(expected, Refused) and not expected.bad:
        with pytest.raises(InvalidInput) as refused:
            list(reading.read(content).rows)
        assert refused.value.code == expected.code
        return
    found = reading.read(content)
    rows = list(found.rows)
    listed = [row for row in rows if isinstance(row, Listed)]
    rejected = [row for row in rows if not isinstance(row, Listed)]
    bad = {row.line: row.code for row in rejected if row.repeats is None}
    if isinstance(expected, Refused):
        assert (listed, bad) == ([], expected.bad)
        return
    repeats = {row.line: row.repeats for row in rejected if row.repeats is not None}
    restored = sum(row.restored for row in listed)
    assert expected == Built(
        accepted=len(listed), restored=restored, repeats=repeats, bad=bad, sheet=found.sheet
    )


def test_where_no_row_is_good_the_form_tells_each_with_how_to_mend_it(analyst: Client) -> None:
    name = "05_science.csv"
    given = {"file": SimpleUploadedFile(name, (FOLDER / name).read_bytes()), "purpose": "collection"}
    shown = " ".join(analyst.post("/runs/", given).content.decode().split())
    told = re.findall(r'<td class="number">(\d+)</td><td>(.*?)</td>', shown)
    assert [line for line, _ in told] == ["2", "3", "4"]
    assert all("formate a coluna como texto" in reason for _, reason in told)


@pytest.mark.parametrize("sheet", ["Plan2", " plan2 "])
def test_of_two_worksheets_one_is_chosen_by_its_name(
    analyst: Client, runs_api: Client, hands: Hands, sheet: str
) -> None:
    name = "09_two_sheets.xlsx"

    def given() -> dict[str, object]:
        file = SimpleUploadedFile(name, (FOLDER / name).read_bytes())
        return {"file": file, "purpose": "collection", "sheet": sheet}

    assert analyst.post("/runs/", given()).status_code == 302
    assert runs_api.post(LISTS, given()).status_code == 202
    told = [runs.status(pk).rows for pk in Run.objects.values_list("pk", flat=True)]
    assert [(rows.accepted, rows.sheet) for rows in told if rows] == [(1, "Plan2")] * 2


def test_the_form_asks_which_worksheet_only_where_there_is_a_choice(analyst: Client) -> None:
    assert 'name="sheet"' not in page(analyst, "/runs/")
    name = "09_two_sheets.xlsx"
    given = {"file": SimpleUploadedFile(name, (FOLDER / name).read_bytes()), "purpose": "collection"}
    assert 'name="sheet"' in analyst.post("/runs/", given).content.decode()


@pytest.mark.parametrize("also", ["file", "second"])
def test_two_files_at_once_are_refused(analyst: Client, runs_api: Client, hands: Hands, also: str) -> None:
    def given() -> dict[str, Any]:
        first, second = (SimpleUploadedFile(f"{n}.csv", b"cpf\n52998224725\n") for n in "ab")
        files = {"file": [first, second]} if also == "file" else {"file": first, also: second}
        return {"purpose": "collection", **files}

    assert "Só um arquivo" in analyst.post("/runs/", given()).content.decode()
    assert runs_api.post(LISTS, given()).status_code == 400
    assert not Run.objects.exists()


def test_a_reason_tells_the_line_that_it_repeats_in_both_languages() -> None:
    row = RejectedLine(line=5000, code="duplicate", message="", repeats=4899)
    with translation.override(PORTUGUESE):
        assert refusals.row_refusal(row) == "O mesmo CPF da linha 4.899."
    with translation.override(ENGLISH):
        assert refusals.row_refusal(row) == "The same CPF as in line 4,899."
