"""What the portal's tests share: an analyst, machine clients, and a dossier that is built."""

from collections.abc import Callable
from datetime import timedelta
from hashlib import sha256
from uuid import UUID

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils.timezone import now
from oauth2_provider.models import AccessToken

from ops.service.models import ApiClient
from orchestrator import dispatch, dossiers
from orchestrator.models import DossierRequest
from orchestrator.records import RequestStatus
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.orchestrator.conftest import run

Fakes = dict[str, FakeSource]
Build = Callable[..., RequestStatus]


@pytest.fixture(autouse=True)
def _nothing_is_sent(monkeypatch: pytest.MonkeyPatch) -> None:
    """No worker runs here: what was accepted is worked on where a test says so."""
    monkeypatch.setattr(dispatch, "send_build", lambda *_: True)


@pytest.fixture
def analyst(client: Client, db: None) -> Client:
    """A browser that is logged in."""
    client.force_login(User.objects.create(username="analista"))
    return client


@pytest.fixture
def machine(db: None) -> Callable[..., Client]:
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
def built(db: None, fake_sources: Fakes) -> Build:
    """Asks for a dossier, Maria's unless told otherwise, and does the work."""

    def _built(cpf: str = MARIA) -> RequestStatus:
        accepted = dossiers.request(cpf=cpf, purpose="credit_analysis", owner="user:1", fresh=True)
        return work(accepted.request_id)

    return _built


def work(request_id: UUID | str) -> RequestStatus:
    """Does a request's work, as a worker would, until it ends."""
    ask = DossierRequest.objects.get(pk=request_id)
    current = dossiers.status(ask.pk)
    while not current.finished:
        ask.build.fetches.update(next_attempt_at=None)  # what waits need not be waited for
        current = run(ask)
    return current


def silence(fake: FakeSource) -> None:
    """From now on the source refuses every call, for good."""
    fake.always = status(403)
