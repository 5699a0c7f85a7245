"""Lists of CPFs that are sent over the API: what is taken, and what is refused by name."""

from typing import Any

import pytest
from django.conf import settings
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orchestrator.models import Dossier, Run
from tests.integration.portal.conftest import LISTS, conforms, post, upload
from tests.integration.runs.conftest import Hands, finish
from tests.problems import fields


def test_a_list_is_accepted_and_built(runs_api: Client, hands: Hands, crowd: list[str]) -> None:
    response = upload(runs_api, crowd[:3])
    assert response.status_code == 202
    conforms(response.json(), "RunAccepted")
    finish(hands, response.json()["run_id"])
    told = runs_api.get(response["Location"]).json()
    assert (told["kind"], told["purpose"], told["state"]) == ("list", "credit_analysis", "complete")
    assert told["rows"] == {"accepted": 3, "restored": 0, "duplicates": 0, "rejected": 0, "sheet": None}
    assert Dossier.objects.count() == 3
    conforms(told, "RunStatus")


def test_a_list_of_more_than_the_limit_for_other_bodies_is_taken(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    blank = [" " * 1024] * 3000  # DATA_UPLOAD_MAX_MEMORY_SIZE is 2 MiB
    assert upload(runs_api, [crowd[0], *blank, crowd[1]]).status_code == 202


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"purpose": "curiosity"}, "purpose"),
        ({"purpose": ""}, "purpose"),
        ({"file": SimpleUploadedFile("a.csv", b"name\nMaria\n")}, "file"),
        ({"file": SimpleUploadedFile("a.csv", b"")}, "file"),
        ({"file": SimpleUploadedFile("a.csv", b"cpf\n123\n")}, "file"),
        ({"file": "cpf"}, "file"),
        ({"allow_invalid_check_digits": "perhaps"}, "allow_invalid_check_digits"),
    ],
)
def test_what_is_wrong_with_an_upload_is_named(
    runs_api: Client, hands: Hands, crowd: list[str], given: dict[str, Any], field: str
) -> None:
    file = SimpleUploadedFile("clientes.csv", f"cpf\n{crowd[0]}\n".encode())
    response = runs_api.post(LISTS, {"file": file, "purpose": "collection", **given})
    assert (response.status_code, set(fields(response))) == (400, {field})
    assert not Run.objects.exists()
    conforms(response.json(), "Problem")


def test_a_list_without_a_file_and_a_purpose_names_both(runs_api: Client, hands: Hands) -> None:
    assert set(fields(runs_api.post(LISTS, {}))) == {"file", "purpose"}


def test_an_upload_beyond_all_measure_is_not_even_read(
    runs_api: Client, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(settings.LARGER_BODIES, LISTS, 100)
    assert upload(runs_api, crowd).status_code == 413
    assert not Run.objects.exists()


def test_a_list_is_no_json(runs_api: Client, hands: Hands) -> None:
    assert post(runs_api, LISTS, {"purpose": "collection"}).status_code == 415
