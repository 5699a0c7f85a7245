"""What the orchestrator's tests share: asking, and running what was asked as a worker would."""

from collections.abc import Callable, Mapping, Sequence

import pytest
from pytest_django import DjangoCaptureOnCommitCallbacks

from orchestrator import dispatch, dossiers
from orchestrator.clients import registry
from orchestrator.errors import BadAnswer
from orchestrator.models import DossierRequest
from orchestrator.records.dossiers import Block
from orchestrator.records.requests import RequestStatus
from orchestrator.requests import building
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource

Fakes = dict[str, FakeSource]
AmidCall = Callable[[Callable[[], object]], None]


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The builds that were sent: tests here have no worker, they call the work themselves."""
    builds: list[int] = []

    def note(build_id: int, fetch_ids: object) -> bool:
        builds.append(build_id)
        return True

    monkeypatch.setattr(dispatch, "send_build", note)
    return builds


@pytest.fixture
def quarantined(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """The fetches that were sent to quarantine."""
    fetches: list[int] = []

    def note(fetch_id: int) -> bool:
        fetches.append(fetch_id)
        return True

    monkeypatch.setattr(dispatch, "send_to_quarantine", note)
    return fetches


@pytest.fixture
def ask(
    db: None,
    sent: list[int],
    quarantined: list[int],
    fake_sources: Fakes,
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> Callable[..., DossierRequest]:
    """Asks for Maria's dossier, unless told otherwise; what there is room for is sent."""

    def _ask(cpf: str = MARIA, owner: str = "user:1", **options: object) -> DossierRequest:
        with django_capture_on_commit_callbacks(execute=True):
            accepted = dossiers.request(cpf=cpf, purpose="credit_analysis", owner=owner, **options)  # type: ignore[arg-type]
        return DossierRequest.objects.get(pk=accepted.request_id)

    return _ask


@pytest.fixture
def amid_call(fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> AmidCall:
    """Something that happens amid a call to Alpha: its fetch was claimed, and its answer is not written."""

    def _amid_call(happen: Callable[[], object]) -> None:
        client = registry.client("alpha")
        fetch = client.fetch

        def fetch_meanwhile(cpfs: Sequence[str]) -> Mapping[str, Block | BadAnswer]:
            happen()
            return fetch(cpfs)

        monkeypatch.setattr(client, "fetch", fetch_meanwhile)

    return _amid_call


def run(ask: DossierRequest) -> RequestStatus:
    """Fetches each source once, and finishes if all have ended."""
    for fetch in ask.build.fetches.order_by("pk"):
        building.fetch(fetch.pk)
    building.finish(ask.build_id)
    return dossiers.status(ask.pk)


def states(status: RequestStatus) -> dict[str, str]:
    """Each source's state."""
    return {fetch.source: fetch.state for fetch in status.sources}
