"""Guessing: five wrong tries of somebody from an address, a hundred of an address, and then a wait."""

import json
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import requests
import time_machine
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from portal.signing import counting
from tests.integration.signing.conftest import PASSWORD, REDIS, Person, is_in, sign_in
from tests.logs import captured

pytestmark = pytest.mark.django_db
NOW = "2027-03-09T12:00:00Z"


def fail(times: int, name: str = "ana", address: str = "10.0.0.1") -> Any:
    """Wrong passwords, one after the other; gives the last answer."""
    for number in range(times):
        answer = sign_in(Client(), name, f"wrong {number}", address=address)
    return answer


@pytest.fixture
def log() -> Callable[[], list[dict[str, Any]]]:
    """What was logged since."""
    return captured()


@pytest.mark.parametrize("name", ["ana", "nobody"])
def test_after_five_failures_nobody_comes_in_for_a_while_and_is_told_until_when(
    client: Client, person: Person, name: str
) -> None:
    person()
    with time_machine.travel(NOW, tick=False):
        assert fail(4, name).status_code == 200
        locked = fail(1, name)
        assert (locked.status_code, locked["Retry-After"]) == (429, "900")
        shown = " ".join(locked.content.decode().split())
        assert "a partir das 09:15:00 (em 15 min)" in shown
        assert sign_in(client, name, address="10.0.0.1").status_code == 429
    assert not is_in(client)


def test_waiting_helps(client: Client, person: Person) -> None:
    person()
    with time_machine.travel(NOW, tick=False) as clock:
        fail(5)
        clock.shift(901)
        assert sign_in(client, address="10.0.0.1").status_code == 302
        assert is_in(client)


@pytest.mark.parametrize(
    ("name", "address"), [("ana", "10.0.0.2"), ("bia", "10.0.0.1")], ids=["from elsewhere", "somebody else"]
)
def test_others_are_not_locked_out_with_them(client: Client, person: Person, name: str, address: str) -> None:
    person(), person("bia")
    fail(5)
    assert sign_in(client, name, address=address).status_code == 302


def test_who_comes_in_starts_again_from_nothing(person: Person) -> None:
    person()
    fail(4)
    sign_in(Client(), address="10.0.0.1")
    assert fail(4).status_code == 200


def test_writing_the_name_in_another_case_is_no_way_round(person: Person) -> None:
    person()
    fail(3), fail(1, "ANA")
    assert fail(1, "Ana").status_code == 429


def test_one_own_account_does_not_wash_away_what_one_failed_at_another(person: Person) -> None:
    person(), person("mallory")
    fail(4)
    sign_in(Client(), "mallory", address="10.0.0.1")
    assert fail(1).status_code == 429


def test_an_address_that_tries_everybody_is_locked_out_at_a_hundred(
    client: Client, person: Person, settings: Any
) -> None:
    assert settings.LOCKOUT_ADDRESS_FAILURES == 100
    settings.LOCKOUT_ADDRESS_FAILURES = 8  # each costs a hash
    person()
    for number in range(7):
        assert fail(1, f"name {number}").status_code == 200
    assert fail(1, "name 7").status_code == 429
    assert sign_in(client, address="10.0.0.1").status_code == 429
    assert sign_in(client, address="10.0.0.2").status_code == 302


def test_a_household_has_one_address_of_ipv6(person: Person) -> None:
    person()
    for number in range(4):
        fail(1, address=f"2001:db8:1:2::{number}")
    assert fail(1, address="2001:db8:1:2:ffff::1").status_code == 429
    assert fail(1, address="2001:db8:1:3::1").status_code == 200


def test_behind_a_proxy_its_word_counts_and_not_the_visitor_s(person: Person, settings: Any) -> None:
    person()
    settings.ALLAUTH_TRUSTED_PROXY_COUNT = 1  # as with an https PUBLIC_URL
    form = {"username": "ana", "password": "wrong"}
    answers = [
        Client().post("/login/", form, headers={"X-Forwarded-For": f"10.9.9.{number}, 10.0.0.7"}).status_code
        for number in range(5)
    ]
    assert answers == [200, 200, 200, 200, 429]


def test_without_a_proxy_the_visitor_s_word_counts_for_nothing(person: Person) -> None:
    person()
    form = {"username": "ana", "password": "wrong"}
    for number in range(5):
        answer = Client().post("/login/", form, headers={"X-Forwarded-For": f"10.9.9.{number}"})
    assert answer.status_code == 429


@pytest.mark.django_db(transaction=True)
def test_many_at_once_are_no_more_tries(
    live_server: LiveServer, person: Person, log: Callable[[], list[dict[str, Any]]]
) -> None:
    person()
    url, alone = f"{live_server}/login/", {"Connection": "close"}
    token = requests.get(url, headers=alone, timeout=60).cookies["csrftoken"]

    def guess(number: int) -> int:
        form = {"csrfmiddlewaretoken": token, "username": "ana", "password": f"wrong {number}"}
        sent = requests.post(url, form, headers=alone, cookies={"csrftoken": token}, timeout=60)
        return sent.status_code

    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(guess, range(16)))
    assert set(answers) <= {200, 429}
    assert [line["event"] for line in log()].count("signing.failed") == 5


def test_without_redis_each_process_counts_for_itself(
    client: Client, person: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    person()
    monkeypatch.setenv("REDIS_URL", "redis://127.0.0.1:1/0")
    counting._shared.cache_clear()
    try:
        assert fail(5).status_code == 429
        assert sign_in(client, address="10.0.0.2").status_code == 302
    finally:
        counting._shared.cache_clear()


def test_the_log_tells_each_failure_and_the_lock_out_and_nothing_that_was_typed(
    person: Person, log: Callable[[], list[dict[str, Any]]]
) -> None:
    user = person()
    fail(5), fail(1), fail(1, "529.982.247-25")
    lines = [line for line in log() if line["event"].startswith("signing.")]
    told = [(line["event"], line["user"], line["factor"], line["address"]) for line in lines]
    known, unknown = (user.pk, "password", "10.0.0.1"), (None, "password", "10.0.0.1")
    assert told == [
        *[("signing.failed", *known)] * 5,
        ("signing.locked_out", *known),
        ("signing.refused", *known),
        ("signing.failed", *unknown),
    ]
    for typed in ("wrong", "ana", "529.982", "52998224725"):
        assert typed not in json.dumps(lines)


def test_redis_never_has_what_was_typed(person: Person) -> None:
    person()
    fail(1), fail(1, "52998224725"), fail(1, PASSWORD)
    keys = list(REDIS.scan_iter("*signing*"))
    assert len(keys) == 4
    assert not any(typed in str(keys) for typed in ("ana", "529", "corujas"))
