"""What is sent to a service is read strictly, or refused with a 4xx; nothing of it is run or guessed at."""

import gzip
import json
import random
import socket
import zlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import psycopg2
import pytest
import requests

from tests.security.conftest import MOST_SECONDS, SERVICES, SOURCES, WRITES, hidden
from tests.stack import Stack

pytestmark = pytest.mark.e2e

Clients = dict[str, requests.Session]

CPF = "52998224725"
OTHER_DIGITS = {
    "arabic-indic": "٥٢٩٩٨٢٢٤٧٢٥",
    "full-width": "５２９９８２２４７２５",
    "devanagari": "५२९९८२२४७२५",
}
DEEP = {
    "objects": b'{"cpf":' * 5000 + b"1" + b"}" * 5000,
    "lists": b"[" * 5000 + b"]" * 5000,
    "beneath a text with brackets": b'{"name": "]]]]\\"]]", "cpf": ' + b"[" * 5000 + b"]" * 5000 + b"}",
    "without an end": b'{"a":[' * 5000,
}
NUMBERS = ["NaN", "Infinity", "-Infinity", "1e999999", "-1e999999", "9" * 5000, "-" + "9" * 5000, "0x1", "01"]
OPERATORS: list[Any] = [
    {"cpf": {"$ne": ""}},
    {"cpf": {"$gt": ""}, "purpose": {"$ne": None}},
    {"$where": "sleep(5000) || true"},
    {"cpf": {"$regex": ".*"}, "$or": [{}]},
    {"cpf.x": CPF, "customers.0.cpf": CPF},
    {"c\u0000pf": CPF, "cpf\u0000": CPF},
    {"__proto__": {}, "_id": {"$oid": "5b3e4175c43bfd2b780afeba"}, "_cls": "Customer$"},
]


def send(
    clients: Clients, stack: Stack, service: str, body: Any, path: str = "", **headers: str
) -> requests.Response:
    """Sends a body as JSON to where a service takes one."""
    url = stack.url(service) + (path or WRITES[service])
    told = {"Content-Type": "application/json", **headers}
    return clients[service].post(url, data=body, headers=told, timeout=MOST_SECONDS)


def whole(service: str, cpf: str) -> dict[str, Any]:
    """A body that a service takes."""
    bodies: dict[str, dict[str, Any]] = {
        "alpha": {"name": "Ana", "address": "Rua", "debts": [{"value": "1.00", "date": "2026-01-02"}]},
        "beta": {"name": "Ana", "address": "Rua", "date_birth": "1990-01-02"},
        "capa": {"description": "x", "value": 1, "date": "2026-01-02T03:04:05Z"},
        "portal": {"purpose": "credit_analysis"},
    }
    return {"cpf": cpf, **bodies[service]}


def fresh_cpf() -> str:
    """A CPF, its check digits right, that nobody else uses."""
    base = [random.randrange(10) for _ in range(9)]
    for length in (10, 11):
        rest = sum(digit * (length - place) for place, digit in enumerate(base)) * 10 % 11
        base.append(0 if rest == 10 else rest)
    return "".join(map(str, base))


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("deep", DEEP)
def test_json_that_is_nested_without_end_is_refused(
    clients: Clients, stack: Stack, service: str, deep: str
) -> None:
    answer = send(clients, stack, service, DEEP[deep])
    assert (answer.status_code, answer.json()["code"]) == (400, "parse_error")


@pytest.mark.parametrize("in_chunks", [False, True])
@pytest.mark.parametrize("service", SERVICES)
def test_twenty_megabytes_are_refused_with_an_answer_and_the_service_goes_on(
    clients: Clients, stack: Stack, service: str, in_chunks: bool
) -> None:
    def pieces() -> Iterator[bytes]:
        for _ in range(320):
            yield b"x" * 65_536

    for path in (WRITES[service], "/api/oauth/token/"):
        body = pieces() if in_chunks else b"x" * (20 << 20)
        answer = send(clients, stack, service, body, path)
        assert (answer.status_code, answer.json()["code"]) == (413, "too_large"), path
    assert requests.get(f"{stack.url(service)}/healthz", timeout=5).status_code == 200


@pytest.mark.parametrize("path", ["/login/", "/setlang/", "/", "/runs/refresh/"])
def test_no_page_takes_a_large_form_either_least_of_all_before_a_login(stack: Stack, path: str) -> None:
    file = {"file": ("x.csv", b"x" * (20 << 20))}
    answer = requests.post(stack.url("portal") + path, files=file, timeout=MOST_SECONDS)
    assert answer.status_code == 413
    assert "text/html" in answer.headers["Content-Type"]


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "br", "gzip, gzip"])
def test_a_compressed_body_is_not_taken(clients: Clients, stack: Stack, service: str, encoding: str) -> None:
    bomb = gzip.compress(bytes(100 << 20)) if "gzip" in encoding else zlib.compress(bytes(10 << 20))
    answer = send(clients, stack, service, bomb, **{"Content-Encoding": encoding})
    assert (answer.status_code, answer.json()["code"]) == (415, "unsupported_media_type")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("number", NUMBERS)
def test_a_number_that_is_none_is_refused_wherever_it_stands(
    clients: Clients, stack: Stack, service: str, number: str
) -> None:
    body = json.dumps(whole(service, fresh_cpf()))
    for name in ("value", "cpf", "unheard_of"):
        for text in (f'{{"{name}": {number}}}', f'{body[:-1]}, "{name}": {number}}}'):
            answer = send(clients, stack, service, text.encode())
            assert answer.status_code == 400, (name, answer.text)


@pytest.mark.parametrize("service", SOURCES)
@pytest.mark.parametrize("amount", ["NaN", "Infinity", "-inf", "1e5", "1E+2", "9" * 5000, "１０", "٣", "1_0"])
def test_money_as_text_is_ascii_digits(clients: Clients, stack: Stack, service: str, amount: str) -> None:
    body = whole(service, fresh_cpf())
    rows = {"alpha": "debts", "beta": "patrimonies"}
    row = {"value": amount, "date": "2026-01-02", "description": "x"}
    body |= {rows[service]: [row]} if service in rows else {"value": amount}
    answer = send(clients, stack, service, json.dumps(body))
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("digits", OTHER_DIGITS)
def test_a_cpf_is_ascii_digits_at_every_door(
    clients: Clients, stack: Stack, service: str, digits: str
) -> None:
    cpf = OTHER_DIGITS[digits]
    answer = send(clients, stack, service, json.dumps(whole(service, cpf)))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "cpf")
    if service != "portal":
        batch = send(clients, stack, service, json.dumps({"cpfs": [cpf]}), "/api/customers/batch/")
        assert batch.status_code == 400
    paths = {"capa": f"/financial-transactions/{cpf}", "portal": "/api/customers-dossiers/"}
    url = stack.url(service) + paths.get(service, "/api/customers/")
    query = {} if service == "capa" else {"cpf": cpf}
    assert clients[service].get(url, params=query, timeout=MOST_SECONDS).status_code == 400


@pytest.mark.parametrize("digits", OTHER_DIGITS)
def test_a_cpf_is_ascii_digits_on_the_page_and_in_a_list(
    clients: Clients, browser: requests.Session, stack: Stack, digits: str
) -> None:
    page = f"{stack.url('portal')}/"
    form = {"cpf": OTHER_DIGITS[digits], "purpose": "credit_analysis", **hidden(browser, page)}
    answer = browser.post(page, form, timeout=MOST_SECONDS)
    assert (answer.url, "aria-invalid" in answer.text) == (page, True)
    answer = clients["portal"].post(
        f"{stack.url('portal')}/api/runs/lists/",
        data={"purpose": "credit_analysis"},
        files={"file": ("x.csv", f"cpf\n{OTHER_DIGITS[digits]}\n".encode())},
        timeout=MOST_SECONDS,
    )
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "file")


@pytest.mark.parametrize("service", SOURCES)
def test_nul_in_a_text_is_refused_by_name(clients: Clients, stack: Stack, service: str) -> None:
    name = "description" if service == "capa" else "name"
    body = whole(service, fresh_cpf()) | {name: "A\u0000na"}
    answer = send(clients, stack, service, json.dumps(body))
    assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name)


def test_nul_in_a_cpf_in_an_address_and_on_a_page_is_no_fault_of_ours(
    clients: Clients, browser: requests.Session, stack: Stack
) -> None:
    asked = send(clients, stack, "portal", json.dumps(whole("portal", "529982247\u000025")))
    assert asked.status_code == 400
    for service in SERVICES:
        for path in ("/api/customers/%00/", "/%00", "/api/customers/?cpf=%00", "/api/schema/?lang=%00"):
            answer = clients[service].get(stack.url(service) + path, timeout=MOST_SECONDS)
            assert answer.status_code in (200, 400, 404), (service, path)
    page = f"{stack.url('portal')}/"
    form = {"cpf": "5\u0000", "purpose": "\u0000", **hidden(browser, page)}
    assert browser.post(page, form, timeout=MOST_SECONDS).status_code == 200
    login = f"{stack.url('portal')}/login/"
    with requests.Session() as stranger:
        form = {"username": "a\u0000", "password": "\u0000", **hidden(stranger, login)}
        assert stranger.post(login, form, timeout=MOST_SECONDS).status_code in (200, 400, 429)


@pytest.mark.parametrize("service", SERVICES)
@pytest.mark.parametrize("place", range(len(OPERATORS)))
def test_what_mongodb_would_run_is_a_wrong_input_or_none(
    clients: Clients, stack: Stack, service: str, place: int
) -> None:
    bare = send(clients, stack, service, json.dumps(OPERATORS[place]))
    assert (bare.status_code, bare.json()["code"]) == (400, "invalid_input")
    if service in SOURCES:
        batch = send(
            clients, stack, service, json.dumps({"cpfs": [OPERATORS[place]]}), "/api/customers/batch/"
        )
        assert batch.status_code == 400
        # Beside what is good it is ignored, as any field that a source does not know.
        beside = {**OPERATORS[place], **whole(service, fresh_cpf())}
        answer = send(clients, stack, service, json.dumps(beside))
        assert answer.status_code == 201, answer.text
        assert "$" not in answer.text
        assert not {"__proto__", "cpf.x", "c\u0000pf"} & set(answer.json())


@pytest.mark.parametrize("service", SOURCES)
@pytest.mark.parametrize(
    "query",
    [
        "cpf[$ne]=1",
        "cpf[$regex]=.*",
        "$where=1",
        "cpf__startswith=5",
        "cpf__gt=0",
        "name__contains=M",
        "id__in=1",
        "pk=1",
        "fields=cpf",
        "ordering=-cpf",
        "search=a",
        "debts__value__gt=0",
        "_id=1",
        "format=api",
        "page=1&page_size=10&cpf.x=1",
    ],
)
def test_a_query_filters_by_what_is_documented_and_by_nothing_else(
    clients: Clients, stack: Stack, service: str, query: str
) -> None:
    paths = {"capa": f"/financial-transactions/{CPF}"}
    url = stack.url(service) + paths.get(service, "/api/customers/")
    plain = clients[service].get(url, timeout=MOST_SECONDS)
    asked = clients[service].get(f"{url}?{query}", timeout=MOST_SECONDS)
    if asked.status_code == 200:
        assert asked.json() == plain.json(), "the query chose something"
        assert all(set(item) == set(plain.json()[0]) for item in asked.json())
    else:
        assert 400 <= asked.status_code < 500


@pytest.mark.parametrize(
    "query", ["cpf[$ne]=1", "cpf__startswith=5", "owner=user:1", "team=1", "limit=5&state=x", "fields=cpf"]
)
@pytest.mark.parametrize("path", ["/api/customers-dossiers/", "/api/runs/", "/api/sources/"])
def test_the_portal_refuses_a_query_that_it_does_not_know(
    clients: Clients, stack: Stack, path: str, query: str
) -> None:
    answer = clients["portal"].get(f"{stack.url('portal')}{path}?{query}", timeout=MOST_SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (400, "invalid_input")


@pytest.mark.parametrize("service", SERVICES)
def test_more_parameters_than_anything_has_are_not_read(clients: Clients, stack: Stack, service: str) -> None:
    query = "&".join(f"a{number}=1" for number in range(150))
    answer = clients[service].get(f"{stack.url(service)}/api/schema/?{query}", timeout=MOST_SECONDS)
    assert (answer.status_code, answer.json()["code"]) == (400, "bad_request")
    form = {f"a{number}": "1" for number in range(150)}
    answer = requests.post(f"{stack.url(service)}/api/oauth/token/", form, timeout=MOST_SECONDS)
    assert answer.status_code == 413


@pytest.mark.parametrize("service", SERVICES)
def test_what_no_service_gets_to_see_is_refused_as_a_problem_and_not_quoted(
    stack: Stack, service: str
) -> None:
    place = urlsplit(stack.url(service))
    long = b"a" * 9000
    for sent, status in (
        (b"GET /canary" + long + b" HTTP/1.1\r\nHost: x\r\n\r\n", 414),
        (b"GET / HTTP/1.1\r\nHost: x\r\ncanary: " + long + b"\r\n\r\n", 431),
        (b"GET / HTTP/1.1\r\n" + b"canary: 1\r\n" * 80 + b"\r\n", 431),
        (b"canary\r\n\r\n", 400),
        (b"GET / HTTP/9.canary\r\n\r\n", 400),
        (b"GET / HTTP/1.1\r\nHost: x\r\ncan ary: 1\r\n\r\n", 400),
        (
            b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 3\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n",
            400,
        ),
        (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: -1\r\n\r\n", 400),
    ):
        with socket.create_connection((str(place.hostname), int(place.port or 0)), MOST_SECONDS) as wire:
            wire.sendall(sent)
            head, _, body = b"".join(iter(lambda: wire.recv(65_536), b"")).partition(b"\r\n\r\n")
        assert int(head.split()[1]) == status, head
        assert b"application/problem+json" in head
        assert json.loads(body)["status"] == status
        assert b"canary" not in head + body


def test_a_source_takes_no_field_that_is_its_own_to_set(clients: Clients, stack: Stack) -> None:
    taken = {"id": 1, "customer": 1, "customer_id": 1, "pk": 1, "_state": {}, "is_staff": True, "owner": "x"}
    first = whole("alpha", fresh_cpf())
    debts = [{**first["debts"][0], **taken, "id": 1}]
    refused = send(clients, stack, "alpha", json.dumps({**first, "debts": debts}))
    assert (refused.status_code, refused.json()["errors"][0]["field"]) == (400, "debts.0.id")
    debts = [{**first["debts"][0], "customer": 1, "customer_id": 1}]
    made = send(clients, stack, "alpha", json.dumps({**first, **taken, "debts": debts}))
    assert made.status_code == 201, made.text
    assert made.json()["id"] != 1
    assert made.json()["debts"][0]["customer"] == made.json()["id"]
    other = send(clients, stack, "alpha", json.dumps(whole("alpha", fresh_cpf()))).json()
    url = f"{stack.url('alpha')}/api/customers/{made.json()['id']}/"
    stolen = {**first, **taken, "id": other["id"], "debts": other["debts"]}
    for method in ("PUT", "PATCH"):
        answer = clients["alpha"].request(method, url, json=stolen, timeout=MOST_SECONDS)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, "debts.0.id")
    here = clients["alpha"].get(url, timeout=MOST_SECONDS).json()
    assert here == made.json()


@pytest.mark.parametrize("service", ["beta", "capa"])
def test_nor_does_one_that_keeps_documents(clients: Clients, stack: Stack, service: str) -> None:
    chosen = "5b3e4175c43bfd2b780afeba"
    extra = {"id": chosen, "_id": chosen, "pk": chosen, "_cls": "Other", "client": "x", "__class__": "x"}
    made = send(clients, stack, service, json.dumps({**whole(service, fresh_cpf()), **extra}))
    assert made.status_code == 201, made.text
    assert made.json()["id"] != chosen
    assert chosen not in made.text
    assert not {"pk", "client", "__class__"} & set(made.json())


OWN = {
    "id": 1,
    "owner": "user:1",
    "state": "complete",
    "team": 1,
    "team_id": 1,
    "dossier_id": 1,
    "build": 1,
    "priority": 9,
    "outcome": "unchanged",
    "created_at": "2020-01-01T00:00:00Z",
    "snapshot_version": 1,
}


@pytest.mark.parametrize("name", OWN)
def test_an_ask_takes_no_field_that_is_the_portal_s_to_set(clients: Clients, stack: Stack, name: str) -> None:
    before = asks(stack)
    for path, body in (
        ("/api/customers-dossiers/", whole("portal", fresh_cpf())),
        ("/api/customers-dossiers/search/", {"cpf": CPF}),
        ("/api/runs/", {"kind": "nightly"}),
    ):
        answer = send(clients, stack, "portal", json.dumps({**body, name: OWN[name]}), path)
        assert (answer.status_code, answer.json()["errors"][0]["field"]) == (400, name), path
    assert asks(stack) == before


def asks(stack: Stack) -> int:
    """How many requests and runs there are."""
    connection = psycopg2.connect(stack.state["engines"]["database_url"] + "delta_db")
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "select (select count(*) from orchestrator_dossierrequest)"
            " + (select count(*) from orchestrator_run)"
        )
        (number,) = cursor.fetchone() or (0,)
    connection.close()
    return int(number)
