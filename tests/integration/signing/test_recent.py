"""What asks for a recent proof of who somebody is, and loses nothing that was typed."""

import re
from typing import Any

import pytest
import time_machine
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import User
from django.core.files.uploadedfile import SimpleUploadedFile
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.test import Client
from django.urls import path

from portal.signing.recent import require_recent
from portal.urls import urlpatterns as portals
from tests.integration.signing.conftest import PASSWORD, App, Person, is_in, sign_in, stops_at

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]
NOW = "2027-03-09T12:00:00Z"
TYPED = {"cpf": "529.982.247-25", "reason": 'a "reason" & more', "kind": ["a", "b"]}
HTMX = {"HX-Request": "true"}


@login_required
def grave(request: HttpRequest) -> HttpResponse:
    """A view that asks for it."""
    require_recent(request)
    return JsonResponse({name: request.POST.getlist(name) for name in TYPED if name in request.POST})


urlpatterns = [*portals, path("grave/", grave)]


@pytest.fixture
def ana(person: Person) -> User:
    """Somebody who runs lists."""
    return person("ana", "supervisor")


@pytest.fixture
def clock() -> Any:
    """Time stands still and is moved on."""
    with time_machine.travel(NOW, tick=False) as traveller:
        yield traveller


@pytest.fixture
def browser(clock: Any, ana: User) -> Client:
    """Where she signed in more than a quarter of an hour ago."""
    sign_in(browser := Client())
    clock.shift(901)
    return browser


def test_a_login_is_recent_for_a_quarter_of_an_hour(ana: User, clock: Any) -> None:
    sign_in(browser := Client())
    clock.shift(899)
    assert browser.get("/grave/").status_code == 200
    clock.shift(2)
    assert stops_at(browser.get("/grave/"), "/account/confirm/")


def test_a_page_is_come_back_to_once_the_password_was_given(browser: Client, clock: Any) -> None:
    asked = browser.get("/grave/?which=1")
    assert asked["Location"] == "/account/confirm/?next=%2Fgrave%2F%3Fwhich%3D1"
    shown = browser.get(asked["Location"]).content.decode()
    assert 'name="next" value="/grave/?which=1"' in shown
    back = {"next": "/grave/?which=1"}
    assert browser.post("/account/confirm/", back | {"confirmation-password": "wrong"}).status_code == 200
    assert stops_at(browser.get("/grave/"), "/account/confirm/")
    answer = browser.post("/account/confirm/", back | {"confirmation-password": PASSWORD})
    assert answer["Location"] == "/grave/?which=1"
    assert browser.get("/grave/").status_code == 200
    clock.shift(901)
    assert stops_at(browser.get("/grave/"), "/account/confirm/")


def carried(answer: Any) -> dict[str, list[str]]:
    """What the page that asks for the password sends with it."""
    found: dict[str, list[str]] = {}
    for name, value in re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', answer.content.decode()):
        text = value.replace("&quot;", '"').replace("&amp;", "&")
        found.setdefault(name, []).append(text)
    return {name: found[name] for name in TYPED}


def test_what_was_typed_goes_with_the_password_and_is_kept_nowhere(browser: Client) -> None:
    asked = browser.post("/grave/", TYPED)
    assert (asked.status_code, asked["Cache-Control"]) == (403, "private, no-store")
    again = browser.post("/grave/", carried(asked) | {"confirmation-password": "wrong"})
    assert again.status_code == 403
    assert "529" not in str(dict(browser.session))
    done = browser.post("/grave/", carried(again) | {"confirmation-password": PASSWORD})
    assert done.json() == {"cpf": ["529.982.247-25"], "reason": ['a "reason" & more'], "kind": ["a", "b"]}
    assert browser.post("/grave/", TYPED).status_code == 200  # for a while


def test_the_password_is_no_hidden_field_of_the_page(browser: Client) -> None:
    asked = browser.post("/grave/", TYPED | {"confirmation-password": "almost right"})
    assert "almost right" not in asked.content.decode()


def test_a_form_with_a_file_is_come_back_to(browser: Client) -> None:
    form = {"file": SimpleUploadedFile("list.csv", b"cpf")}
    asked = browser.post("/grave/", form, headers={"Referer": "http://testserver/runs/"})
    assert asked["Location"] == "/account/confirm/?next=http%3A%2F%2Ftestserver%2Fruns%2F"


def test_a_part_of_a_page_leads_the_whole_page(browser: Client) -> None:
    headers = HTMX | {"HX-Current-URL": "http://testserver/runs/7/"}
    asked = browser.post("/grave/", TYPED, headers=headers)
    assert asked["HX-Redirect"] == "/account/confirm/?next=http%3A%2F%2Ftestserver%2Fruns%2F7%2F"


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example", "javascript:alert(1)", ""])
def test_it_comes_back_to_no_other_host(browser: Client, address: str) -> None:
    form = {"next": address, "confirmation-password": PASSWORD}
    assert browser.post("/account/confirm/", form)["Location"] == "/"


def test_the_password_cannot_be_guessed_there(browser: Client) -> None:
    wrong, right = {"confirmation-password": "wrong"}, {"confirmation-password": PASSWORD}
    for path_ in ("/grave/", "/account/confirm/") * 2:
        assert browser.post(path_, wrong).status_code in (200, 403)
    assert browser.post("/grave/", wrong).status_code == 429
    assert browser.post("/account/confirm/", right).status_code == 429


def test_who_has_no_password_gives_a_code(ana: User, clock: Any) -> None:
    app = App(ana)
    ana.set_unusable_password()
    ana.save()
    browser = Client()
    browser.force_login(ana)
    clock.shift(901)
    assert browser.post("/grave/", {"confirmation-code": app.wrong()}).status_code == 403
    assert browser.post("/grave/", {"confirmation-code": app.code()}).status_code == 200
    clock.shift(901)
    assert browser.post("/grave/", {"confirmation-password": ""}).status_code == 403


def test_who_has_neither_goes_by_single_sign_on(ana: User, clock: Any) -> None:
    ana.set_unusable_password()
    ana.save()
    browser = Client()
    browser.force_login(ana)
    clock.shift(901)
    assert browser.post("/grave/", TYPED).status_code == 403
    assert 'href="/sso/?next=/' in browser.get("/account/confirm/").content.decode()


def test_who_is_not_signed_in_at_all_signs_in_first() -> None:
    assert stops_at(Client().get("/grave/"), "/login/")
    assert not is_in(Client())


def test_a_run_s_results_ask_for_it(browser: Client) -> None:
    asked = browser.get("/runs/1/results/?format=csv")
    assert asked["Location"] == "/account/confirm/?next=%2Fruns%2F1%2Fresults%2F%3Fformat%3Dcsv"
    assert browser.get("/runs/1/results/?format=exe").status_code == 404
