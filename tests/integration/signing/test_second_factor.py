"""A second factor: set up, asked for, each code good for once, obligatory for some roles."""

import re
from collections.abc import Callable
from io import StringIO
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import User
from django.core.cache import cache
from django.core.management import CommandError, call_command
from django.test import Client

from tests.integration.signing.conftest import App, Person, code_of, is_in, sign_in, stops_at
from tests.logs import captured

pytestmark = pytest.mark.django_db
NOW = "2027-03-09T12:00:00Z"
CODE = "/login/code/"
SETUP = "/account/second-factor/"
CODES = "/account/second-factor/codes/"


@pytest.fixture
def ana(person: Person) -> User:
    """Somebody."""
    return person()


@pytest.fixture
def app(ana: User) -> App:
    """Her app."""
    return App(ana)


def give(browser: Client, code: str) -> Any:
    """What a code is answered with at login."""
    return browser.post(CODE, {"code": code})


def at_the_code(**whence: Any) -> Client:
    """A browser whose password was right."""
    browser = Client(**whence)
    assert stops_at(sign_in(browser, next="/sources/"), CODE)
    return browser


def set_up(browser: Client) -> str:
    """Sets an app up; gives its secret."""
    shown = browser.get(SETUP).content.decode()
    found = re.search(r"<code>(\w+)</code>", shown)
    assert found
    answer = browser.post(SETUP, {"code": code_of(found[1])})
    assert answer["Location"] == CODES
    return found[1]


def test_a_password_alone_does_not_do(app: App) -> None:
    browser = at_the_code()
    assert not is_in(browser)
    assert stops_at(browser.get("/"), "/login/")
    assert give(browser, app.code())["Location"] == "/sources/"
    assert is_in(browser)


def test_the_session_gets_another_key_once_the_code_is_there_too(app: App) -> None:
    browser = at_the_code()
    before = browser.cookies["sessionid"].value
    give(browser, app.code())
    assert browser.cookies["sessionid"].value != before


def test_a_code_without_a_password_is_no_way_in(app: App) -> None:
    assert stops_at(give(Client(), app.code()), "/login/")


def test_a_wrong_code_is_refused(app: App) -> None:
    browser = at_the_code()
    assert "O código não confere" in give(browser, app.wrong()).content.decode()
    assert not is_in(browser)


@pytest.mark.parametrize("steps", [-1, 0, 1])
def test_a_code_is_good_once(app: App, steps: int) -> None:
    with time_machine.travel(NOW, tick=False):
        give(first := at_the_code(), app.code(steps))
        assert is_in(first)
        cache.clear()  # another process has a cache of its own
        second = at_the_code()
        assert give(second, app.code(steps)).status_code == 200
        code = app.code(steps)
        assert give(second, f"{code[:3]} {code[3:]}").status_code == 200
        assert not is_in(second)


def test_the_code_that_showed_the_app_to_be_set_up_is_used_by_that(ana: User) -> None:
    with time_machine.travel(NOW, tick=False):
        sign_in(first := Client())
        secret = set_up(first)
        second = at_the_code()
        give(second, code_of(secret))
        assert not is_in(second)
        give(second, code_of(secret, 1))
        assert is_in(second)


def test_a_code_is_tried_five_times_from_an_address_and_then_it_is_for_waiting(app: App) -> None:
    browser = at_the_code()
    for _ in range(4):
        assert give(browser, app.wrong()).status_code == 200
    assert give(browser, app.wrong()).status_code == 429
    assert give(browser, app.code()).status_code == 429
    assert give(at_the_code(), app.code()).status_code == 429  # another session is no way round
    assert not is_in(browser)


def test_from_everywhere_together_it_is_tried_twenty_times(app: App, settings: Any) -> None:
    assert settings.LOCKOUT_CODE_FAILURES == 20
    settings.LOCKOUT_CODE_FAILURES = 6
    answers = [
        give(at_the_code(REMOTE_ADDR=f"10.0.{number}.1"), app.wrong()).status_code for number in range(6)
    ]
    assert answers == [200, 200, 200, 200, 200, 429]
    assert give(at_the_code(REMOTE_ADDR="10.1.0.1"), app.code()).status_code == 429


def test_a_wrong_code_is_in_the_log_without_the_code(app: App, ana: User) -> None:
    log: Callable[[], list[dict[str, Any]]] = captured()
    wrong = app.wrong()
    give(at_the_code(), wrong)
    [line] = [line for line in log() if line["event"] == "signing.failed"]
    assert (line["user"], line["factor"]) == (ana.pk, "code")
    assert wrong not in str(line.values())


def test_a_recovery_code_does_once_where_the_app_is_lost(ana: User) -> None:
    sign_in(browser := Client())
    set_up(browser)
    recovery = re.findall(r"<li><code>(\d+)</code>", browser.get(CODES).content.decode())
    assert len(recovery) == 10
    again = browser.get(CODES).content.decode()
    assert not any(code in again for code in recovery)  # shown once
    give(first := at_the_code(), recovery[0])
    assert is_in(first)
    give(second := at_the_code(), recovery[0])
    assert not is_in(second)
    give(second, recovery[1])
    assert is_in(second)


def test_new_recovery_codes_take_the_place_of_the_old_ones(ana: User) -> None:
    sign_in(browser := Client())
    set_up(browser)
    old = re.findall(r"<li><code>(\d+)</code>", browser.get(CODES).content.decode())
    assert browser.post(f"{CODES}new/")["Location"] == CODES
    new = re.findall(r"<li><code>(\d+)</code>", browser.get(CODES).content.decode())
    give(first := at_the_code(), old[0])
    assert not is_in(first)
    give(first, new[0])
    assert is_in(first)


def test_sessions_that_were_opened_without_one_end_when_it_is_set_up(ana: User) -> None:
    sign_in(other := Client()), sign_in(this := Client())
    set_up(this)
    assert is_in(this)
    assert not is_in(other)


def test_it_can_be_switched_off_by_who_proved_lately_who_they_are(app: App) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        give(browser := at_the_code(), app.code())
        clock.shift(901)
        assert browser.post(f"{SETUP}off/").status_code == 403
        assert Authenticator.objects.exists()
        clock.shift(-901)
        assert browser.post(f"{SETUP}off/").status_code == 302
        assert not Authenticator.objects.exists()


@pytest.mark.parametrize("kind", ["totp", "recovery_codes"])
def test_secrets_are_sealed_in_the_database(ana: User, kind: str) -> None:
    sign_in(browser := Client())
    secret = set_up(browser)
    kept = str(Authenticator.objects.get(type=kind).data)
    assert secret not in kept
    assert re.search(r"'(secret|seed)': 'gAAAA", kept)


def test_they_are_readable_after_a_change_of_the_key_that_keeps_the_old_one(app: App, settings: Any) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another"
    give(browser := at_the_code(), app.code())
    assert is_in(browser)


def test_the_set_up_page_draws_its_picture_without_anything_that_the_policy_forbids(ana: User) -> None:
    sign_in(browser := Client())
    response = browser.get(SETUP)
    assert "<svg" in response.content.decode()
    assert re.search(r"data:|style=|<script(?![^>]*src=)", response.content.decode()) is None
    assert "no-store" in response["Cache-Control"]


@pytest.mark.parametrize("path", ["/", "/runs/", "/sources/", "/account/", "/account/password/"])
def test_who_must_have_one_and_has_none_is_led_to_set_it_up_before_anything_else(
    person: Person, settings: Any, path: str
) -> None:
    settings.MFA_REQUIRED_ROLES = ["supervisor", "auditor"]
    person("rui", "analyst", "supervisor")
    sign_in(browser := Client(), "rui")
    assert stops_at(browser.get(path), SETUP)
    assert stops_at(browser.post(path, {}), SETUP)
    assert browser.get(path, headers={"HX-Request": "true"})["HX-Redirect"] == SETUP
    set_up(browser)
    assert browser.get(path).status_code == 200


def test_the_way_out_is_open_all_the_same(person: Person, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["auditor"]
    person("rui", "auditor")
    sign_in(browser := Client(), "rui")
    browser.post("/setlang/", {"language": "en", "next": "/"})
    assert "Turn on two-step verification" in browser.get(SETUP).content.decode()
    browser.post("/logout/")
    assert not is_in(browser)


@pytest.mark.parametrize("required", [[], ["auditor"]])
def test_others_are_not(person: Person, settings: Any, required: list[str]) -> None:
    settings.MFA_REQUIRED_ROLES = required
    person("rui", "analyst")
    sign_in(browser := Client(), "rui")
    assert browser.get("/").status_code == 200


def test_who_gets_such_a_role_meanwhile_is_led_there_too(person: Person, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["auditor"]
    rui = person("rui", "analyst")
    sign_in(browser := Client(), "rui")
    rui.groups.set([person("sol", "auditor").groups.get()])
    assert stops_at(browser.get("/"), SETUP)


def test_who_must_have_one_cannot_switch_it_off(person: Person, settings: Any) -> None:
    settings.MFA_REQUIRED_ROLES = ["auditor"]
    app = App(person("rui", "auditor"))
    sign_in(browser := Client(), "rui")
    give(browser, app.code())
    assert "exige" in browser.post(f"{SETUP}off/").content.decode()
    assert Authenticator.objects.exists()


def test_who_lost_app_and_recovery_codes_is_helped_at_the_terminal(app: App) -> None:
    give(browser := at_the_code(), app.code())
    call_command("reset_second_factor", "ana", stdout=StringIO())
    assert not is_in(browser)
    sign_in(browser)
    assert is_in(browser)


def test_nobody_of_that_name_is_said() -> None:
    with pytest.raises(CommandError, match="no account"):
        call_command("reset_second_factor", "nobody")
