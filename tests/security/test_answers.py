"""What every answer says to browsers, and that looking changes nothing."""

import re
from http.client import HTTPConnection
from urllib.parse import urlsplit

import pytest
import requests

from tests.security import walking
from tests.security.conftest import MOST_SECONDS, SERVICES, hidden
from tests.security.walking import Things
from tests.stack import Analyst, Stack

pytestmark = pytest.mark.e2e

Clients = dict[str, requests.Session]

# How a run and a request get on may be kept by who asked for it, with its ETag: it is nobody's data.
KEPT_BY_ITS_READER = re.compile(r"/api/(runs|dossier-requests)/[^/]+/")
# What a look leaves on purpose: that it took place; and what the sweeper notes by itself meanwhile.
RECORDS = re.compile(r"capa_db\.Consulted|\.access_|orchestrator_worker|django_session")
STRANGE_HOSTS = [
    "evil.example",
    "127.0.0.1:1@evil.example",
    "localhost.evil.example",
    "evil.example:8004",
    "x" * 300,
]
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    r"/\evil.example",
    "///evil.example",
    "javascript:alert(1)",
    "http:evil.example",
    "https:///evil.example",
    "\thttps://evil.example",
    "http://127.0.0.1@evil.example/",
]


@pytest.fixture(scope="module")
def things(analyst: Analyst) -> Things:
    """Of the portal, made once for all walks."""
    return walking.made(analyst)


def look(session: requests.Session, stack: Stack, service: str, path: str, **told: str) -> requests.Response:
    """A GET that follows no redirect."""
    url = stack.url(service) + path
    return session.get(url, headers=told, timeout=MOST_SECONDS, allow_redirects=False)


@pytest.mark.parametrize("service", SERVICES)
def test_every_answer_is_private_framed_by_nobody_and_under_a_policy(
    clients: Clients, browser: requests.Session, stack: Stack, things: Things, service: str
) -> None:
    lacking = []
    with requests.Session() as stranger:
        for path in [*walking.addresses(stack, service, things), "/nowhere/", "/api/nowhere/"]:
            for session in (stranger, clients[service], browser):
                answer = look(session, stack, service, path)
                lacking += [(path, answer.status_code, why) for why in faults(path, answer)]
    assert lacking == []


def faults(path: str, answer: requests.Response) -> list[str]:
    """What an answer lacks, or says too much."""
    headers, policy = answer.headers, answer.headers.get("Content-Security-Policy", "")
    wanted = {
        "X-Frame-Options": "DENY",
        "X-Content-Type-Options": "nosniff",
        "Referrer-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Cross-Origin-Resource-Policy": "same-origin",
    }
    found = [f"{name}: {headers.get(name)}" for name, value in wanted.items() if headers.get(name) != value]
    parts = ("default-src 'none'", "script-src 'self'", "frame-ancestors 'none'", "base-uri 'none'")
    found += [f"policy without {part}" for part in parts if part not in policy]
    if "unsafe" in policy and (path != "/api/docs/" or "unsafe-eval" in policy):
        found.append(policy)
    if "camera=()" not in headers.get("Permissions-Policy", ""):
        found.append("Permissions-Policy")
    caching = headers.get("Cache-Control", "")
    may_be_kept = KEPT_BY_ITS_READER.fullmatch(path) and "no-cache" in caching
    if "private" not in caching or not ("no-store" in caching or may_be_kept):
        found.append(f"Cache-Control: {caching}")
    found += [name for name in headers if name.lower().startswith("access-control-")]
    found += [name for name in ("X-Powered-By", "Via") if name in headers]
    if answer.status_code >= 500:
        found.append("a fault of ours")
    return found


def test_a_get_changes_nothing(
    clients: Clients, browser: requests.Session, stack: Stack, things: Things
) -> None:
    before = walking.everything(stack)
    walked = 0
    for service in SERVICES:
        for path in walking.addresses(stack, service, things):
            for session, told in ((clients[service], {}), (browser, {}), (browser, {"HX-Request": "true"})):
                answer = look(session, stack, service, path, **told)
                assert answer.status_code < 500, path
                walked += answer.status_code == 200
    after = walking.everything(stack)
    changed = sorted(name for name in before | after if before.get(name) != after.get(name))
    assert [name for name in changed if not RECORDS.search(name)] == []
    assert walked > 60, "the walk met closed doors"
    page = look(browser, stack, "portal", "/")
    assert page.status_code == 200, "looking at an address ended the session"


@pytest.mark.parametrize("host", STRANGE_HOSTS)
@pytest.mark.parametrize("service", SERVICES)
def test_a_forged_host_is_refused_and_told_to_nobody(stack: Stack, service: str, host: str) -> None:
    for path in ("/healthz", "/api/schema/", "/api/customers", "/"):
        answer = requests.get(
            stack.url(service) + path, headers={"Host": host}, timeout=MOST_SECONDS, allow_redirects=False
        )
        assert answer.status_code == 400
        assert "evil" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("service", SERVICES)
def test_what_a_proxy_would_say_is_believed_of_nobody(clients: Clients, stack: Stack, service: str) -> None:
    forged = {
        "SCRIPT_NAME": "/evil",
        "X-Forwarded-Host": "evil.example",
        "X-Forwarded-Proto": "https",
        "Forwarded": "host=evil.example",
    }
    for path in ("/api/schema/", "/api/customers/", "/api/nowhere/", "/api/customers"):
        answer = look(clients[service], stack, service, path, **forged)
        assert "evil" not in answer.text + str(answer.headers)
        assert "https://127.0.0.1" not in answer.text + str(answer.headers)


@pytest.mark.parametrize("service", SERVICES)
def test_two_hosts_are_refused(stack: Stack, service: str) -> None:
    connection = HTTPConnection(str(urlsplit(stack.url(service)).netloc), timeout=MOST_SECONDS)
    connection.putrequest("GET", "/healthz", skip_host=True)
    for host in ("127.0.0.1", "evil.example"):
        connection.putheader("Host", host)
    connection.endheaders()
    assert connection.getresponse().status == 400
    connection.close()


@pytest.mark.parametrize("service", SERVICES)
def test_no_other_site_may_ask_by_a_reader_s_browser(clients: Clients, stack: Stack, service: str) -> None:
    asked = {
        "Origin": "https://evil.example",
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization",
    }
    for path in ("/api/customers-dossiers/", "/api/customers/", "/api/oauth/token/", "/healthz", "/"):
        for method in ("OPTIONS", "GET"):
            url = stack.url(service) + path
            answer = clients[service].request(method, url, headers=asked, timeout=MOST_SECONDS)
            assert [name for name in answer.headers if name.lower().startswith("access-control-")] == []


@pytest.mark.parametrize("place", ELSEWHERE)
def test_no_redirect_leads_to_another_site(stack: Stack, browser: requests.Session, place: str) -> None:
    base = stack.url("portal")
    form = {"language": "en", "next": place, **hidden(browser, f"{base}/")}
    changed = browser.post(f"{base}/setlang/", form, timeout=MOST_SECONDS, allow_redirects=False)
    assert is_here(stack, changed), changed.headers
    told = {"Referer": place.strip()}
    form = {"language": "pt-br", **hidden(browser, f"{base}/")}
    changed = browser.post(
        f"{base}/setlang/", form, headers=told, timeout=MOST_SECONDS, allow_redirects=False
    )
    assert is_here(stack, changed), changed.headers
    state = stack.state
    with requests.Session() as stranger:
        login = f"{base}/login/"
        form = {"username": state["portal_user"], "password": state["portal_password"], "next": place}
        form |= hidden(stranger, login)
        entered = stranger.post(
            login, form, params={"next": place}, timeout=MOST_SECONDS, allow_redirects=False
        )
        assert entered.status_code == 302
        assert is_here(stack, entered), entered.headers
        again = stranger.get(login, params={"next": place}, timeout=MOST_SECONDS, allow_redirects=False)
        assert is_here(stack, again), again.headers


@pytest.mark.parametrize(
    "path", ["//evil.example/api/customers", r"/\evil.example", "///evil.example", "//evil.example/%2e%2e"]
)
@pytest.mark.parametrize("service", SERVICES)
def test_nor_does_an_address_that_lacks_its_slash(stack: Stack, service: str, path: str) -> None:
    connection = HTTPConnection(str(urlsplit(stack.url(service)).netloc), timeout=MOST_SECONDS)
    connection.request("GET", path)
    answer = connection.getresponse()
    where = urlsplit(answer.getheader("Location") or "/")
    assert where.netloc in ("", urlsplit(stack.url(service)).netloc)
    connection.close()


def is_here(stack: Stack, answer: requests.Response) -> bool:
    """Whether an answer leads nowhere, or to the portal, as a browser reads it."""
    place = answer.headers.get("Location", "/").strip().replace("\\", "/")
    return urlsplit(place).netloc in ("", urlsplit(stack.url("portal")).netloc) and place.startswith(
        ("/", "http:")
    )
