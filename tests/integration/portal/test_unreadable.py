"""A dossier that cannot be read says so wherever it is met: its person was erased, or a key is missing."""

from collections.abc import Callable
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.test import Client

from orchestrator import conf
from orchestrator.models import Dossier, DossierRequest
from orchestrator.records.requests import RequestStatus
from orchestrator.sealing import envelopes
from tests.fakes.people import MARIA
from tests.integration.portal.conftest import ASK, DOSSIERS, FORM, Build, dossier_url, post

PAGES = ["{dossier}", "{dossier}versions/1/", "{dossier}diff/?from=1&to=1"]
READS = ["{dossiers}{id}/", "{dossiers}{id}/versions/1/", "{dossiers}{id}/diff/?from=1&to=1"]


@pytest.fixture
def lost(built: Build) -> Callable[[bytes], RequestStatus]:
    """Maria's dossier, complete, with another key than the one that it was sealed with."""

    def _lost(data_key: bytes) -> RequestStatus:
        current = built()
        Dossier.objects.update(data_key=data_key)
        return current

    return _lost


@pytest.fixture
def erased(lost: Callable[[bytes], RequestStatus]) -> RequestStatus:
    """Maria's dossier, whose key was destroyed."""
    return lost(b"")


@pytest.fixture
def locked(built: Build, monkeypatch: pytest.MonkeyPatch) -> RequestStatus:
    """Maria's dossier, in a process whose settings lost its master key."""
    current = built()
    (other,) = conf.master_keys().values()
    monkeypatch.setattr(envelopes, "masters", lambda: {b"other": envelopes.Key("other", other)})
    return current


@pytest.mark.parametrize("path", PAGES)
def test_the_page_of_somebody_erased_is_gone(analyst: Client, erased: RequestStatus, path: str) -> None:
    response = analyst.get(path.format(dossier=dossier_url(erased)))
    assert response.status_code == 410
    assert "Os dados desta pessoa foram apagados." in response.content.decode()
    assert set(response["Cache-Control"].split(", ")) == {"no-store", "private"}


@pytest.mark.parametrize("path", READS)
def test_the_api_says_that_somebody_was_erased(api: Client, erased: RequestStatus, path: str) -> None:
    response = api.get(path.format(dossiers=DOSSIERS, id=erased.dossier_id))
    assert (response.status_code, response.json()["code"]) == (410, "erased")
    assert response.json()["detail"] == "This person's data were erased."


def test_who_was_erased_is_found_by_nobody(api: Client, erased: RequestStatus) -> None:
    assert api.get(DOSSIERS, {"cpf": MARIA}).status_code == 410
    assert post(api, f"{DOSSIERS}search/", {"cpf": MARIA}).status_code == 410


def test_who_was_erased_is_not_renewed(analyst: Client, erased: RequestStatus) -> None:
    response = analyst.post(f"{dossier_url(erased)}update/", {"purpose": "collection"})
    assert response.status_code == 410
    assert DossierRequest.objects.count() == 1


def test_who_was_erased_is_asked_for_anew(api: Client, analyst: Client, erased: RequestStatus) -> None:
    asked = post(api, DOSSIERS, ASK)
    assert (asked.status_code, analyst.post("/", FORM).status_code) == (202, 302)
    assert asked.json()["dossier_id"] == erased.dossier_id
    assert api.get(f"{DOSSIERS}{erased.dossier_id}/").json()["version"] is None
    assert api.get(f"{DOSSIERS}{erased.dossier_id}/versions/1/").status_code == 410


def test_a_request_that_failed_is_not_retried_for_somebody_erased(
    api: Client, analyst: Client, erased: RequestStatus
) -> None:
    Dossier.objects.update(provenance={})  # as if something lacked
    assert post(api, f"/api/dossier-requests/{erased.request_id}/retry/").status_code == 410
    assert analyst.post(f"/requests/{erased.request_id}/retry/").status_code == 410
    assert DossierRequest.objects.count() == 1


def test_how_a_request_went_is_told_also_of_somebody_erased(
    api: Client, analyst: Client, erased: RequestStatus
) -> None:
    assert api.get(f"/api/dossier-requests/{erased.request_id}/").json()["state"] == "complete"
    assert analyst.get(f"/requests/{erased.request_id}/attempts/").status_code == 200
    assert analyst.get(f"/requests/{erased.request_id}/", follow=True).status_code == 410


def test_the_terminal_says_it_in_a_sentence(erased: RequestStatus) -> None:
    Dossier.objects.update(provenance={})
    with pytest.raises(CommandError, match="data were erased"):
        call_command("retry_request", f"{erased.request_id}")


def test_what_was_altered_is_gone_too_but_nobody_is_called_erased(
    analyst: Client, api: Client, lost: Callable[[bytes], RequestStatus]
) -> None:
    current = lost(envelopes.new_data_key(b"somebody else")[1])
    shown = analyst.get(dossier_url(current))
    told: Any = api.get(f"{DOSSIERS}{current.dossier_id}/")
    assert (shown.status_code, told.status_code) == (410, 410)
    assert "não pode mais ser lido" in shown.content.decode()
    assert "erased" not in told.json()["detail"]


def test_a_missing_key_is_an_error_of_the_installation(
    analyst: Client, api: Client, locked: RequestStatus
) -> None:
    shown, told = analyst.get(dossier_url(locked)), api.get(f"{DOSSIERS}{locked.dossier_id}/")
    assert (shown.status_code, told.status_code) == (503, 503)
    assert "Falta uma chave" in shown.content.decode()
    assert "lacks a key" in told.json()["detail"]


def test_pages_about_what_is_gone_speak_english(analyst: Client, erased: RequestStatus) -> None:
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    shown = analyst.get(dossier_url(erased)).content.decode()
    assert "This person&#x27;s data were erased." in shown
