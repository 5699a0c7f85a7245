"""What requests meet where a circuit is open, and what their sources' answers do to it."""

from orchestrator import conf
from orchestrator.models import Attempt
from orchestrator.records.conditions import Circuit
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import body, status
from tests.integration.orchestrator.clients.gates.conftest import SOURCE, Ask, circuit, fail
from tests.integration.orchestrator.conftest import Fakes, run, states
from tests.stack import eventually


def test_when_open_requests_do_not_wait_and_the_last_good_block_is_carried(
    ask: Ask, fake_sources: Fakes
) -> None:
    run(ask(MARIA))
    fail(3)
    ended = run(ask(MARIA, fresh=True))
    assert (ended.state, states(ended)[SOURCE]) == ("partial", "stale")
    assert (ended.sources[0].error_code, ended.sources[0].attempts) == ("circuit_open", 0)
    assert len(fake_sources[SOURCE].calls) == 1
    assert Attempt.objects.filter(source=SOURCE).count() == 1, "what was not called is no attempt"


def test_when_open_a_block_that_never_was_is_missing_at_once(ask: Ask) -> None:
    fail(4)
    ended = run(ask(JOAO))
    assert (states(ended)[SOURCE], ended.sources[0].error_code) == ("failed", "circuit_open")
    assert states(ended)["beta"] == "not_found"


def test_real_answers_open_and_close_it(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].always = status(503)
    for cpf in (MARIA, JOAO):
        asked = ask(cpf)
        for _ in range(conf.MAX_ATTEMPTS):
            run(asked)
    assert circuit() is Circuit.OPEN
    fake_sources[SOURCE].always = None
    eventually(circuit, until=lambda now: now is Circuit.HALF_OPEN, seconds=5)
    assert run(ask(ANA)).state == "complete"
    assert circuit() is Circuit.CLOSED


def test_garbage_for_everyone_opens_the_circuit(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].always = body(b"<html>")
    for cpf in (MARIA, JOAO):
        asked = ask(cpf)
        for _ in range(conf.MAX_ATTEMPTS):
            run(asked)
    assert circuit() is Circuit.OPEN


def test_one_persons_bad_row_does_not_speak_against_the_source(ask: Ask, fake_sources: Fakes) -> None:
    fake_sources[SOURCE].people[MARIA]["debts"][0]["value"] = "abc"
    for _ in range(4):
        run(ask(MARIA, fresh=True))
    assert circuit() is Circuit.CLOSED
    reason = Attempt.objects.filter(source=SOURCE).values_list("reason", flat=True)[0]
    assert reason == "debts, row 1: value is not money"
