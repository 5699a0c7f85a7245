"""How the sources do, told by the calls made to them; and what an ask would meet."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.db.models.functions import Now

from orchestrator import conf, dossiers
from orchestrator.clients import gates
from orchestrator.errors import InvalidInput
from orchestrator.models import Attempt, DossierRequest
from orchestrator.records.conditions import Circuit
from tests.fakes.people import JOAO, MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.orchestrator.conftest import run

Ask = Callable[..., DossierRequest]
Fakes = dict[str, FakeSource]


@pytest.fixture(autouse=True)
def _no_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "BACKOFF_FIRST_SECONDS", 0.0)


def test_calls_errors_and_latencies_are_told_by_source(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["alpha"].script += [status(503), status(429)]
    asked = ask()
    for _ in range(3):
        run(asked)
    alpha, beta, _ = dossiers.source_health()
    assert (alpha.calls, alpha.answered, alpha.errors) == (3, 1, {"limited": 1, "server_error": 1})
    assert (beta.calls, beta.answered, beta.errors) == (1, 1, {})
    assert alpha.latency.p50 is not None
    assert 0 < alpha.latency.p50 < 5
    assert alpha.last_answer_at is not None
    assert alpha.last_error_at is not None
    assert alpha.last_answer_at > alpha.last_error_at
    assert sum(part.answered for part in alpha.slices) == 1
    assert sum(part.failed for part in alpha.slices) == 2
    assert len(alpha.slices) == 24


def test_a_source_that_nobody_called_says_nothing(db: None, fake_sources: Fakes) -> None:
    alpha = dossiers.source_health()[0]
    assert (alpha.calls, alpha.latency.p50, alpha.last_answer_at, alpha.is_degraded) == (0, None, None, False)


def test_what_is_older_than_the_hours_asked_for_is_not_counted_but_remembered(ask: Ask) -> None:
    run(ask())
    Attempt.objects.update(ended_at=Now() - timedelta(hours=7))
    alpha = dossiers.source_health(6)[0]
    assert alpha.calls == 0
    assert alpha.last_answer_at is not None
    assert dossiers.source_health(8)[0].calls == 1


def test_a_source_that_fails_lately_is_degraded(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["alpha"].always = status(500)
    for cpf in (MARIA, JOAO):
        asked = ask(cpf)
        for _ in range(3):
            run(asked)
    alpha, beta, _ = dossiers.source_health()
    assert (alpha.is_degraded, beta.is_degraded) == (True, False)
    assert [each.is_degraded for each in dossiers.outlook()] == [True, False, False]


def test_a_pause_is_told(ask: Ask) -> None:
    gates.pause("capa", 30)
    capa = dossiers.source_health()[2]
    assert capa.is_degraded
    assert capa.gate.circuit is Circuit.CLOSED
    assert capa.gate.paused_seconds is not None


def test_an_outlook_tells_which_copies_and_blocks_there_are(ask: Ask) -> None:
    before = dossiers.outlook(MARIA)
    assert {(each.copy_at, each.standing_at) for each in before} == {(None, None)}
    run(ask())
    after = dossiers.outlook("529.982.247-25")
    assert all(each.copy_at is not None and each.standing_at == each.copy_at for each in after)
    assert dossiers.outlook(JOAO)[0].copy_at is None


def test_an_outlook_of_what_is_no_cpf_is_refused(db: None, fake_sources: Fakes) -> None:
    with pytest.raises(InvalidInput):
        dossiers.outlook("123")


def test_the_history_of_a_request_tells_each_attempt(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources["alpha"].script += [status(503)]
    asked = ask()
    run(asked)
    ended = run(asked)
    first, second = ended.sources[0].history
    assert (first.number, first.error_code, first.status_code) == (1, "server_error", 503)
    assert first.retry_in_seconds is not None
    assert (second.number, second.error_code, second.status_code, second.reason) == (2, None, 200, "")
    assert first.started_at <= first.ended_at < second.ended_at
    assert ended.sources[1].history[0].number == 1
