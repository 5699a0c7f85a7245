"""Sessions: seen and ended by whose they are, ended by themselves and with their account."""

import re
from typing import Any

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import User
from django.contrib.sessions.models import Session
from django.test import Client

from orchestrator.upkeep import retention
from tests.integration.signing.conftest import NEW_PASSWORD, PASSWORD, Person, is_in, sign_in, stops_at

pytestmark = pytest.mark.django_db
NOW = "2027-03-09T12:00:00Z"
HTMX = {"HX-Request": "true"}


@pytest.fixture
def ana(person: Person) -> User:
    """Somebody."""
    return person("ana", "supervisor")


@pytest.fixture
def browser(ana: User) -> Client:
    """Where she is signed in."""
    sign_in(browser := Client(REMOTE_ADDR="10.0.0.1", headers={"User-Agent": "Firefox of the office"}))
    return browser


@pytest.fixture
def other(ana: User) -> Client:
    """Where she is signed in too."""
    sign_in(other := Client(REMOTE_ADDR="10.0.0.2", headers={"User-Agent": "Safari at home"}))
    return other


def listed(browser: Client) -> str:
    """The page with the sessions."""
    return browser.get("/account/").content.decode()


def test_the_page_is_linked_beside_the_name(browser: Client) -> None:
    assert '<a class="who" href="/account/">' in browser.get("/").content.decode()


def test_all_open_ones_are_listed_with_whence_they_come(browser: Client, other: Client) -> None:
    shown = listed(browser)
    assert re.search(r"Firefox of the office.*10\.0\.0\.1", shown, re.DOTALL)
    assert re.search(r"Safari at home.*10\.0\.0\.2", shown, re.DOTALL)
    assert shown.count('name="session"') == 1  # this one ends by the way out


@pytest.mark.parametrize(
    ("agent", "told"),
    [
        ("Mozilla/5.0 (X11; Linux x86_64; rv:140.0) Gecko/20100101 Firefox/140.0", "Firefox · Linux"),
        (
            "Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/150.0 Safari/537.36 Edg/150.0",
            "Edge · Windows",
        ),
        ("Mozilla/5.0 (Linux; Android 16) AppleWebKit/537.36 Chrome/150.0 Safari/537.36", "Chrome · Android"),
        ("Mozilla/5.0 (iPhone; CPU iPhone OS 19 like Mac OS X) Version/19.0 Safari/604.1", "Safari · iPhone"),
        ("", "—"),
    ],
)
def test_browsers_are_called_as_people_call_them(ana: User, agent: str, told: str) -> None:
    sign_in(browser := Client(headers={"User-Agent": agent}))
    assert f">{told}</td>" in listed(browser)


def test_another_one_can_be_ended(browser: Client, other: Client) -> None:
    found = re.search(r'name="session" value="(\d+)"', listed(browser))
    assert found
    browser.post("/account/sessions/end/", {"session": found[1]})
    assert is_in(browser)
    assert not is_in(other)
    assert "Safari" not in listed(browser)


def test_all_others_can_be(browser: Client, other: Client) -> None:
    sign_in(third := Client())
    browser.post("/account/sessions/end/")
    assert [is_in(each) for each in (browser, other, third)] == [True, False, False]


def test_nobody_ends_somebody_else_s(browser: Client, other: Client, person: Person) -> None:
    person("mallory")
    sign_in(mallory := Client(), "mallory")
    numbers = re.findall(r'name="session" value="(\d+)"', listed(browser) + listed(other))
    for number in numbers:
        mallory.post("/account/sessions/end/", {"session": number})
    assert len(numbers) == 2
    assert is_in(browser)
    assert is_in(other)


@pytest.mark.parametrize("given", ["x", "-1", "9" * 30, "١"])
def test_what_names_no_session_ends_none_of_its_own(browser: Client, given: str) -> None:
    assert browser.post("/account/sessions/end/", {"session": given}).status_code == 302
    assert is_in(browser)


def test_a_session_that_nobody_uses_ends(ana: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(browser := Client())
        clock.shift(1799)
        assert browser.get("/").status_code == 200
        clock.shift(1799)
        assert browser.get("/").status_code == 200
        clock.shift(1801)
        assert stops_at(browser.get("/"), "/login/")
    assert not Session.objects.exists()


@pytest.mark.parametrize("path", ["/runs/", "/session/"])
def test_a_page_that_polls_is_no_use_of_it(ana: User, path: str) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(browser := Client())
        for _ in range(18):
            clock.shift(100)
            assert browser.get(path, headers=HTMX).status_code == 200
        clock.shift(100)
        assert browser.get("/runs/", headers=HTMX).status_code == 401


def test_what_somebody_types_is_a_use_of_it_although_htmx_sends_it(ana: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(browser := Client())
        for _ in range(4):
            clock.shift(1000)
            assert browser.post("/outlook/", {"cpf": ""}, headers=HTMX).status_code == 200


def test_after_ten_hours_it_ends_however_much_it_is_used(ana: User) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(browser := Client())
        for _ in range(40):
            clock.shift(900)
            assert browser.get("/account/").status_code == 200
        clock.shift(1)
        assert stops_at(browser.get("/account/"), "/login/")


def test_one_that_is_over_is_not_listed(browser: Client, other: Client) -> None:
    with time_machine.travel(NOW, tick=False) as clock:
        sign_in(early := Client(headers={"User-Agent": "Opera of the night"}))
        clock.shift(1801)
        sign_in(late := Client())
        assert "Opera" not in listed(late)
        assert not is_in(early)


def change(browser: Client, old: str = PASSWORD, new: str = NEW_PASSWORD, again: str = NEW_PASSWORD) -> Any:
    """What a change of the password is answered with."""
    return browser.post("/account/password/", {"oldpassword": old, "password1": new, "password2": again})


def test_a_new_password_ends_all_others_and_leaves_this_one(browser: Client, other: Client) -> None:
    assert change(browser)["Location"] == "/account/"
    assert is_in(browser)
    assert not is_in(other)
    assert "Firefox" in listed(browser)
    sign_in(later := Client())
    assert not is_in(later)
    sign_in(later, password=NEW_PASSWORD)
    assert is_in(later)


@pytest.mark.parametrize(
    ("told", "given"),
    [
        ("A senha atual não é esta.", {"old": "wrong"}),
        ("listas de senhas vazadas", {"new": "password1234", "again": "password1234"}),
        ("senhas vazadas", {"new": "flamengo1981", "again": "flamengo1981"}),
        ("muito curta", {"new": "xK3#v", "again": "xK3#v"}),
        ("muito parecida", {"new": "anabanana-ana", "again": "anabanana-ana"}),
        ("não são iguais", {"again": "something else"}),
    ],
)
def test_a_bad_one_is_refused_with_the_reason(person: Person, told: str, given: dict[str, str]) -> None:
    person("anabanana")
    sign_in(browser := Client(), "anabanana")
    assert change(browser, **given).status_code == 200
    sign_in(later := Client(), "anabanana")
    assert is_in(later)


def test_the_old_one_cannot_be_guessed_at_an_open_session(browser: Client) -> None:
    for _ in range(4):
        assert change(browser, old="wrong").status_code == 200
    assert change(browser, old="wrong").status_code == 429
    assert change(browser).status_code == 429


def test_who_is_deactivated_is_out_at_once_and_not_back_in_when_they_may_come_again(
    ana: User, browser: Client, other: Client
) -> None:
    ana.is_active = False
    ana.save()
    assert not is_in(browser)
    ana.is_active = True
    ana.save()
    assert not is_in(browser)
    assert not is_in(other)
    assert not Session.objects.exists()


def test_a_password_that_an_administrator_sets_ends_them_all(ana: User, browser: Client) -> None:
    ana.set_password(NEW_PASSWORD)
    ana.save()
    assert not is_in(browser)


def test_who_has_no_password_has_no_page_to_change_it(ana: User) -> None:
    ana.set_unusable_password()
    ana.save()
    browser = Client()
    browser.force_login(ana)
    assert browser.get("/account/password/").status_code == 404
    assert "/account/password/" not in listed(browser)


@pytest.mark.parametrize(
    "path", ["/account/", "/account/password/", "/account/second-factor/", "/account/confirm/"]
)
def test_these_pages_are_for_who_is_signed_in_and_stored_nowhere(browser: Client, path: str) -> None:
    assert "no-store" in browser.get(path)["Cache-Control"]
    assert stops_at(Client().get(path), "/login/")


def test_what_is_no_more_is_not_kept_in_the_list_either(browser: Client, other: Client) -> None:
    other.post("/logout/")
    assert UserSession.objects.count() == 2
    assert retention.forget()["listed_sessions"] == 1
    assert "Firefox" in UserSession.objects.get().user_agent
