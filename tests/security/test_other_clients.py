"""A machine client with some scopes tries for what is others'."""

import json
import re
import sys
from uuid import uuid4

import pytest
import requests

from fixtures import cast
from tests.security.conftest import MOST_SECONDS
from tests.security.insiders import (
    GUESSES,
    OVER_EVERYTHING,
    asked,
    insider,
    rows,
    stranger,
    things,
)
from tests.security.walking import Things
from tests.stack import Analyst, Stack

pytestmark = pytest.mark.e2e

__all__ = ["asked", "insider", "stranger", "things"]  # fixtures


@pytest.fixture(scope="module")
def elsewhere(stack: Stack) -> Analyst:
    """All that a client may be given without being given all."""
    return Analyst.of(stack, "dossier:read", "dossier:request", "dossier:pin", "batch:run")


class TestMachines:
    def test_what_another_client_or_a_person_asked_for_is_404_whatever_tag_is_sent(
        self, stack: Stack, things: Things, asked: Things, analyst: Analyst, elsewhere: Analyst
    ) -> None:
        base = stack.url("portal")
        for theirs in (things, asked):
            status = analyst.session.get(
                f"{base}/api/dossier-requests/{theirs.request}/", timeout=MOST_SECONDS
            )
            run = analyst.session.get(f"{base}/api/runs/{theirs.run}/", timeout=MOST_SECONDS)
            assert (status.status_code, run.status_code) == (200, 200)
            tags = ("*", status.headers["ETag"], run.headers["ETag"], f"W/{status.headers['ETag']}")
            dossier, request = (
                f"/api/customers-dossiers/{theirs.dossier}/",
                f"/api/dossier-requests/{theirs.request}/",
            )
            paths = [
                ("GET", dossier),
                ("HEAD", dossier),
                ("GET", f"{dossier}versions/"),
                ("GET", f"{dossier}versions/1/"),
                ("GET", f"{dossier}figures/"),
                ("GET", f"{dossier}versions/1/figures/"),
                ("GET", f"{dossier}diff/?from=1&to=1"),
                ("PUT", f"{dossier}versions/1/pin/"),
                ("DELETE", f"{dossier}versions/1/pin/"),
                ("GET", request),
                ("POST", f"{request}cancel/"),
                ("POST", f"{request}retry/"),
                ("GET", f"/api/runs/{theirs.run}/"),
                *(
                    ("POST", f"/api/runs/{theirs.run}/{act}/")
                    for act in ("pause", "resume", "cancel", "retry")
                ),
                *(("GET", f"/api/runs/{theirs.run}/{part}/") for part in ("failed", "rejected", "results")),
            ]
            for number, (method, path) in enumerate(paths):
                told = {"If-None-Match": tags[number % len(tags)], "Idempotency-Key": uuid4().hex}
                answer = elsewhere.session.request(method, base + path, headers=told, timeout=MOST_SECONDS)
                assert answer.status_code == 404, (method, path)

    def test_it_finds_nobody_by_cpf_and_lists_no_other_s_run(
        self, stack: Stack, things: Things, elsewhere: Analyst
    ) -> None:
        base = stack.url("portal")
        found = elsewhere.session.get(
            f"{base}/api/customers-dossiers/", params={"cpf": cast.MARIA.cpf}, timeout=MOST_SECONDS
        )
        assert found.json() == []
        searched = elsewhere.session.post(
            f"{base}/api/customers-dossiers/search/", json={"cpf": cast.MARIA.cpf}, timeout=MOST_SECONDS
        )
        assert searched.status_code == 404
        listed = elsewhere.session.get(f"{base}/api/runs/?limit=100", timeout=MOST_SECONDS).json()
        assert things.run not in [run["run_id"] for run in listed]

    @pytest.mark.parametrize("scopes", [("batch:run",), ("batch:run", "runs:all")], ids="+".join)
    def test_who_runs_lists_without_the_scope_to_read_gets_no_dossier_of_any_run(
        self, stack: Stack, things: Things, scopes: tuple[str, ...]
    ) -> None:
        base, runner = stack.url("portal"), Analyst.of(stack, *scopes).session
        sent = runner.post(
            f"{base}/api/runs/lists/",
            data={"purpose": "collection"},
            files={"file": ("l.csv", f"cpf\n{cast.MARIA.cpf}\n".encode())},
            timeout=MOST_SECONDS,
        )
        own = sent.json()["run_id"]
        for run in (own, things.run):
            for kind in ("csv", "xlsx", "jsonl"):
                url = f"{base}/api/runs/{run}/results/?format={kind}"
                assert runner.get(url, timeout=MOST_SECONDS).status_code == 403
            told = [
                runner.get(f"{base}/api/runs/{run}/{part}", timeout=MOST_SECONDS).text
                for part in ("", "failed/", "rejected/")
            ]
            assert not re.search(r"Maria|52998224725|529\.982", "".join(told))
        for path in (f"{things.dossier}/", f"{things.dossier}/versions/1/", f"{things.dossier}/figures/"):
            refused = runner.get(f"{base}/api/customers-dossiers/{path}", timeout=MOST_SECONDS)
            assert refused.status_code == 403

    def test_a_client_that_counts_from_one_has_to_wait(self, stack: Stack) -> None:
        base, guesser = stack.url("portal"), Analyst.of(stack, "dossier:read").session
        answers = []
        for number in range(900_000, 900_000 + 4 * GUESSES):
            url = f"{base}/api/customers-dossiers/{number}/"
            answers.append(guesser.get(url, timeout=MOST_SECONDS))
            if answers[-1].status_code == 429:
                break
        assert {answer.status_code for answer in answers[:-1]} == {404}
        assert answers[-1].status_code == 429
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 900

    def test_nothing_sent_along_is_taken_nor_ignored(self, stack: Stack, elsewhere: Analyst) -> None:
        url = f"{stack.url('portal')}/api/customers-dossiers/"
        ask = {"cpf": cast.MARIA.cpf, "purpose": "collection"}
        for name, value in OVER_EVERYTHING.items():
            refused = elsewhere.session.post(url, json={**ask, name: value}, timeout=MOST_SECONDS)
            assert refused.status_code == 400, name
            refused = elsewhere.session.post(f"{url}?{name}={value}", json=ask, timeout=MOST_SECONDS)
            assert refused.status_code == 400, name


def test_tokens_carry_no_scope_beyond_their_client_s(stack: Stack) -> None:
    command = (sys.executable, "manage.py", "create_api_client", "thin", "--scope", "dossier:request")
    thin = json.loads(stack.run(*command, SERVICE="portal").stdout)
    token = f"{stack.url('portal')}/api/oauth/token/"
    for scope in ("dossier:all", "dossier:request dossier:all", "dossier:request dossier:read"):
        form = {"grant_type": "client_credentials", "scope": scope}
        told = requests.post(
            token, data=form, auth=(thin["client_id"], thin["client_secret"]), timeout=MOST_SECONDS
        )
        assert told.status_code == 400
        assert "access_token" not in told.json()
    granted = stack.token("portal", thin)
    (found,) = rows(stack, "select scope from oauth2_provider_accesstoken order by id desc limit 1")
    assert granted
    assert found == ("dossier:request",)
