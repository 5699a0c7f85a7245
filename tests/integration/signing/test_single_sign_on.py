"""Single sign-on with a real provider, over HTTP, in a process of its own."""

import re
from collections.abc import Callable, Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from django.contrib.auth.models import User
from django.core.exceptions import ImproperlyConfigured
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from portal.signing.settings import single_sign_on
from tests.fakes import provider
from tests.integration.portal.access.conftest import records
from tests.integration.signing.conftest import App, Person

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(scope="module")
def issuer(live_server: LiveServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The provider, which knows this portal."""
    folder = tmp_path_factory.mktemp("provider")
    with provider.providing(folder, f"{live_server.url}/sso/callback/") as url:
        yield url


@pytest.fixture(autouse=True)
def _configured(issuer: str, settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on(
        issuer, provider.CLIENT, provider.SECRET, "Banco Exemplo"
    )


Come = Callable[..., requests.Response]


@pytest.fixture
def browser() -> Iterator[requests.Session]:
    """Somebody's browser; closed at the end, since the portal's thread keeps a connection to the database as
    long as one with it is open."""
    with requests.Session() as session:
        yield session


@pytest.fixture
def come(live_server: LiveServer, browser: requests.Session) -> Come:
    """Follows the login page's link, proves at the provider who one is, and is led back."""

    def _come(name: str, start: str = "/login/?next=/sources/") -> requests.Response:
        shown = browser.get(live_server.url + start).text
        link = re.search(r'href="(/sso/[^"]*)">Entrar com Banco Exemplo', shown)
        assert link
        form = browser.get(live_server.url + link[1])
        token = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', form.text)
        assert token, form.text
        return browser.post(
            form.url,
            {"csrfmiddlewaretoken": token[1], "username": name, "password": provider.PASSWORD},
            headers={"Referer": form.url},
        )

    return _come


def who(browser: requests.Session, live_server: LiveServer) -> int | None:
    """Whose session it is."""
    user: int | None = browser.get(f"{live_server.url}/session/").json()["user"]
    return user


def test_the_account_with_the_verified_address_is_linked_and_comes_in(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer
) -> None:
    ana = person("ana", email="ana@BANK.example")
    arrived = come("ana.silva")
    assert arrived.url == f"{live_server.url}/sources/"
    assert who(browser, live_server) == ana.pk
    assert SocialAccount.objects.get().user == ana
    ana.refresh_from_db()
    assert ana.has_usable_password()  # which stays as it is


def test_the_session_gets_another_key(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer
) -> None:
    person("rui")
    browser.get(f"{live_server.url}/sso/", allow_redirects=False)
    before = browser.cookies["sessionid"]
    come("rui")
    assert browser.cookies["sessionid"] != before


def test_the_account_of_that_name_is_linked_where_no_address_is_verified(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer
) -> None:
    rui = person("rui")
    come("rui")
    assert who(browser, live_server) == rui.pk


def test_it_is_the_same_account_the_next_time_whatever_it_is_called_by_then(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer
) -> None:
    rui = person("rui")
    come("rui")
    browser.cookies.clear()
    rui.username = "rui.barbosa"
    rui.save()
    come("rui")
    assert who(browser, live_server) == rui.pk


@pytest.mark.parametrize("name", ["unverified", "new.one", "rui"])
def test_who_has_no_account_gets_none(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer, name: str
) -> None:
    person("ana", email="ana@bank.example")
    arrived = come(name)
    assert arrived.status_code == 403
    assert "Sem conta aqui" in arrived.text
    assert who(browser, live_server) is None
    assert User.objects.count() == 1


def test_an_account_that_is_linked_to_somebody_is_nobody_else_s(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer
) -> None:
    rui = person("rui")
    SocialAccount.objects.create(user=rui, provider="sso", uid="the rui of before")
    assert come("rui").status_code == 403
    assert who(browser, live_server) is None


def test_an_address_that_two_have_is_nobody_s(come: Come, person: Person) -> None:
    person("ana", email="ana@bank.example"), person("ana2", email="ana@bank.example")
    assert come("ana.silva").status_code == 403


def test_who_was_deactivated_stays_out(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer
) -> None:
    rui = person("rui")
    rui.is_active = False
    rui.save()
    assert come("rui").status_code == 403
    assert who(browser, live_server) is None


def test_with_a_default_role_an_account_is_made(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer, settings: Any
) -> None:
    person("somebody", "analyst")
    settings.OIDC_DEFAULT_ROLE = "analyst"
    come("new.one")
    made = User.objects.get(username="new.one")
    assert who(browser, live_server) == made.pk
    assert (made.email, made.has_usable_password(), made.is_staff) == ("new@bank.example", False, False)
    assert [group.name for group in made.groups.all()] == ["analyst"]
    told = [each["detail"] for each in records(actor="sso")]
    assert told == [f"user:{made.pk} made", f"user:{made.pk} +analyst"]


@pytest.mark.parametrize("name", ["unverified", "rui"])
@pytest.mark.parametrize("spelt", [str, str.upper])
def test_nor_does_a_default_role_give_anybody_s_name_away(
    come: Come, person: Person, settings: Any, name: str, spelt: Callable[[str], str]
) -> None:
    taken = person(spelt(name), "analyst")
    SocialAccount.objects.create(user=taken, provider="sso", uid="another")
    settings.OIDC_DEFAULT_ROLE = "analyst"
    assert come(name).status_code == 403
    assert User.objects.count() == 1


def test_a_role_that_is_none_makes_no_account(come: Come, settings: Any) -> None:
    settings.OIDC_DEFAULT_ROLE = "emperor"
    assert come("new.one").status_code == 403


def test_a_second_factor_is_asked_for_here_too(
    come: Come, browser: requests.Session, person: Person, live_server: LiveServer
) -> None:
    app = App(person("rui"))
    arrived = come("rui")
    assert urlsplit(arrived.url).path == "/login/code/"
    assert who(browser, live_server) is None
    token = browser.cookies["csrftoken"]
    entered = browser.post(arrived.url, {"csrfmiddlewaretoken": token, "code": app.code()})
    assert entered.url == f"{live_server.url}/sources/"
    assert who(browser, live_server) is not None


def test_it_asks_with_a_state_and_a_challenge_of_its_own(
    live_server: LiveServer, browser: requests.Session
) -> None:
    asked = [
        parse_qs(
            urlsplit(browser.get(f"{live_server.url}/sso/", allow_redirects=False).headers["Location"]).query
        )
        for _ in range(2)
    ]
    for each in asked:
        assert each["code_challenge_method"] == ["S256"]
        assert set(each["scope"][0].split()) == {"openid", "profile", "email"}
        assert each["redirect_uri"] == [f"{live_server.url}/sso/callback/"]
    for name in ("state", "code_challenge"):
        assert asked[0][name] != asked[1][name]


@pytest.mark.parametrize("query", ["", "?code=x&state=y", "?error=access_denied", "?state=y"])
def test_an_answer_that_nobody_asked_for_brings_nobody_in(
    browser: requests.Session, live_server: LiveServer, query: str
) -> None:
    answer = browser.get(f"{live_server.url}/sso/callback/{query}")
    assert answer.status_code == 403
    assert "não deu certo" in answer.text
    assert who(browser, live_server) is None


def test_somebody_s_answer_is_no_use_to_another_browser(
    come: Come, person: Person, live_server: LiveServer
) -> None:
    person("rui")
    callback = next(
        hop.headers["Location"]
        for hop in come("rui").history
        if "/sso/callback/" in hop.headers.get("Location", "")
    )
    with requests.Session() as thief:
        assert thief.get(callback).status_code == 403
        assert who(thief, live_server) is None


@pytest.mark.parametrize("address", ["https://evil.example/", "//evil.example/"])
def test_it_leads_to_no_other_host(come: Come, person: Person, live_server: LiveServer, address: str) -> None:
    person("rui")
    assert come("rui", f"/login/?next={address}").url == f"{live_server.url}/"


def test_a_provider_that_is_away_is_said(
    browser: requests.Session, live_server: LiveServer, settings: Any
) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on("http://127.0.0.1:1", "portal", "secret", "")
    answer = browser.get(f"{live_server.url}/sso/")
    assert (answer.status_code, "não deu certo" in answer.text) == (403, True)


def test_where_none_is_configured_there_is_neither_link_nor_way(settings: Any) -> None:
    settings.SOCIALACCOUNT_PROVIDERS = single_sign_on("", "", "", "")
    assert "/sso/" not in Client().get("/login/").content.decode()
    for path in ("/sso/", "/sso/callback/?code=x"):
        assert Client().get(path).status_code == 404


@pytest.mark.parametrize("issuer_", ["http://login.example.org", "ftp://x", "login.example.org"])
def test_a_provider_that_anybody_could_play_is_refused_at_start(issuer_: str) -> None:
    with pytest.raises(ImproperlyConfigured, match="https"):
        single_sign_on(issuer_, "client", "secret", "")


def test_a_provider_without_a_client_is_refused_at_start() -> None:
    with pytest.raises(ImproperlyConfigured, match="OIDC_CLIENT_ID"):
        single_sign_on("https://login.example.org", "", "", "")
