"""`manage.py dossier`: what it says, what it prints, how it ends."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orchestrator import dispatch, dossiers
from orchestrator.models import DossierRequest
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.portal.conftest import work

Fakes = dict[str, FakeSource]


@pytest.fixture
def command(db: None, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, Any]]:
    """Runs the command, the work being done when it first looks; gives exit status and dossier."""

    def sleep(_: float) -> None:
        work(DossierRequest.objects.latest("created_at").pk)

    def _command(cpf: str = MARIA, *options: str) -> tuple[int, Any]:
        from io import StringIO

        out = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command("dossier", cpf, "--purpose", "credit_analysis", *options, stdout=out)
        return int(str(ended.value.code)), json.loads(out.getvalue())

    monkeypatch.setattr(dispatch, "send_build", lambda *_: True)
    monkeypatch.setattr("portal.management.following.sleep", sleep)
    return _command


def test_a_complete_dossier_is_printed_and_ends_with_0(command: Callable[..., tuple[int, Any]]) -> None:
    code, document = command()
    assert (code, document["version"], document["debts"][0]["value"]) == (0, 1, "1000.00")


def test_a_partial_one_ends_with_3(command: Callable[..., tuple[int, Any]], fake_sources: Fakes) -> None:
    fake_sources["capa"].always = status(403)
    code, document = command()
    assert (code, document["completeness"], document["financial_transactions"]) == (3, "partial", None)


def test_wrong_check_digits_are_warned_of_and_asked_for(
    command: Callable[..., tuple[int, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert command("061.343.329-91")[0] == 0
    assert "check digits do not match" in capsys.readouterr().err


def test_the_request_s_id_is_told_at_the_start_and_a_partial_one_s_way_on_at_the_end(
    command: Callable[..., tuple[int, Any]], fake_sources: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_sources["capa"].always = status(403)
    command()
    request_id = DossierRequest.objects.get().pk
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == f"request {request_id}"
    assert last.endswith(f"manage.py retry_request {request_id}")


def test_a_complete_one_has_no_way_on(
    command: Callable[..., tuple[int, Any]], capsys: pytest.CaptureFixture[str]
) -> None:
    command()
    assert "retry_request" not in capsys.readouterr().err


def test_ctrl_c_takes_the_ask_back(
    command: Callable[..., tuple[int, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("portal.management.following.sleep", interrupt)
    assert command()[0] == 5
    assert dossiers.status(DossierRequest.objects.get().pk).state == "cancelled"


def test_what_is_no_cpf_is_refused_with_the_field_s_name(db: None) -> None:
    with pytest.raises(CommandError, match="cpf: A CPF has exactly 11 digits"):
        call_command("dossier", "123", "--purpose", "credit_analysis")
