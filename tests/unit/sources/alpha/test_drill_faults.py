"""Each fault of a drill, as Alpha shows it."""

import json
import socket
from datetime import date

import pytest

from sources.alpha.models import Customer, Debt
from sources.common.drill.aside import has_gone
from sources.common.drill.state import Drill, Fault, Switch
from tests.unit.sources.drill import BATCH, BREAKS, CPFS, VALUES, Clock, Drilled, broken_batch, nested, same

MARIA, ANA = "52998224725", "39053344705"


@pytest.fixture(autouse=True)
def _known() -> None:
    """Maria has two debts; of Ana nothing is known."""
    maria = Customer.objects.create(cpf=MARIA, name="Maria", address="Rua A, 1")
    for value in ("1000.00", "5.50"):
        Debt.objects.create(customer=maria, value=value, date=date(2020, 1, 1))


@pytest.mark.parametrize("status", [400, 503, 599])
def test_errors_answer_their_status(drilled: Drilled, status: int) -> None:
    drilled.switch("errors", status=status)
    answer = drilled.batch(MARIA)
    assert (answer.status_code, answer.json()) == (status, {"detail": "Drill: errors."})


def test_a_delay_is_waited_for_and_the_answer_true(drilled: Drilled) -> None:
    true = drilled.batch(MARIA).json()
    drilled.switch("delay", delay=7)
    began = drilled.clock.now
    assert drilled.batch(MARIA).json() == true
    assert drilled.clock.now == pytest.approx(began + 7)


def test_who_hangs_is_let_go_after_two_minutes(drilled: Drilled) -> None:
    drilled.switch("hang")
    began = drilled.clock.now
    assert drilled.batch(MARIA).status_code == 503
    assert drilled.clock.now == pytest.approx(began + 120)


def test_who_hangs_is_let_go_when_the_drill_is_over(drilled: Drilled) -> None:
    drilled.switch("hang", seconds=10)
    began = drilled.clock.now
    drilled.batch(MARIA)
    assert drilled.clock.now == pytest.approx(began + 10, abs=0.3)


@pytest.mark.parametrize(("seconds", "header"), [(30, "30"), (0, "0"), (None, None)])
def test_limited_is_a_429_that_says_when_to_come_back(
    drilled: Drilled, seconds: int | None, header: str | None
) -> None:
    drilled.switch("limited", retry_after=seconds)
    answer = drilled.batch(MARIA)
    assert (answer.status_code, answer.headers.get("Retry-After")) == (429, header)


def test_unauthorized_is_a_401_also_with_a_good_token(drilled: Drilled) -> None:
    drilled.switch("unauthorized")
    answer = drilled.batch(MARIA)
    assert answer.status_code == 401
    assert "invalid_token" in answer["WWW-Authenticate"]


def test_a_redirect_leads_elsewhere(drilled: Drilled) -> None:
    drilled.switch("redirect")
    answer = drilled.batch(MARIA)
    assert (answer.status_code, answer["Location"]) == (302, "http://elsewhere.invalid/")


def test_what_would_be_cut_is_a_503_without_gunicorn(drilled: Drilled) -> None:
    drilled.switch("cut")
    assert drilled.batch(MARIA).status_code == 503


def test_a_trickle_is_a_byte_now_and_then_for_two_minutes(drilled: Drilled) -> None:
    drilled.switch("trickle")
    began = drilled.clock.now
    parts = list(drilled.batch(MARIA).streaming_content)
    assert parts == [b"[", *[b" "] * 600]
    assert drilled.clock.now == pytest.approx(began + 120)


def test_a_trickle_ends_when_the_drill_does(drilled: Drilled) -> None:
    drilled.switch("trickle", seconds=1)
    assert 1 <= len(drilled.batch(MARIA).getvalue()) <= 6


def test_nobody_waits_for_a_client_that_has_gone() -> None:
    clock = Clock()
    switch = Switch(clock)
    switch.turn(drill := Drill(fault=Fault.HANG))
    began = clock.now
    switch.wait(drill, 120, lambda: clock.now >= began + 3)
    assert clock.now == pytest.approx(began + 3, abs=0.3)


def test_a_client_has_gone_once_it_closes_its_end() -> None:
    ours, theirs = socket.socketpair()
    with ours:
        with theirs:
            assert not has_gone(ours)
            theirs.sendall(b"more")
            assert not has_gone(ours)
            assert ours.recv(4) == b"more"
        assert has_gone(ours)


def test_too_large_is_the_true_answer_behind_more_than_anybody_takes(drilled: Drilled) -> None:
    true = drilled.batch(MARIA).content
    drilled.switch("too_large")
    raw = drilled.batch(MARIA).getvalue()
    assert len(raw) > 50 * 1024 * 1024
    assert raw.lstrip() == true


# The true answer, broken in one way


@pytest.mark.parametrize("fault", BREAKS)
def test_a_true_answer_is_broken_in_one_way(drilled: Drilled, fault: str) -> None:
    (item,) = drilled.batch(MARIA).json()
    drilled.switch(fault)
    answer = drilled.batch(MARIA)
    assert answer.status_code == 200
    assert same(answer.content, broken_batch(fault, item, "debts"))


@pytest.mark.parametrize("fault", BREAKS)
def test_for_somebody_unknown_an_item_is_made_up(drilled: Drilled, fault: str) -> None:
    drilled.switch(fault)
    assert same(drilled.batch(ANA).content, broken_batch(fault, {"cpf": ANA, "debts": []}, "debts"))


def test_in_a_long_answer_one_item_is_broken(drilled: Drilled) -> None:
    Customer.objects.create(cpf=ANA, name="Ana", address="Rua B, 2")
    true = drilled.batch(MARIA, ANA).json()
    drilled.switch("not_money")
    first, second = drilled.batch(MARIA, ANA).json()
    assert first["debts"][0]["value"] == "abc"
    assert second == true[1]


def test_the_other_cpf_is_none_of_those_asked(drilled: Drilled) -> None:
    drilled.switch("other_cpf")
    assert drilled.batch("00000000000", "00000000001").json()[0]["cpf"] == "00000000002"


def test_not_json_is_a_page(drilled: Drilled) -> None:
    drilled.switch("not_json")
    answer = drilled.batch(MARIA)
    assert answer["Content-Type"].startswith("text/html")
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


@pytest.mark.parametrize("cpf", [MARIA, ANA])
def test_truncated_is_the_beginning_and_its_length_agrees(drilled: Drilled, cpf: str) -> None:
    true = drilled.batch(cpf).content
    drilled.switch("truncated")
    answer = drilled.batch(cpf)
    assert answer.content == true[: len(true) // 2]
    assert int(answer["Content-Length"]) == len(answer.content)
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer.content)


@pytest.mark.parametrize("fault", [*BREAKS, "not_json", "truncated", "too_large", "delay"])
def test_a_refusal_stays_true(drilled: Drilled, fault: str) -> None:
    drilled.switch(fault, delay=1)
    assert drilled.api.post(BATCH, {"cpfs": ["1"]}).status_code == 400
    assert drilled.api.http.post(BATCH).status_code == 401


@pytest.mark.parametrize("fault", BREAKS)
def test_the_list_of_cpfs_is_broken_as_far_as_it_can_be(drilled: Drilled, fault: str) -> None:
    true = drilled.api.get(CPFS).json()
    drilled.switch(fault)
    values = {name: {**true, "cpfs": [value]} for name, value in VALUES.items()}
    expected = {
        **values,
        "wrong_shape": [true],
        "missing_key": {"next_cursor": None},
        "duplicate": {**true, "cpfs": [MARIA, MARIA]},
        "other_cpf": true,  # it asks for nobody
        "deep": {**true, "drill": nested(60)},
    }
    assert same(drilled.api.get(CPFS).content, expected[fault])


@pytest.mark.parametrize("fault", BREAKS)
def test_a_token_is_broken_as_far_as_it_can_be(drilled: Drilled, fault: str) -> None:
    drilled.switch(fault, tokens=True)
    token = json.loads(drilled.token().content)
    good = isinstance(token, dict) and token.get("access_token") and token["expires_in"] == 900
    assert bool(good) == (fault in ("duplicate", "other_cpf", "deep"))
