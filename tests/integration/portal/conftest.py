"""What the portal's tests share: an analyst, machine clients, a dossier that is built, a run that is done."""

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from functools import cache
from hashlib import sha256
from typing import Any
from uuid import UUID

import jsonschema
import pytest
from django.conf import settings
from django.contrib.auth.models import Group, User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils.timezone import now
from drf_spectacular.generators import SchemaGenerator
from oauth2_provider.models import AccessToken
from playwright.sync_api import Page, sync_playwright
from pytest_django.live_server_helper import LiveServer

from ops.quality.browser import find_browser
from ops.service.models import ApiClient
from orchestrator import conf, dispatch, dossiers, runs
from orchestrator.models import DossierRequest
from orchestrator.records.requests import RequestStatus
from portal.access.models import Membership, Team
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.orchestrator.conftest import run
from tests.integration.runs.conftest import Hands, crowd, finish, hands

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]

Fakes = dict[str, FakeSource]
Build = Callable[..., RequestStatus]
Machine = Callable[..., Client]
Send = Callable[..., str]

HTMX = {"HX-Request": "true"}
ANALYST = "analista"
FORM = {"cpf": "529.982.247-25", "purpose": "credit_analysis"}  # on the first page
ASK = {"cpf": MARIA, "purpose": "credit_analysis"}  # over the API
DOSSIERS = "/api/customers-dossiers/"
RUNS = "/api/runs/"
SCOPES = ("dossier:request", "dossier:read", "dossier:all", "dossier:pin", "batch:run", "runs:all")
LISTS = f"{RUNS}lists/"


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs here: what was accepted is worked on where a test says so."""
    monkeypatch.setattr(dispatch, "send_build", lambda *_: True)


@pytest.fixture
def analyst(client: Client, db: None) -> Client:
    """A browser in which somebody is logged in who asks, and runs lists."""
    client.force_login(person("analyst", "supervisor", name=ANALYST))
    return client


@pytest.fixture
def browsing(live_server: LiveServer, analyst: Client) -> Iterator[Page]:
    """A real browser that is logged in; what a page writes to its console fails the test."""
    name = settings.SESSION_COOKIE_NAME
    complaints: list[str] = []
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=find_browser(), args=FLAGS)
        context = chromium.new_context(base_url=live_server.url)
        context.add_cookies([{"name": name, "value": analyst.cookies[name].value, "url": live_server.url}])
        page = context.new_page()
        page.on("pageerror", lambda error: complaints.append(str(error)))
        page.on("console", lambda told: complaints.append(told.text) if "Security" in told.text else None)
        yield page
        chromium.close()
    assert complaints == []


@pytest.fixture
def machine(db: None) -> Machine:
    """Makes a client of the API whose token carries these scopes."""

    def _machine(*scopes: str) -> Client:
        owner = ApiClient.objects.create(name="machine", allowed_scopes=" ".join(scopes))
        AccessToken.objects.create(
            application=owner,
            token=owner.client_id,
            token_checksum=sha256(owner.client_id.encode()).hexdigest(),
            scope=" ".join(scopes),
            expires=now() + timedelta(hours=1),
        )
        return Client(headers={"Authorization": f"Bearer {owner.client_id}"})

    return _machine


@pytest.fixture
def api(machine: Machine) -> Client:
    """A client that may ask, and read all."""
    return machine("dossier:read", "dossier:request", "dossier:all", "dossier:pin")


@pytest.fixture
def runs_api(machine: Machine) -> Client:
    """A client that may run lists, and take all away."""
    return machine("batch:run", "runs:all", "dossier:read", "dossier:all")


@pytest.fixture
def built(db: None, fake_sources: Fakes) -> Build:
    """Asks for a dossier as the analyst does, Maria's unless told otherwise, and does the work."""

    def _built(cpf: str = MARIA) -> RequestStatus:
        accepted = dossiers.request(cpf=cpf, purpose="credit_analysis", owner=mine(), fresh=True)
        return work(accepted.request_id)

    return _built


@pytest.fixture
def send(analyst: Client, hands: Hands, crowd: list[str]) -> Send:
    """Uploads a list of these rows and works it off; gives the address of its run."""

    def _send(*rows: str, **typed: str) -> str:
        form = {"file": listing(*rows), "purpose": "credit_analysis", **typed}
        response = analyst.post("/runs/", form)
        assert response.status_code == 302, response.content.decode()
        url: str = response["Location"]
        finish(hands, int(url.split("/")[2]))
        return url

    return _send


def mine() -> str:
    """The analyst as who asked, to the orchestrator."""
    return f"user:{person(name=ANALYST).pk}"


def person(*roles: str, name: str, team: str = "") -> User:
    """Somebody with these roles besides those they have, in a team if told; made where they are not yet."""
    user, _ = User.objects.get_or_create(username=name)
    user.groups.add(*Group.objects.filter(name__in=roles))
    if team:
        Membership.objects.create(user=user, team=Team.objects.get_or_create(name=team)[0])
    return user


def work(request_id: UUID | str) -> RequestStatus:
    """Does a request's work, as a worker would, until it ends."""
    ask = DossierRequest.objects.get(pk=request_id)
    current = dossiers.status(ask.pk)
    while not current.finished:
        ask.build.fetches.update(next_attempt_at=None)  # what waits need not be waited for
        current = run(ask)
    return current


def page(browser: Client, url: str) -> str:
    """A page's text, without line breaks."""
    response = browser.get(url, follow=True)
    assert response.status_code == 200
    return " ".join(response.content.decode().split())


def section(shown: str, heading: str) -> str:
    """A section of a page by its heading's id."""
    found = re.search(rf'<section[^>]*aria-labelledby="{heading}".*?</section>', shown)
    assert found is not None
    return found[0]


def number(shown: str, label: str) -> str:
    """What a table's row has in its first column of numbers."""
    found = re.search(
        rf'<th scope="row">(?:(?!</th>).)*{re.escape(label)}.*?</th><td class="number">(.*?)<', shown
    )
    assert found is not None
    return found[1]


def dossier_url(current: RequestStatus) -> str:
    """Where the dossier that was asked for is shown."""
    return f"/dossiers/{current.dossier_id}/"


def listing(*rows: str, column: str = "cpf") -> SimpleUploadedFile:
    """A list of these rows, as a file to upload."""
    return SimpleUploadedFile("clientes.csv", "\n".join([column, *rows]).encode())


def post(api: Client, path: str, body: object = None) -> Any:
    """The answer to a body of JSON."""
    return api.post(path, body or {}, content_type="application/json")


def started(api: Client) -> int:
    """A refresh that is under way."""
    return int(post(api, RUNS, {"kind": "nightly"}).json()["run_id"])


def upload(api: Client, rows: list[str], **given: str) -> Any:
    """The answer to a list of these rows."""
    return api.post(LISTS, {"file": listing(*rows), "purpose": "credit_analysis", **given})


def worked_off(api: Client, hands: Hands, rows: list[str]) -> int:
    """A list, worked off."""
    run_id = int(upload(api, rows).json()["run_id"])
    finish(hands, run_id)
    return run_id


def conforms(body: object, component: str, *, many: bool = False) -> None:
    """Checks an answer against the OpenAPI document."""
    schema = {"$ref": f"#/components/schemas/{component}"}
    jsonschema.validate(body, {**({"type": "array", "items": schema} if many else schema), **_document()})


@cache
def _document() -> dict[str, Any]:
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def trip(fake: FakeSource, built: Build) -> None:
    """The source fails so often that its circuit opens, and goes on failing."""
    fake.always = status(503)
    for _ in range(4):  # three attempts each, of which ten are enough
        built()


def silence(fake: FakeSource) -> None:
    """From now on the source refuses every call, for good."""
    fake.always = status(403)


def paused_by_itself(hands: Hands, fakes: Fakes, monkeypatch: pytest.MonkeyPatch) -> int:
    """A run that Capa's failing made pause."""
    for name, value in {"RUN_ERROR_BUDGET": 2, "RUN_CHUNKS_AT_ONCE": 1, "RUN_ATTEMPTS": 1}.items():
        monkeypatch.setattr(conf, name, value)
    fakes["capa"].always = status(500)
    run_id = runs.refresh(owner="clock")
    hands.work()
    return run_id
