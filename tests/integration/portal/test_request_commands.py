"""`manage.py retry_request` and `cancel_request`: on with a request that was made before."""

import json
from collections.abc import Callable
from io import StringIO
from typing import Any
from uuid import UUID, uuid4

import pytest
from django.core.management import CommandError, call_command

from orchestrator import dossiers
from orchestrator.models import DossierRequest
from orchestrator.records.requests import RequestStatus
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.portal.conftest import work

Fakes = dict[str, FakeSource]
Build = Callable[..., RequestStatus]


def asked(owner: str = "terminal") -> UUID:
    return dossiers.request(cpf=MARIA, purpose="collection", owner=owner).request_id


@pytest.fixture
def retry(monkeypatch: pytest.MonkeyPatch) -> Callable[[UUID], tuple[int, Any]]:
    """Runs the command, the work being done when it first looks; gives exit status and dossier."""

    def sleep(_: float) -> None:
        work(DossierRequest.objects.latest("created_at").pk)

    def _retry(request_id: UUID) -> tuple[int, Any]:
        out = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("retry_request", str(request_id), stdout=out)
        return int(str(ended.value.code)), json.loads(out.getvalue())

    monkeypatch.setattr("portal.management.following.sleep", sleep)
    return _retry


def test_a_retry_asks_what_failed_alone_and_prints_the_dossier(
    retry: Callable[[UUID], tuple[int, Any]],
    built: Build,
    fake_sources: Fakes,
    capsys: pytest.CaptureFixture[str],
) -> None:
    fake_sources["capa"].always = status(403)
    current = built()
    fake_sources["capa"].always = None
    code, document = retry(current.request_id)
    assert (code, document["completeness"]) == (0, "complete")
    assert [len(fake.calls) for fake in fake_sources.values()] == [1, 1, 2]
    new = DossierRequest.objects.latest("created_at")
    assert (new.owner, new.pk == current.request_id) == ("terminal", False)
    assert f"request {new.pk}" in capsys.readouterr().err


def test_a_retry_that_fails_again_ends_as_a_dossier_would(
    retry: Callable[[UUID], tuple[int, Any]], built: Build, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = status(403)
    assert retry(built().request_id)[0] == 3


def test_a_retry_where_nothing_failed_says_so(built: Build) -> None:
    with pytest.raises(CommandError, match="nothing to try again"):
        call_command("retry_request", str(built().request_id))


def test_cancelling_ends_the_request_at_once(db: None, fake_sources: Fakes) -> None:
    request_id, out = asked(), StringIO()
    call_command("cancel_request", str(request_id), stdout=out)
    assert out.getvalue() == "cancelled\n"
    assert dossiers.status(request_id).state == "cancelled"


def test_cancelling_what_has_ended_says_how_it_ended(db: None, fake_sources: Fakes) -> None:
    request_id, out = asked(), StringIO()
    work(request_id)
    call_command("cancel_request", str(request_id), stdout=out)
    assert out.getvalue() == "complete\n"


def test_what_somebody_else_asked_for_cannot_be_cancelled_here(db: None, fake_sources: Fakes) -> None:
    request_id = asked(owner="user:1")
    with pytest.raises(CommandError, match="Only requests made from the terminal"):
        call_command("cancel_request", str(request_id))
    assert dossiers.status(request_id).state == "queued"


@pytest.mark.parametrize("command", ["retry_request", "cancel_request"])
def test_what_is_no_request_s_id_is_refused_with_what_would_be(db: None, command: str) -> None:
    with pytest.raises(CommandError, match=r"'123' is not the id of a request, which is a UUID such as"):
        call_command(command, "123")


@pytest.mark.parametrize("command", ["retry_request", "cancel_request"])
def test_a_request_that_does_not_exist_is_named(db: None, command: str) -> None:
    unknown = str(uuid4())
    with pytest.raises(CommandError, match=f"{unknown}: There is no such request"):
        call_command(command, unknown)
