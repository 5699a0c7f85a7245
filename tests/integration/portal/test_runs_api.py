"""Runs over the API: starting, following, steering, and what became of whom."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client

from orchestrator import conf
from orchestrator.models import Chunk, Dossier, Run
from tests.fakes.source import FakeSource
from tests.fakes.source import status as answering
from tests.integration.portal.conftest import conforms
from tests.integration.runs.conftest import Hands, crowd, finish, hands

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

Fakes = dict[str, FakeSource]
Machine = Callable[..., Client]

RUNS = "/api/runs/"
LISTS = f"{RUNS}lists/"


@pytest.fixture
def api(machine: Machine) -> Client:
    """A client that may run lists."""
    return machine("batch:run")


def post(api: Client, path: str, body: object = None) -> Any:
    return api.post(path, body or {}, content_type="application/json")


def upload(api: Client, rows: list[str], **given: str) -> Any:
    file = SimpleUploadedFile("clientes.csv", "\n".join(["cpf", *rows]).encode())
    return api.post(LISTS, {"file": file, "purpose": "credit_analysis", **given})


def started(api: Client) -> int:
    return int(post(api, RUNS, {"kind": "nightly"}).json()["run_id"])


def built(api: Client, hands: Hands, rows: list[str]) -> int:
    """A list, worked off."""
    run_id = int(upload(api, rows).json()["run_id"])
    finish(hands, run_id)
    return run_id


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def failing(fake: FakeSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source refuses every call, and a run asks it once."""
    fake.always = answering(403)
    monkeypatch.setattr(conf, "RUN_PASSES", 1)


def test_a_refresh_is_accepted_with_a_receipt_that_says_where_to_look(
    api: Client, hands: Hands, crowd: list[str]
) -> None:
    response = post(api, RUNS, {"kind": "nightly"})
    receipt = response.json()
    assert response.status_code == 202
    assert response["Location"] == receipt["status_url"]
    conforms(receipt, "RunAccepted")
    told = api.get(receipt["status_url"]).json()
    assert (told["run_id"], told["kind"], told["state"]) == (receipt["run_id"], "nightly", "running")
    assert told["owner"].startswith("client:")


def test_where_a_refresh_is_active_it_is_that_one(api: Client, hands: Hands, crowd: list[str]) -> None:
    assert started(api) == started(api)


@pytest.mark.parametrize("given", [{}, {"kind": "list"}, {"kind": None}])
def test_a_kind_that_cannot_be_started_is_named(api: Client, hands: Hands, given: object) -> None:
    response = post(api, RUNS, given)
    assert (response.status_code, set(response.json())) == (400, {"kind"})


def test_a_run_is_followed_to_its_end(api: Client, hands: Hands, crowd: list[str]) -> None:
    url = post(api, RUNS, {"kind": "nightly"})["Location"]
    running = api.get(url)
    assert running["Retry-After"] == "2"
    conforms(running.json(), "RunStatus")
    finish(hands, running.json()["run_id"])
    ended = api.get(url)
    assert "Retry-After" not in ended
    told = ended.json()
    assert (told["state"], told["done"], told["total"], told["totals"]["new"]) == ("complete", 7, 7, 7)
    assert list(told["sources"]) == ["alpha", "beta", "capa"]
    assert (told["sources"]["alpha"]["calls"], told["sources"]["alpha"]["listed"]) == (3, 7)
    conforms(told, "RunStatus")


def test_a_status_that_did_not_move_is_not_sent_again(api: Client, hands: Hands, crowd: list[str]) -> None:
    url = f"{RUNS}{started(api)}/"
    first = api.get(url)
    again = api.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["Retry-After"]) == (304, b"", "2")
    hands.work()
    assert api.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_a_list_is_accepted_and_built(api: Client, hands: Hands, crowd: list[str]) -> None:
    response = upload(api, crowd[:3])
    assert response.status_code == 202
    conforms(response.json(), "RunAccepted")
    finish(hands, response.json()["run_id"])
    told = api.get(response["Location"]).json()
    assert (told["kind"], told["purpose"], told["state"]) == ("list", "credit_analysis", "complete")
    assert told["rows"] == {"accepted": 3, "restored": 0, "duplicates": 0, "rejected": 0}
    assert Dossier.objects.count() == 3
    conforms(told, "RunStatus")


def test_a_list_of_more_than_the_limit_for_other_bodies_is_taken(
    api: Client, hands: Hands, crowd: list[str]
) -> None:
    blank = [" " * 1024] * 3000  # DATA_UPLOAD_MAX_MEMORY_SIZE is 2 MiB
    assert upload(api, [crowd[0], *blank, crowd[1]]).status_code == 202


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
    api: Client, hands: Hands, crowd: list[str], given: dict[str, Any], field: str
) -> None:
    file = SimpleUploadedFile("clientes.csv", f"cpf\n{crowd[0]}\n".encode())
    response = api.post(LISTS, {"file": file, "purpose": "collection", **given})
    assert (response.status_code, set(response.json())) == (400, {field})
    assert not Run.objects.exists()
    conforms(response.json(), "FieldErrors")


def test_a_list_without_a_file_and_a_purpose_names_both(api: Client, hands: Hands) -> None:
    assert set(api.post(LISTS, {}).json()) == {"file", "purpose"}


def test_an_upload_beyond_all_measure_is_not_even_read(
    api: Client, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.api.runs._MOST_BYTES", 100)
    assert upload(api, crowd).status_code == 413
    assert not Run.objects.exists()


def test_a_list_is_no_json(api: Client, hands: Hands) -> None:
    assert post(api, LISTS, {"purpose": "collection"}).status_code == 415


def test_the_runs_are_listed_newest_first_a_page_at_a_time(
    api: Client, hands: Hands, crowd: list[str]
) -> None:
    ids = [built(api, hands, crowd[:2]) for _ in range(3)]
    page = api.get(RUNS, {"limit": 2}).json()
    assert [run["run_id"] for run in page] == [ids[2], ids[1]]
    rest = api.get(RUNS, {"limit": 2, "before": ids[1]}).json()
    assert [run["run_id"] for run in rest] == [ids[0]]
    conforms(page, "RunSummary", many=True)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"before": "x"}, {"before": "0"}])
def test_an_impossible_page_is_named(api: Client, query: dict[str, str]) -> None:
    response = api.get(RUNS, query)
    assert (response.status_code, set(response.json())) == (400, set(query))


def test_a_run_is_paused_resumed_and_cancelled(api: Client, hands: Hands, crowd: list[str]) -> None:
    url = f"{RUNS}{started(api)}/"
    told = [post(api, f"{url}{verb}/").json() for verb in ("pause", "resume", "cancel", "resume")]
    assert [each["state"] for each in told] == ["paused", "running", "cancelled", "cancelled"]
    conforms(told[0], "RunStatus")


def test_a_retry_is_a_new_run_over_what_failed(
    api: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(fake_sources["capa"], monkeypatch)
    run_id = built(api, hands, crowd[:2])
    fake_sources["capa"].always = None
    response = post(api, f"{RUNS}{run_id}/retry/")
    assert response.status_code == 202
    finish(hands, response.json()["run_id"])
    told = api.get(response["Location"]).json()
    assert (told["kind"], told["parent_id"], told["state"]) == ("retry", run_id, "complete")
    assert api.get(f"{RUNS}{run_id}/").json()["retry_ids"] == [told["run_id"]]
    conforms(told, "RunStatus")


def test_a_retry_where_nothing_failed_is_a_conflict(api: Client, hands: Hands, crowd: list[str]) -> None:
    response = post(api, f"{RUNS}{built(api, hands, crowd[:2])}/retry/")
    assert (response.status_code, set(response.json())) == (409, {"detail"})


def test_who_failed_is_told_with_the_reason_by_source(
    api: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["beta"].people[crowd[1]]["name"] = 7
    run_id = built(api, hands, crowd[:3])
    failed = json.loads(body(api.get(f"{RUNS}{run_id}/failed/")))
    dossier_ids = Chunk.objects.get(run=run_id).dossier_ids or []
    assert failed == [
        {
            "dossier_id": dossier_ids[1],
            "outcome": "partial",
            "line": 3,
            "restored": False,
            "errors": {"beta": "bad_answer"},
        }
    ]
    conforms(failed, "RunMember", many=True)


def test_bad_rows_are_told_by_line_without_their_values(api: Client, hands: Hands, crowd: list[str]) -> None:
    run_id = built(api, hands, [crowd[0], "123", "5299822472x", crowd[0]])
    response = api.get(f"{RUNS}{run_id}/rejected/")
    rejected = json.loads(text := body(response))
    assert response["Content-Type"] == "application/json"
    assert [(row["line"], row["code"]) for row in rejected] == [
        (3, "length"),
        (4, "characters"),
        (5, "duplicate"),
    ]
    assert b"5299822472x" not in text
    conforms(rejected, "RejectedLine", many=True)


def test_a_run_without_bad_rows_has_an_empty_list_of_them(
    api: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = built(api, hands, crowd[:2])
    assert [json.loads(body(api.get(f"{RUNS}{run_id}/{of}/"))) for of in ("rejected", "failed")] == [[], []]


@pytest.mark.parametrize(
    ("query", "kind", "start"),
    [
        ({}, "text/csv; charset=utf-8", b"\xef\xbb\xbfline;cpf;outcome"),
        ({"format": "csv"}, "text/csv; charset=utf-8", b"\xef\xbb\xbfline;cpf;outcome"),
        (
            {"format": "xlsx"},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            b"PK\x03\x04",
        ),
        ({"format": "jsonl"}, "application/x-ndjson", b'{"line":2,"outcome":"new"'),
    ],
)
def test_the_results_are_a_file_of_the_format_that_is_asked_for(
    api: Client, hands: Hands, crowd: list[str], query: dict[str, str], kind: str, start: bytes
) -> None:
    run_id = built(api, hands, crowd[:2])
    response = api.get(f"{RUNS}{run_id}/results/", query, headers={"Accept": kind})
    assert response.status_code == 200
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"] == (
        f'attachment; filename="run-{run_id}.{query.get("format", "csv")}"'
    )
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert body(response).startswith(start)


def test_a_file_of_another_format_is_refused(api: Client, hands: Hands, crowd: list[str]) -> None:
    response = api.get(f"{RUNS}{started(api)}/results/", {"format": "pdf"})
    assert (response.status_code, set(response.json())) == (400, {"format"})


ENDPOINTS = [
    ("POST", RUNS),
    ("GET", RUNS),
    ("POST", LISTS),
    ("GET", f"{RUNS}4711/"),
    *(("POST", f"{RUNS}4711/{verb}/") for verb in ("pause", "resume", "cancel", "retry")),
    *(("GET", f"{RUNS}4711/{of}/") for of in ("failed", "rejected", "results")),
]


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_each_endpoint_needs_a_token_with_the_scope_of_runs(
    client: Client, machine: Machine, hands: Hands, method: str, path: str
) -> None:
    def answered(caller: Client) -> int:
        return int(caller.generic(method, path, "", "application/json").status_code)

    assert answered(client) == 401
    assert answered(machine("dossier:read", "dossier:request")) == 403
    assert answered(machine("batch:run")) not in (401, 403, 405, 500)


@pytest.mark.parametrize(("method", "path"), [each for each in ENDPOINTS if "4711" in each[1]])
def test_a_run_that_does_not_exist_is_a_404_in_json(
    api: Client, hands: Hands, method: str, path: str
) -> None:
    response = api.generic(method, path, "", "application/json")
    assert response.status_code == 404
    assert "detail" in response.json()
