"""Who may do what at a source, and clean errors for what is no request."""

import pytest
from django.test import Client

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
    assert list(answer.json()) == ["detail"]


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
    assert (answer.status_code, list(answer.json())) == (415, ["detail"])


def test_a_body_beyond_the_limit_is_refused(api: Api) -> None:
    answer = api.post("/api/customers/", b'{"name": "' + b"x" * 3_000_000 + b'"}')
    assert (answer.status_code, list(answer.json())) == (413, ["detail"])


def test_a_method_that_a_route_lacks_is_named_as_such(api: Api) -> None:
    answer = api.ask("DELETE", "/api/customers/")
    assert (answer.status_code, list(answer.json())) == (405, ["detail"])


def test_an_unknown_route_is_not_found_as_json(client: Client) -> None:
    answer = client.get("/nowhere")
    assert (answer.status_code, answer.json()) == (404, {"detail": "Not found."})


def test_the_description_is_openapi_3_1_and_needs_no_token(client: Client) -> None:
    answer = client.get("/api/schema/", headers={"Accept": "application/json"})
    assert answer.json()["openapi"].startswith("3.1")
    assert "/api/customers/batch/" in answer.json()["paths"]


def test_the_documentation_loads_nothing_from_other_hosts(client: Client) -> None:
    page = client.get("/api/docs/").content.decode()
    assert "swagger" in page
    assert "//" not in page.replace("http://testserver", "").replace("https://spec", "")
