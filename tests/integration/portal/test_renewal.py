"""How the sources do counts the runs' calls too, and tells of a run under way and of the last one."""

import pytest
from django.db.models import F
from django.test import Client

from orchestrator import conf, dossiers, runs
from orchestrator.models import Attempt, Fetch, Run
from orchestrator.requests import building
from tests.fakes.source import FakeSource, status
from tests.integration.portal.conftest import conforms, page
from tests.integration.runs.conftest import Hands, finish, night

Fakes = dict[str, FakeSource]


def test_calls_of_runs_count_and_are_told_apart(
    hands: Hands, crowd: list[str], fake_sources: Fakes, api: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each source lists once and answers three chunks; Alpha fails once, and somebody asks for one person."""
    monkeypatch.setattr(conf, "BACKOFF_FIRST_SECONDS", 0.0)
    fake_sources["alpha"].script = [status(503)]
    night(hands)
    accepted = dossiers.request(cpf=crowd[0], purpose="credit_analysis", owner="user:1", fresh=True)
    for fetch in Fetch.objects.filter(build__requests=accepted.request_id):
        building.fetch(fetch.pk)
    body = api.get("/api/sources/").json()
    conforms(body, "SourceHealth", many=True)
    alpha, beta, _ = body
    assert (alpha["calls"], alpha["answered"], alpha["errors"]) == (6, 5, {"server_error": 1})
    assert (alpha["bulk"]["calls"], alpha["bulk"]["answered"]) == (5, 4)
    assert (beta["calls"], beta["bulk"]["calls"]) == (5, 4)
    assert sum(part["answered"] + part["failed"] for part in alpha["timeline"]) == 6
    assert 0 < alpha["bulk"]["latency"]["p50_ms"] <= alpha["bulk"]["latency"]["p99_ms"]
    assert alpha["last_error_at"]


def test_latencies_of_one_person_s_calls_are_not_mixed_with_those_of_a_thousand(
    hands: Hands, crowd: list[str], api: Client
) -> None:
    night(hands)
    Attempt.objects.update(seconds=F("seconds") + 10)
    alpha = api.get("/api/sources/").json()[0]
    assert alpha["latency"] == {"p50_ms": None, "p95_ms": None, "p99_ms": None}
    assert alpha["bulk"]["latency"]["p50_ms"] > 10_000


def test_the_page_tells_of_a_run_under_way_and_when_everybody_was_last_renewed(
    hands: Hands, crowd: list[str], fake_sources: Fakes, analyst: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "Ainda não houve uma atualização de todos sem falhas." in page(analyst, "/sources/")
    whole = night(hands)
    shown = page(analyst, "/sources/")
    assert "Todos foram atualizados pela última vez" in shown
    assert f'href="/runs/{whole.id}/"' in shown
    assert "A mais recente:" not in shown
    assert "4 em lote" in shown
    fake_sources["alpha"].people[crowd[0]]["debts"][0]["value"] = "much"
    failing = night(hands)
    shown = page(analyst, "/sources/")
    assert f'href="/runs/{whole.id}/"' in shown
    assert "A mais recente:" in shown
    assert f'href="/runs/{failing.id}/"' in shown
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: runs.status(run_id).totals.done == 3 and runs.status(run_id).total == 7)
    shown = page(analyst, "/sources/")
    assert f'id="run-{run_id}"' in shown
    assert "3 de 7" in shown
    finish(hands, run_id)
    assert Run.objects.filter(finished_at=None).count() == 0
    assert f'id="run-{run_id}"' not in page(analyst, "/sources/")


def test_in_english_too(hands: Hands, crowd: list[str], analyst: Client) -> None:
    night(hands)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    shown = page(analyst, "/sources/")
    assert "Everybody was last refreshed on" in shown
    assert "4 in bulk" in shown
