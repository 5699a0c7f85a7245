"""What went wrong, as RFC 9457 has it: one shape, one documented type for each code, one language."""

from collections.abc import Callable
from typing import Any

import pytest
from django.conf import settings
from django.test import Client

from ops.service.api import problems
from tests.problems import fields
from tests.unit.service.conftest import bearer, create

Wrong = Callable[..., Any]


@pytest.fixture
def wrong(http: Client) -> Wrong:
    """The answer to a request in which something goes wrong."""
    headers = bearer(http, "dossier:request")

    def _wrong(what: str, **more: str) -> Any:
        told = {**headers, **more}
        return http.post("/echo/1/", {"wrong": what}, "application/json", headers=told)

    return _wrong


@pytest.mark.parametrize(
    ("what", "status", "code", "named"),
    [
        ("list", 400, "invalid_input", ["non_field_errors"]),
        ("field", 400, "invalid_input", ["name"]),
        ("store", 503, "unavailable", []),
        ("fault", 500, "internal_error", []),
    ],
)
def test_whatever_goes_wrong_is_told_in_one_shape(
    wrong: Wrong, what: str, status: int, code: str, named: list[str]
) -> None:
    answer = wrong(what)
    assert (answer.status_code, answer.json()["code"], fields(answer)) == (status, code, named)


def test_messages_by_input_stand_beside_the_list_of_them(wrong: Wrong) -> None:
    body = wrong("nested").json()
    assert body["errors"] == [{"field": "rows.1.id", "code": "taken", "message": "No."}]
    assert body["rows"] == [{}, {"id": ["No."]}]


def test_an_input_called_like_a_member_of_the_standard_is_told_in_the_list(wrong: Wrong) -> None:
    body = wrong("status").json()
    assert (body["status"], body["errors"][0]["field"]) == (400, "status")


def test_a_code_that_nobody_documented_is_told_as_a_documented_one(http: Client, wrong: Wrong) -> None:
    answer = wrong("undocumented")
    assert (answer.status_code, answer.json()["detail"]) == (418, "I am a teapot.")
    assert http.get(answer.json()["type"]).status_code == 200


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/nowhere/", 404),
        ("GET", "/api/problems/nothing/", 404),
        ("POST", "/api/problems/", 405),
        ("POST", "/healthz", 405),
        ("POST", "/readyz", 405),
        ("DELETE", "/api/schema/", 405),
        ("GET", "/api/oauth/token/", 405),
        ("GET", "/echo/1/", 401),
    ],
)
def test_errors_of_views_that_are_none_of_the_api_s_are_problems_too(
    http: Client, method: str, path: str, status: int
) -> None:
    answer = http.generic(method, path)
    assert (answer.status_code, fields(answer)) == (status, [])


@pytest.mark.parametrize(("path", "accept"), [("/echo/1/", "text/html"), ("/api/schema/", "image/png")])
def test_what_cannot_be_answered_as_accepted_is_a_406_that_can_be_read(
    http: Client, path: str, accept: str
) -> None:
    answer = http.get(path, headers={**bearer(http, "dossier:read"), "Accept": accept})
    assert (answer.status_code, answer.json()["code"], fields(answer)) == (406, "not_acceptable", [])


def test_a_host_that_is_none_of_ours_is_refused_as_a_problem(http: Client) -> None:
    answer = http.get("/healthz", headers={"Host": "elsewhere.example"})
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    assert "elsewhere" not in answer.content.decode()


def test_every_type_is_documented_where_it_says_and_needs_no_token(http: Client) -> None:
    listed = http.get("/api/problems/").json()
    assert {each["code"] for each in listed} == set(problems.types()) > set(problems.SHARED)
    for each in listed:
        assert http.get(each["type"]).json() == each
        assert each["title"]
        assert each["advice"]


def test_a_browser_gets_the_documentation_as_a_page(http: Client) -> None:
    page = http.get("/api/problems/not_found/", headers={"Accept": "text/html,*/*;q=0.8"})
    assert page["Content-Type"].startswith("text/html")
    assert "There is no such thing." in page.content.decode()
    assert "//" not in page.content.decode().replace("<!doctype", "")


@pytest.mark.parametrize(
    ("accepted", "language", "detail"),
    [
        (None, "en", "Authentication credentials were not provided."),
        ("pt-BR,pt;q=0.9,en;q=0.8", "pt-br", "As credenciais de autenticação não foram fornecidas."),
        ("pt", "pt-br", "As credenciais de autenticação não foram fornecidas."),
        ("de, en;q=0.5", "en", "Authentication credentials were not provided."),
        ("pt;q=0, *", "en", "Authentication credentials were not provided."),
    ],
)
def test_the_framework_s_words_and_ours_are_in_the_language_that_is_accepted(
    http: Client, accepted: str | None, language: str, detail: str
) -> None:
    answer = http.get("/echo/1/", headers={"Accept-Language": accepted} if accepted else {})
    body = answer.json()
    assert (answer["Content-Language"], body["detail"]) == (language, detail)
    assert body["title"] == {"en": "A token is needed.", "pt-br": "É preciso um token."}[language]
    assert "Accept-Language" in answer["Vary"]


def test_every_shared_type_is_told_in_portuguese_too(http: Client) -> None:
    english, portuguese = (
        {
            each["code"]: (each["title"], each["advice"])
            for each in http.get("/api/problems/", headers={"Accept-Language": language}).json()
        }
        for language in ("en", "pt-BR")
    )
    for code in problems.SHARED:
        assert english[code][0] != portuguese[code][0], code
        assert english[code][1] != portuguese[code][1], code


@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
@pytest.mark.parametrize("path", ["/echo/1", "/api/oauth/token", "/api/schema", "/api/problems/gone"])
def test_an_address_without_its_slash_keeps_method_and_body(http: Client, method: str, path: str) -> None:
    answer = http.generic(method, f"{path}?a=1")
    assert (answer.status_code, answer["Location"]) == (308, f"{path}/?a=1")


def test_a_missing_scope_is_named_to_the_client(http: Client) -> None:
    answer = http.post("/echo/1/", "{}", "application/json", headers=bearer(http, "dossier:read"))
    assert (answer.status_code, answer.json()["code"]) == (403, "insufficient_scope")
    assert answer["WWW-Authenticate"] == (
        'Bearer realm="api", error="insufficient_scope", scope="dossier:request"'
    )


@pytest.mark.parametrize("header", ["Basic x", "Digest a=b", "Bearerx y"])
def test_who_proves_himself_otherwise_is_not_told_that_a_token_is_bad(http: Client, header: str) -> None:
    answer = http.get("/echo/1/", headers={"Authorization": header})
    assert (answer.status_code, answer["WWW-Authenticate"]) == (401, 'Bearer realm="api"')
    assert answer.json()["code"] == "not_authenticated"
    assert "Bearer" in answer.json()["detail"]


def test_credentials_of_a_client_are_no_token(http: Client) -> None:
    header = "Basic " + create("dossier:read")["client_id"]
    assert http.get("/echo/1/", headers={"Authorization": header}).status_code == 401


def test_no_type_is_documented_for_a_status_that_another_code_would_hide() -> None:
    for code, kind in problems.types().items():
        assert problems.documented(code, kind.status) == code
    assert settings.PROBLEM_TYPES
