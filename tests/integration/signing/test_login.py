"""Coming in by name and password: as it always was for who may, and nothing to be had for others."""

import re
from typing import Any

import pytest
from allauth.account.auth_backends import AuthenticationBackend
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import User
from django.test import Client
from django.urls import NoReverseMatch, reverse

from tests.integration.signing.conftest import PASSWORD, Person, is_in, sign_in

pytestmark = pytest.mark.django_db
ELSEWHERE = [
    "https://evil.example/",
    "//evil.example/",
    "///evil.example",
    "http:evil.example",
    "\\\\evil.example",
    "/\\evil.example",
    "javascript:alert(1)",
    "http://localhost/",
    "http://testserver@evil.example/",
    " https://evil.example",
]


def test_the_form_has_its_two_fields_and_leads_to_where_somebody_was_going(
    client: Client, person: Person
) -> None:
    person()
    shown = client.get("/login/?next=/sources/").content.decode()
    form = shown[shown.index('<form method="post" class="card"') :]
    assert re.findall(r'name="(username|password)"', form) == ["username", "password"]
    assert sign_in(client, next="/sources/")["Location"] == "/sources/"
    assert is_in(client)


@pytest.mark.parametrize("address", ELSEWHERE)
def test_it_leads_to_no_other_host(client: Client, person: Person, address: str) -> None:
    person()
    assert sign_in(client, next=address)["Location"] == "/"
    assert client.get("/login/", {"next": address})["Location"] == "/"


def test_the_session_gets_another_key_and_the_forms_another_token(client: Client, person: Person) -> None:
    person()
    browser = Client()
    planted = browser.session
    planted["planted"] = "1"
    planted.save()
    before = str(planted.session_key)
    browser.cookies["sessionid"] = before
    browser.get("/login/")
    token = browser.cookies["csrftoken"].value
    sign_in(browser)
    assert browser.cookies["sessionid"].value != before
    assert browser.cookies["csrftoken"].value != token
    thief = Client()
    thief.cookies["sessionid"] = before
    assert not is_in(thief)


def test_a_login_without_the_page_s_token_is_refused(person: Person) -> None:
    person()
    stranger = Client(enforce_csrf_checks=True)
    assert sign_in(stranger).status_code == 403
    assert not is_in(stranger)


@pytest.mark.parametrize("path", ["/outlook/", "/logout/", "/account/sessions/end/", "/account/confirm/"])
def test_no_post_of_htmx_or_of_a_form_goes_without_it_either(person: Person, path: str) -> None:
    browser = Client(enforce_csrf_checks=True)
    browser.force_login(person())
    assert browser.post(path, headers={"HX-Request": "true"}).status_code == 403
    assert is_in(browser)


@pytest.mark.parametrize("name", ["ana", "nobody", "closed", "by-sso"])
def test_every_failure_reads_the_same(client: Client, person: Person, name: str) -> None:
    person()
    closed = person("closed")
    closed.is_active = False
    closed.save()
    User.objects.create_user("by-sso")
    password = PASSWORD if name == "closed" else "wrong"
    shown = sign_in(client, name, password).content.decode()
    assert "Usuário ou senha incorretos." in shown
    without = re.sub(r'name="csrfmiddlewaretoken" value="\w+"|value="(ana|nobody|closed|by-sso)"', "", shown)
    other = sign_in(Client(), "somebody", "else").content.decode()
    assert without == re.sub(r'name="csrfmiddlewaretoken" value="\w+"|value="somebody"', "", other)
    assert not is_in(client)


@pytest.mark.parametrize("name", ["ana", "nobody", "by-sso"])
def test_every_failure_takes_the_same_work(
    client: Client, person: Person, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    person()
    User.objects.create_user("by-sso")
    hashed: list[str] = []
    encode = PBKDF2PasswordHasher.encode

    def counted(self: Any, password: str, salt: str, iterations: int | None = None) -> str:
        hashed.append(salt)
        return encode(self, password, salt, iterations)

    monkeypatch.setattr(PBKDF2PasswordHasher, "encode", counted)
    sign_in(client, name, "wrong")
    assert len(hashed) == 1


def test_a_name_may_be_written_in_any_case(client: Client, person: Person) -> None:
    person()
    sign_in(client, "ANA")
    assert is_in(client)


@pytest.mark.parametrize("typed", ["ana\0", "a" * 10_000, " "])
def test_what_is_no_name_is_refused_and_not_looked_for(client: Client, typed: str) -> None:
    assert sign_in(client, typed).status_code == 200


@pytest.mark.parametrize(
    "name",
    [
        "account_signup",
        "account_email",
        "account_reset_password",
        "account_set_password",
        "account_reauthenticate",
        "account_inactive",
        "account_request_login_code",
        "socialaccount_signup",
        "socialaccount_connections",
        "mfa_reauthenticate",
    ],
)
def test_what_is_not_used_has_no_address(name: str) -> None:
    with pytest.raises(NoReverseMatch):
        reverse(name)


def test_no_get_signs_anybody_in_or_out(client: Client, person: Person) -> None:
    person()
    client.get("/login/", {"username": "ana", "password": PASSWORD})
    assert not is_in(client)
    sign_in(client)
    assert client.get("/logout/").status_code == 405
    assert is_in(client)


def test_a_post_of_json_gets_the_page_too(client: Client, person: Person) -> None:
    person()
    answer = client.post("/login/", b"{}", content_type="application/json")
    assert answer["Content-Type"].startswith("text/html")


def test_only_allauth_s_backend_lets_anybody_in(settings: Any) -> None:
    assert [
        f"{AuthenticationBackend.__module__}.{AuthenticationBackend.__name__}"
    ] == settings.AUTHENTICATION_BACKENDS
