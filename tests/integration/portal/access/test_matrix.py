"""Who may go where: every route by every role, and by every scope. A route without a row fails."""

import re
from collections.abc import Iterator

import pytest
from django.test import Client
from django.urls import URLPattern, URLResolver, get_resolver
from django.utils.timezone import localdate

from portal.access.models import PersonRequest
from portal.access.roles import ROLES
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import Asked, People
from tests.integration.portal.conftest import SCOPES, Machine, listing

ASKS = {"analyst", "supervisor"}
RUNS = {"supervisor"}
SEES_RUNS = {"supervisor", "operator"}
ANYBODY = set(ROLES)
NOBODY: set[str] = set()  # of those with a session: machines with a token, or everybody without one
ADMIN = {"administrator"}
CLOSED = {"admin/auth/group/add/", "admin/autocomplete/"}  # roles are the code's; nothing is completed

# By route: who of those logged in is let in, by the method that the page is for.
PAGES: dict[str, tuple[str, set[str]]] = {
    "": ("GET", ANYBODY),
    "outlook/": ("POST", ASKS),
    "find/": ("POST", ASKS),
    "sources/": ("GET", {"analyst", "supervisor", "operator"}),
    "runs/": ("GET", SEES_RUNS),
    "runs/everybody/": ("GET", RUNS),
    "runs/refresh/": ("POST", RUNS),
    "runs/<int:run_id>/": ("GET", SEES_RUNS),
    "runs/<int:run_id>/pause/": ("POST", RUNS),
    "runs/<int:run_id>/resume/": ("POST", RUNS),
    "runs/<int:run_id>/cancel/": ("POST", RUNS),
    "runs/<int:run_id>/retry/": ("POST", RUNS),
    "runs/<int:run_id>/people/": ("GET", RUNS),
    "runs/<int:run_id>/results/": ("GET", RUNS),
    "runs/<int:run_id>/follow/": ("POST", RUNS),
    "followed/": ("GET", ASKS),
    "followed/news/": ("GET", ASKS),
    "record/": ("GET", {"auditor"}),
    "record/file/": ("POST", {"auditor"}),
    "record/anomalies/": ("GET", {"auditor"}),
    "account/": ("GET", ANYBODY),
    "account/confirm/": ("GET", ANYBODY),
    "account/password/": ("GET", ANYBODY),
    "account/sessions/end/": ("POST", ANYBODY),
    "account/second-factor/": ("GET", ANYBODY),
    "account/second-factor/off/": ("GET", ANYBODY),
    "account/second-factor/codes/": ("GET", ANYBODY),
    "account/second-factor/codes/new/": ("GET", ANYBODY),
    "persons/": ("GET", {"privacy_officer"}),
    "persons/act/": ("POST", {"privacy_officer"}),
    "persons/requests/<int:request_id>/contest/": ("POST", {"privacy_officer"}),
    "persons/requests/<int:request_id>/answer/": ("POST", {"privacy_officer"}),
    "notices/<int:notice_id>/seen/": ("POST", ASKS),
    "requests/<uuid:request_id>/": ("GET", ASKS),
    "requests/<uuid:request_id>/attempts/": ("GET", ASKS),
    "requests/<uuid:request_id>/retry/": ("POST", ASKS),
    "requests/<uuid:request_id>/cancel/": ("POST", ASKS),
    "dossiers/<int:dossier_id>/": ("GET", ASKS),
    "dossiers/<int:dossier_id>/versions/<int:number>/": ("GET", ASKS),
    "dossiers/<int:dossier_id>/versions/<int:number>/rows/": ("POST", ASKS),
    "dossiers/<int:dossier_id>/versions/<int:number>/pin/": ("POST", ASKS),
    "dossiers/<int:dossier_id>/versions/<int:number>/decide/": ("POST", ASKS),
    "dossiers/<int:dossier_id>/versions/<int:number>/export/": ("GET", ASKS),
    "dossiers/<int:dossier_id>/diff/": ("GET", ASKS),
    "dossiers/<int:dossier_id>/follow/": ("POST", ASKS),
    "dossiers/<int:dossier_id>/update/": ("POST", ASKS),
}
OF_AN_APP = "account/second-factor/"  # which none of these people has
# Of whoever comes, with a session or without; they show nothing of anybody.
OPEN = {
    "login/code/",
    "login/done/",
    "session/",
    "sso/",
    "sso/callback/",
    "login/",
    "logout/",
    "setlang/",
    "keys/",
    "healthz",
    "readyz",
    "api/docs/",
    "api/schema/",
    "api/oauth/token/",
    "api/problems/",
    "api/problems/<slug:code>/",
}
# By route of the API: its methods, and which scope does alone; two of which both are needed are joined by +.
API: dict[str, dict[str, set[str]]] = {
    "api/customers-dossiers/": {"GET": {"dossier:read"}, "POST": {"dossier:request"}},
    "api/customers-dossiers/search/": {"POST": {"dossier:read"}},
    "api/customers-dossiers/<int:dossier_id>/": {"GET": {"dossier:read"}},
    "api/customers-dossiers/<int:dossier_id>/versions/": {"GET": {"dossier:read"}},
    "api/customers-dossiers/<int:dossier_id>/versions/<int:number>/": {"GET": {"dossier:read"}},
    "api/customers-dossiers/<int:dossier_id>/figures/": {"GET": {"dossier:read"}},
    "api/customers-dossiers/<int:dossier_id>/versions/<int:number>/figures/": {"GET": {"dossier:read"}},
    "api/customers-dossiers/<int:dossier_id>/versions/<int:number>/export/": {"GET": {"dossier:read"}},
    "api/customers-dossiers/<int:dossier_id>/versions/<int:number>/pin/": {
        "PUT": {"dossier:pin"},
        "DELETE": {"dossier:pin"},
    },
    "api/customers-dossiers/<int:dossier_id>/versions/<int:number>/decisions/": {
        "GET": {"dossier:read"},
        "POST": set(),  # dossier:request and dossier:read, below
    },
    "api/customers-dossiers/<int:dossier_id>/diff/": {"GET": {"dossier:read"}},
    "api/dossier-requests/<uuid:request_id>/": {"GET": {"dossier:read", "dossier:request"}},
    "api/dossier-requests/<uuid:request_id>/cancel/": {"POST": {"dossier:request"}},
    "api/dossier-requests/<uuid:request_id>/retry/": {"POST": {"dossier:request"}},
    "api/sources/": {"GET": {"dossier:read"}},
    "api/runs/": {"GET": {"batch:run"}, "POST": {"batch:run"}},
    "api/runs/lists/": {"POST": {"batch:run"}},
    "api/runs/<int:run_id>/": {"GET": {"batch:run"}},
    "api/runs/<int:run_id>/pause/": {"POST": {"batch:run"}},
    "api/runs/<int:run_id>/resume/": {"POST": {"batch:run"}},
    "api/runs/<int:run_id>/cancel/": {"POST": {"batch:run"}},
    "api/runs/<int:run_id>/retry/": {"POST": {"batch:run"}},
    "api/runs/<int:run_id>/failed/": {"GET": {"batch:run"}},
    "api/runs/<int:run_id>/rejected/": {"GET": {"batch:run"}},
    "api/runs/<int:run_id>/results/": {"GET": set()},  # batch:run and dossier:read, below
}


def routes(resolver: URLResolver | None = None, before: str = "") -> Iterator[str]:
    """Every route of the portal, as it is written."""
    for pattern in (resolver or get_resolver()).url_patterns:
        written = before + str(pattern.pattern).removeprefix("^").removesuffix("$").removesuffix(r"\Z")
        if isinstance(pattern, URLResolver):
            yield from routes(pattern, written)
        elif isinstance(pattern, URLPattern):
            yield written


def address(route: str, **ids: object) -> str:
    """A route as an address: of these objects, or of those numbered 1."""
    return "/" + re.sub(r"<(?:\w+:)?(\w+)>", lambda found: str(ids.get(found[1], 1)), route)


def is_admin(route: str) -> bool:
    return route.startswith("admin/")


def test_every_route_has_a_row() -> None:
    known = {*PAGES, *OPEN, *API}
    assert {route for route in routes() if not is_admin(route)} == known


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(PAGES))
def test_a_page_lets_in_whose_role_it_is(people: People, asked: Asked, route: str) -> None:
    current = asked()
    request = PersonRequest.objects.create(
        kind="contest",
        person=b"x",
        dossier_id=current.dossier_id,
        received_on=localdate(),
        due_on=localdate(),
        by="user:1",
    )
    method, allowed = PAGES[route]
    form = {"file": listing(MARIA), "purpose": "collection"}
    run = people["supervisor"].post("/runs/", form)["Location"].split("/")[2]
    asked_by = request.pk if route.startswith("persons") else current.request_id
    url = address(route, run_id=run, request_id=asked_by, dossier_id=current.dossier_id)
    answered = {role: people[role].generic(method, url).status_code for role in ROLES}
    assert {role for role, status in answered.items() if status != 403} == allowed, answered
    fine = {200, 302, 400, 403} | ({404} if route.startswith(OF_AN_APP) else set())
    assert all(answered[role] in fine for role in ROLES if role != "supervisor"), answered
    response = Client().generic(method, url)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/")


@pytest.mark.django_db
@pytest.mark.parametrize("role", sorted(ROLES))
def test_no_page_links_to_what_its_reader_may_not(people: People, asked: Asked, role: str) -> None:
    current = asked()
    people["supervisor"].post("/runs/refresh/")
    done, left = set[str](), {"/", f"/dossiers/{current.dossier_id}/"} if role in ASKS else {"/"}
    while left:
        url = left.pop()
        shown = people[role].get(url, follow=True)
        assert shown.status_code == 200, url
        done.add(url)
        if not shown["Content-Type"].startswith("text/html"):  # a file
            continue
        links = set(re.findall(r'href="(/[^"#]*)"', shown.content.decode()))
        left |= {link for link in links if not link.startswith(("/static/", "/admin/"))} - done
    assert "/account/" in done or role == "administrator"  # whose first page is the admin's


@pytest.mark.django_db
def test_administrators_alone_enter_the_admin(people: People) -> None:
    pages = {route for route in routes() if is_admin(route) and "<" not in route and "(" not in route}
    assert "admin/auth/user/add/" in pages
    for route in sorted(pages - CLOSED):
        for role in ROLES:
            status = people[role].get(f"/{route}").status_code
            assert status in ((200, 302, 405) if role in ADMIN else (302, 403)), (route, role, status)


def test_the_admin_is_for_people_and_clients_and_nothing_else_of_the_database() -> None:
    models = {tuple(route.split("/")[1:3]) for route in routes() if is_admin(route) and "/add/" in route}
    assert models == {("auth", "user"), ("auth", "group"), ("access", "team"), ("service", "apiclient")}


@pytest.mark.django_db
@pytest.mark.parametrize("route", sorted(API))
def test_the_api_lets_in_whose_scope_it_is(
    machine: Machine, people: People, fake_sources: object, route: str
) -> None:
    for method, allowed in API[route].items():
        url = address(route, request_id="00000000-0000-0000-0000-000000000007")
        answered = {
            scope: machine(scope).generic(method, url, "", "application/json").status_code for scope in SCOPES
        }
        assert {scope for scope, status in answered.items() if status != 403} == allowed, answered
        assert 500 not in answered.values()
        assert people["supervisor"].generic(method, url).status_code == 401  # a session opens no API
        assert Client().generic(method, url).status_code == 401


@pytest.mark.django_db
def test_deciding_needs_the_scopes_to_read_and_to_ask(machine: Machine) -> None:
    url = "/api/customers-dossiers/1/versions/1/decisions/"
    refused = machine("dossier:read").post(url, {"kind": "approve"}, "application/json")
    assert refused.status_code == 403
    assert 'scope="dossier:request dossier:read"' in refused["WWW-Authenticate"]
    both = machine("dossier:request", "dossier:read")
    assert both.post(url, {"kind": "approve"}, "application/json").status_code == 404


@pytest.mark.django_db
def test_results_with_dossiers_need_the_scope_to_read_them(machine: Machine) -> None:
    refused = machine("batch:run").get("/api/runs/1/results/")
    assert refused.status_code == 403
    assert 'scope="batch:run dossier:read"' in refused["WWW-Authenticate"]
    assert machine("batch:run", "dossier:read").get("/api/runs/1/results/").status_code == 404
