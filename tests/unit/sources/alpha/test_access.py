"""Who may do what at a source, and clean errors for what is no request."""

from urllib.parse import urlencode

import pytest
from django.test import Client

from tests.problems import fields
from tests.unit.sources.api import Api

ROUTES = [
    ("GET", "/api/customers/"),
    ("POST", "/api/customers/"),
    ("PUT", "/api/customers/1/"),
    ("DELETE", "/api/customers/1/"),
    ("POST", "/api/customers/batch/"),
    ("GET", "/api/customers/cpfs/"),
]


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_nothing_is_answered_without_a_token(method: str, path: str, client: Client) -> None:
    answer = client.generic(method, path)
    assert answer.status_code == 401
    assert answer["WWW-Authenticate"].startswith("Bearer")
    assert fields(answer) == []


@pytest.mark.parametrize(("method", "path"), ROUTES)
def test_a_token_without_the_scope_is_forbidden(method: str, path: str) -> None:
    reads = method == "GET" or path.endswith("batch/")
    other = Api("write") if reads else Api("read")
    assert other.ask(method, path, {}).status_code == 403


@pytest.mark.parametrize(
    "body", [b"", b"{", b"NaN", b"\xff", b'{"cpf": "\\ud800"}', b"[" * 100_000, b'{"a": NaN}', b"[]", b"1"]
)
def test_a_body_that_is_no_object_is_a_clean_error(api: Api, body: bytes) -> None:
    for path in ("/api/customers/", "/api/customers/batch/"):
        answer = api.post(path, body)
        assert answer.status_code == 400
        assert isinstance(answer.json(), dict)


def test_another_content_type_is_refused(api: Api) -> None:
    answer = api.post("/api/customers/", b"cpf=1", content_type="application/x-www-form-urlencoded")
    assert (answer.status_code, fields(answer)) == (415, [])


def test_a_body_beyond_the_limit_is_refused(api: Api) -> None:
    answer = api.post("/api/customers/", b'{"name": "' + b"x" * 3_000_000 + b'"}')
    assert (answer.status_code, fields(answer)) == (413, [])


def test_a_method_that_a_route_lacks_is_named_as_such(api: Api) -> None:
    answer = api.ask("DELETE", "/api/customers/")
    assert (answer.status_code, fields(answer)) == (405, [])


def test_an_unknown_route_is_not_found_as_json(client: Client) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, fields(answer)) == (404, [])


def test_the_description_is_openapi_3_1_and_needs_no_token(client: Client) -> None:
    answer = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert answer.json()["openapi"].startswith("3.1")
    assert "/api/customers/batch/" in answer.json()["paths"]


def test_the_documentation_loads_nothing_from_other_hosts(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert "swagger" in page
    assert "//" not in page.replace("http://testserver", "").replace("https://spec", "")


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_address_without_its_slash_keeps_method_and_body(api: Api, method: str) -> None:
    answer = api.ask(method, "/api/customers", {} if method == "POST" else None)
    assert (answer.status_code, answer["Location"]) == (308, "/api/customers/")


def test_an_unknown_field_is_ignored_as_the_original_did_but_none_counts_twice(api: Api) -> None:
    assert api.post("/api/customers/batch/", {"cpfs": ["52998224725"], "colour": "blue"}).status_code == 200
    answer = api.post("/api/customers/batch/", b'{"cpfs": ["52998224725"], "\\u0063pfs": ["11144477735"]}')
    assert (answer.status_code, fields(answer)) == (400, ["cpfs"])


@pytest.mark.parametrize("number", ["٣", "３", "1_0", "+1", " 1", "", "1e1"])
@pytest.mark.parametrize("name", ["page", "page_size", "limit"])
def test_a_number_in_the_query_is_written_in_ascii_digits(api: Api, name: str, number: str) -> None:
    path = "/api/customers/cpfs/" if name == "limit" else "/api/customers/"
    answer = api.get(path, QUERY_STRING=urlencode({name: number}))
    assert (answer.status_code, fields(answer)) == (400, [name])


@pytest.mark.parametrize("path", ["/api/customers/%EF%BC%91/", "/api/customers/%D9%A3/"])
def test_a_number_in_an_address_is_written_in_ascii_digits(api: Api, path: str) -> None:
    assert api.get(path).status_code == 404


def test_our_words_and_the_framework_s_are_in_the_language_that_is_accepted(api: Api) -> None:
    told = {"Authorization": f"Bearer {api.token}", "Accept-Language": "pt-BR"}
    answer = api.post("/api/customers/", {"cpf": "1", "address": "Rua"}, headers=told)
    assert answer.json()["cpf"] == ["Um CPF é um texto de exatamente 11 dígitos."]
    assert answer.json()["name"] == ["Este campo é obrigatório."]
    assert answer["Content-Language"] == "pt-br"
