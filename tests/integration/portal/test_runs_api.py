"""Runs over the API: starting, following, listing and steering them."""

import pytest
from django.test import Client

from orchestrator import conf
from tests.fakes.source import FakeSource
from tests.fakes.source import status as answering
from tests.integration.portal.conftest import LISTS, RUNS, Fakes, Machine, conforms, post, started, worked_off
from tests.integration.runs.conftest import Hands, finish
from tests.problems import fields

ENDPOINTS = [
    ("POST", RUNS),
    ("GET", RUNS),
    ("POST", LISTS),
    ("GET", f"{RUNS}4711/"),
    *(("POST", f"{RUNS}4711/{verb}/") for verb in ("pause", "resume", "cancel", "retry")),
    *(("GET", f"{RUNS}4711/{of}/") for of in ("failed", "rejected", "results")),
]


def failing(fake: FakeSource, monkeypatch: pytest.MonkeyPatch) -> None:
    """The source refuses every call, and a run asks it once."""
    fake.always = answering(403)
    monkeypatch.setattr(conf, "RUN_PASSES", 1)


def test_a_refresh_is_accepted_with_a_receipt_that_says_where_to_look(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    response = post(runs_api, RUNS, {"kind": "nightly"})
    receipt = response.json()
    assert response.status_code == 202
    assert response["Location"] == receipt["status_url"]
    conforms(receipt, "RunAccepted")
    told = runs_api.get(receipt["status_url"]).json()
    assert (told["run_id"], told["kind"], told["state"]) == (receipt["run_id"], "nightly", "running")
    assert told["owner"].startswith("client:")


def test_where_a_refresh_is_active_it_is_that_one(runs_api: Client, hands: Hands, crowd: list[str]) -> None:
    assert started(runs_api) == started(runs_api)


@pytest.mark.parametrize("given", [{}, {"kind": "list"}, {"kind": None}])
def test_a_kind_that_cannot_be_started_is_named(runs_api: Client, hands: Hands, given: object) -> None:
    response = post(runs_api, RUNS, given)
    assert (response.status_code, set(fields(response))) == (400, {"kind"})


def test_a_run_is_followed_to_its_end(runs_api: Client, hands: Hands, crowd: list[str]) -> None:
    url = post(runs_api, RUNS, {"kind": "nightly"})["Location"]
    running = runs_api.get(url)
    assert running["Retry-After"] == "2"
    conforms(running.json(), "RunStatus")
    finish(hands, running.json()["run_id"])
    ended = runs_api.get(url)
    assert "Retry-After" not in ended
    told = ended.json()
    assert (told["state"], told["done"], told["total"], told["totals"]["new"]) == ("complete", 7, 7, 7)
    assert list(told["sources"]) == ["alpha", "beta", "capa"]
    assert (told["sources"]["alpha"]["calls"], told["sources"]["alpha"]["listed"]) == (3, 7)
    conforms(told, "RunStatus")


def test_a_status_that_did_not_move_is_not_sent_again(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    url = f"{RUNS}{started(runs_api)}/"
    first = runs_api.get(url)
    again = runs_api.get(url, headers={"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content, again["Retry-After"]) == (304, b"", "2")
    hands.work()
    assert runs_api.get(url, headers={"If-None-Match": first["ETag"]}).status_code == 200


def test_the_runs_are_listed_newest_first_a_page_at_a_time(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    ids = [worked_off(runs_api, hands, crowd[: 2 + number]) for number in range(3)]
    page = runs_api.get(RUNS, {"limit": 2}).json()
    assert [run["run_id"] for run in page] == [ids[2], ids[1]]
    rest = runs_api.get(RUNS, {"limit": 2, "before": ids[1]}).json()
    assert [run["run_id"] for run in rest] == [ids[0]]
    conforms(page, "RunSummary", many=True)


@pytest.mark.parametrize("query", [{"limit": "0"}, {"limit": "201"}, {"before": "x"}, {"before": "0"}])
def test_an_impossible_page_is_named(runs_api: Client, query: dict[str, str]) -> None:
    response = runs_api.get(RUNS, query)
    assert (response.status_code, set(fields(response))) == (400, set(query))


def test_a_run_is_paused_resumed_and_cancelled(runs_api: Client, hands: Hands, crowd: list[str]) -> None:
    url = f"{RUNS}{started(runs_api)}/"
    told = [post(runs_api, f"{url}{verb}/").json() for verb in ("pause", "resume", "cancel", "resume")]
    assert [each["state"] for each in told] == ["paused", "running", "cancelled", "cancelled"]
    conforms(told[0], "RunStatus")


def test_a_retry_is_a_new_run_over_what_failed(
    runs_api: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    failing(fake_sources["capa"], monkeypatch)
    run_id = worked_off(runs_api, hands, crowd[:2])
    fake_sources["capa"].always = None
    response = post(runs_api, f"{RUNS}{run_id}/retry/")
    assert response.status_code == 202
    finish(hands, response.json()["run_id"])
    told = runs_api.get(response["Location"]).json()
    assert (told["kind"], told["parent_id"], told["state"]) == ("retry", run_id, "complete")
    assert runs_api.get(f"{RUNS}{run_id}/").json()["retry_ids"] == [told["run_id"]]
    conforms(told, "RunStatus")


def test_a_retry_where_nothing_failed_is_a_conflict(runs_api: Client, hands: Hands, crowd: list[str]) -> None:
    response = post(runs_api, f"{RUNS}{worked_off(runs_api, hands, crowd[:2])}/retry/")
    assert (response.status_code, set(fields(response))) == (409, set())


@pytest.mark.parametrize(("method", "path"), ENDPOINTS)
def test_each_endpoint_needs_a_token_with_the_scope_of_runs(
    client: Client, machine: Machine, hands: Hands, method: str, path: str
) -> None:
    def answered(caller: Client) -> int:
        return int(caller.generic(method, path, "", "application/json").status_code)

    assert answered(client) == 401
    assert answered(machine("dossier:read", "dossier:request")) == 403
    needed = ["batch:run", *(["dossier:read"] if path.endswith("results/") else [])]
    assert answered(machine(*needed)) not in (401, 403, 405, 500)


@pytest.mark.parametrize(("method", "path"), [each for each in ENDPOINTS if "4711" in each[1]])
def test_a_run_that_does_not_exist_is_a_404_in_json(
    runs_api: Client, hands: Hands, method: str, path: str
) -> None:
    response = runs_api.generic(method, path, "", "application/json")
    assert response.status_code == 404
    assert fields(response) == []
