"""Inputs of the API: what is not known, given twice, blank or written in other digits is refused by name."""

from typing import Any
from uuid import UUID

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orchestrator.models import DossierRequest, Run
from tests.fakes.people import JOAO, MARIA
from tests.integration.portal.conftest import ASK, DOSSIERS, LISTS, RUNS, SCOPES, Fakes, listing, post
from tests.problems import fields

UNKNOWN = UUID(int=7)  # of a request: the same in every worker, or these tests had no one name


@pytest.fixture
def client_of_all(machine: Any) -> Client:
    """A client with every scope."""
    client: Client = machine(*SCOPES)
    return client


def test_a_cpf_given_twice_asks_for_nobody(api: Client, fake_sources: Fakes) -> None:
    body = f'{{"cpf": "{MARIA}", "purpose": "credit_analysis", "\\u0063pf": "{JOAO}"}}'
    answer = api.generic("POST", DOSSIERS, body, "application/json")
    assert (answer.status_code, fields(answer)) == (400, ["cpf"])
    assert not DossierRequest.objects.exists()


@pytest.mark.parametrize(
    ("method", "path", "body", "named"),
    [
        ("POST", DOSSIERS, {**ASK, "frehs": True}, "frehs"),
        ("POST", f"{DOSSIERS}?fresh=true", ASK, "fresh"),
        ("POST", f"{DOSSIERS}search/", {"cpf": MARIA, "purpose": "collection"}, "purpose"),
        ("GET", f"{DOSSIERS}?cpf={MARIA}&versoin=1", None, "versoin"),
        ("GET", f"{DOSSIERS}1/?version=2", None, "version"),
        ("PUT", f"{DOSSIERS}1/versions/1/pin/", {"pinned": False}, "pinned"),
        ("POST", f"/api/dossier-requests/{UNKNOWN}/cancel/", {"reason": "x"}, "reason"),
        ("POST", RUNS, {"kind": "nightly", "sources": ["alpha"]}, "sources"),
        ("GET", f"{RUNS}?state=failed", None, "state"),
        ("POST", f"{RUNS}1/pause/", {"seconds": 5}, "seconds"),
    ],
)
def test_an_input_that_is_not_known_is_refused_by_name(
    client_of_all: Client, fake_sources: Fakes, method: str, path: str, body: object, named: str
) -> None:
    kind = {} if body is None else {"data": body, "content_type": "application/json"}
    answer = getattr(client_of_all, method.lower())(path, **kind)
    assert (answer.status_code, fields(answer)) == (400, [named])
    assert answer.json()["errors"][0]["code"] == "unknown"
    assert not Run.objects.exists()
    assert not DossierRequest.objects.exists()


@pytest.mark.parametrize(
    ("path", "named"),
    [
        (f"{DOSSIERS}?cpf={MARIA}&cpf={JOAO}", "cpf"),
        (f"{RUNS}?limit=1&limit=2", "limit"),
        (f"{RUNS}?limit=", "limit"),
        (f"{RUNS}?before=", "before"),
        ("/api/sources/?hours=", "hours"),
        (f"{RUNS}1/results/?format=", "format"),
        (f"{DOSSIERS}1/diff/?from=&to=2", "from"),
        (f"{DOSSIERS}1/diff/?from=1&to=", "to"),
        (f"{RUNS}?limit=%D9%A3", "limit"),
        (f"{RUNS}?limit=%EF%BC%91", "limit"),
        (f"{RUNS}?limit=1_0", "limit"),
        (f"{RUNS}?limit=%201", "limit"),
        ("/api/sources/?hours=1.0", "hours"),
    ],
)
def test_a_query_that_is_blank_given_twice_or_in_other_digits_is_refused_by_name(
    client_of_all: Client, path: str, named: str
) -> None:
    answer = client_of_all.get(path)
    assert (answer.status_code, fields(answer)) == (400, [named])


@pytest.mark.parametrize(
    "path", [f"{DOSSIERS}%EF%BC%91/", f"{RUNS}%D9%A3/", f"{DOSSIERS}1/versions/%EF%BC%91/"]
)
def test_digits_in_an_address_are_ascii(client_of_all: Client, path: str) -> None:
    assert client_of_all.get(path).status_code == 404


@pytest.mark.parametrize("flag", ["no", "true", 0, None])
def test_a_flag_is_true_or_false(api: Client, fake_sources: Fakes, flag: object) -> None:
    answer = post(api, DOSSIERS, {**ASK, "fresh": flag})
    assert (answer.status_code, fields(answer)) == (400, ["fresh"])


def test_a_list_names_what_it_does_not_know_and_is_in_utf8(runs_api: Client) -> None:
    form = {"file": listing(MARIA), "purpose": "collection", "sheet_name": "Plan1"}
    answer = runs_api.post(LISTS, form)
    assert (answer.status_code, fields(answer)) == (400, ["sheet_name"])
    latin = runs_api.generic("POST", LISTS, b"x", "multipart/form-data; charset=latin-1; boundary=x")
    assert (latin.status_code, fields(latin)) == (415, [])


def test_a_field_of_a_list_given_twice_is_refused(runs_api: Client) -> None:
    answer = runs_api.post(LISTS, {"file": listing(MARIA), "purpose": ["collection", "credit_analysis"]})
    assert (answer.status_code, fields(answer)) == (400, ["purpose"])
    twice = [SimpleUploadedFile(f"{name}.csv", b"cpf\n") for name in "ab"]
    assert fields(runs_api.post(LISTS, {"file": twice, "purpose": "collection"})) == ["file"]


def test_our_words_are_in_the_language_that_is_accepted_and_english_by_default(
    api: Client, fake_sources: Fakes
) -> None:
    wrong = {**ASK, "cpf": "52998224726"}
    english = post(api, DOSSIERS, wrong).json()["cpf"][0]
    portuguese = api.post(
        DOSSIERS, wrong, content_type="application/json", headers={"Accept-Language": "pt-BR,en;q=0.5"}
    )
    assert "check digits" in english
    assert "dígitos verificadores" in portuguese.json()["cpf"][0]
    assert portuguese["Content-Language"] == "pt-br"


@pytest.mark.parametrize("path", ["/api/customers-dossiers", "/api/runs", "/runs", "/login"])
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_without_its_slash_is_never_a_301(client_of_all: Client, method: str, path: str) -> None:
    answer = client_of_all.generic(method, path)
    assert (answer.status_code, answer["Location"]) == (308, f"{path}/")


def test_why_nothing_is_tried_again_has_a_code_of_its_own(api: Client, built: Any) -> None:
    answer = post(api, f"/api/dossier-requests/{built().request_id}/retry/")
    assert (answer.status_code, answer.json()["code"]) == (409, "nothing_to_retry")
    assert answer.json()["detail"].startswith("Every source")
