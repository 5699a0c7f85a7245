"""A request's sources as lines: which calls are worth telling, and what is not told twice."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID

import pytest
from django.utils.timezone import now

from orchestrator.records.requests import AttemptRecord, FetchStatus, Purpose, RequestStatus, Waiting
from portal.presenting import words
from portal.presenting.wait_page import FetchLine, RequestProgress
from tests.unit.portal import cast

ASKED = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)
ANSWER = AttemptRecord(
    number=1,
    ended_at=ASKED + timedelta(seconds=1),
    seconds=0.25,
    error_code=None,
    status_code=200,
    reason="",
    retry_in_seconds=None,
)
FAILURE = replace(ANSWER, error_code="server_error", status_code=503, retry_in_seconds=1.24)


def status(*history: AttemptRecord, state: str = "running", **told: object) -> RequestStatus:
    """A request of which Alpha alone is told."""
    alpha = FetchStatus(
        source="alpha",
        state="fetching",
        attempts=len(history),
        max_attempts=3,
        next_attempt_at=None,
        origin=None,
        fetched_at=None,
        error_code=None,
        history=history,
    )
    asked = RequestStatus(
        request_id=UUID(int=1),
        dossier_id=5,
        owner="user:1",
        team="",
        purpose=Purpose.CREDIT_ANALYSIS,
        fresh=False,
        state=state,
        outcome=None,
        snapshot_version=None,
        requested_at=ASKED,
        deadline_at=ASKED + timedelta(seconds=30),
        finished_at=None,
        sources=(alpha,),
    )
    return replace(asked, **told)  # type: ignore[arg-type]


def line(current: RequestStatus) -> FetchLine:
    (made,) = RequestProgress.of(current, cast.sources()).lines
    return made


@pytest.mark.parametrize(
    ("history", "eventful"), [((), False), ((ANSWER,), False), ((FAILURE,), True), ((FAILURE, ANSWER), True)]
)
def test_calls_are_told_one_by_one_once_there_was_more_than_one_or_a_failure(
    history: tuple[AttemptRecord, ...], eventful: bool
) -> None:
    assert line(status(*history)).eventful is eventful


def test_a_call_tells_when_how_long_what_came_of_it_and_when_it_was_tried_again() -> None:
    (call,) = line(status(FAILURE)).calls
    assert call.started_at == ASKED + timedelta(seconds=0.75)
    assert (call.lasted, call.status_code, call.retry_in) == ("250 ms", 503, "1,2 s")
    assert str(call.sign.word) == "erro interno da fonte"


def test_what_a_cancel_broke_off_is_told_apart_from_what_had_failed_before() -> None:
    cancelled = status(FAILURE, state="cancelled", finished_at=ASKED)
    (alpha,) = cancelled.sources
    broken_off = replace(cancelled, sources=(replace(alpha, state="failed", error_code=None),))
    assert line(broken_off).sign == words.BROKEN_OFF
    assert line(failed(cancelled, "refused")).sign == words.FETCH_STATES["failed"]


def test_what_waits_for_its_turn_says_behind_how_many() -> None:
    waiting = Waiting(ahead=40, expected_seconds=3, until=ASKED + timedelta(seconds=120))
    shown = RequestProgress.of(status(state="queued", waiting=waiting), cast.sources())
    assert shown.waits == "Na fila, atrás de 40 consultas; começa em cerca de 3 s."
    assert RequestProgress.of(status(), cast.sources()).waits == ""


def failed(current: RequestStatus, code: str) -> RequestStatus:
    return replace(current, sources=(replace(current.sources[0], state="failed", error_code=code),))


def test_an_error_that_the_last_call_tells_is_not_told_twice() -> None:
    assert line(failed(status(FAILURE), "server_error")).error == ""


def test_an_error_that_no_call_tells_is_told() -> None:
    assert str(line(failed(status(FAILURE), "circuit_open")).error) == "fonte suspensa por falhas seguidas"
    assert str(line(failed(status(), "deadline")).error) == "o prazo do pedido acabou"


def test_a_request_that_joined_work_under_way_says_so() -> None:
    assert not RequestProgress.of(status(ANSWER), cast.sources()).joined
    later = status(ANSWER, requested_at=ASKED + timedelta(seconds=2))
    assert RequestProgress.of(later, cast.sources()).joined


@pytest.mark.parametrize(
    ("state", "fresh", "word"),
    [
        ("partial", True, "Consultar de novo só o que falhou"),
        ("failed", False, "Consultar tudo de novo"),
        ("cancelled", False, "Retomar a consulta"),
        ("cancelled", True, "Consultar tudo de novo"),
    ],
)
def test_only_a_partial_request_s_retry_promises_to_ask_what_failed_alone(
    state: str, fresh: bool, word: str
) -> None:
    assert str(words.retry(status(state=state, fresh=fresh))) == word


def test_a_source_that_is_asked_tells_since_when_and_one_that_has_ended_how_long_it_took() -> None:
    lately = now() - timedelta(seconds=4.2)
    assert (line(status(requested_at=lately)).since, line(status(requested_at=lately)).elapsed) == (
        lately,
        "há 4 s",
    )
    ended = line(failed(status(ANSWER), "refused"))
    assert (ended.since, ended.elapsed) == (None, "em 1,0 s")
    from_a_copy = line(failed(status(), "deadline"))
    assert from_a_copy.elapsed == ""


@pytest.mark.parametrize(
    ("state", "title"),
    [
        ("running", "0 de 1 · Consulta em andamento"),
        ("failed", "Consulta encerrada: falhou"),
        ("cancelled", "Consulta encerrada: cancelado"),
    ],
)
def test_the_tab_s_title_tells_the_state(state: str, title: str) -> None:
    ended = None if state == "running" else ASKED
    assert RequestProgress.of(status(state=state, finished_at=ended), cast.sources()).title == title
