"""What signing in is like behind the https address of a real installation."""

import os
import re
import subprocess
import sys
from typing import Any

import pytest
from django.test import Client

from ops.engines.processes import built
from ops.stack.config import ROOT
from portal.signing.settings import known_roles
from tests.integration.signing.conftest import PASSWORD, Person, sign_in

PRODUCTION = {"PUBLIC_URL": "https://dossier.example.org", "SECRET_KEY": "k3-" + "aB4_" * 20}
# Where to redirect, and for which other hosts https holds too.
OF_THE_WHOLE_HOST: set[str] = set()
PROXIED = {"X-Forwarded-Proto": "https", "X-Forwarded-For": "10.0.0.7"}


def run(*argv: str, **environ: str) -> "subprocess.CompletedProcess[str]":
    """A program in a process with such settings."""
    names = ("DATABASE_URL", "REDIS_URL", "MONGO_URL", "MASTER_KEYS", "LOOKUP_KEY")
    given = {name: os.environ[name] for name in names}
    everything = built(os.environ, **given, **PRODUCTION, **environ, SERVICE="portal", ENV_FILE=os.devnull)
    return subprocess.run([sys.executable, *argv], cwd=ROOT, env=everything, capture_output=True, text=True)


def test_django_s_check_of_what_is_deployed_has_nothing_to_say_of_signing_in() -> None:
    done = run("manage.py", "check", "--deploy")
    assert done.returncode == 0, done.stderr
    assert set(re.findall(r"^\?: \((.*?)\)", done.stderr, re.MULTILINE)) <= OF_THE_WHOLE_HOST


@pytest.mark.parametrize(
    ("environ", "told"),
    [
        ({"OIDC_ISSUER": "http://login.example.org"}, "OIDC_ISSUER must be an https:// address."),
        ({"OIDC_ISSUER": "https://login.example.org"}, "OIDC_CLIENT_ID is not set."),
        (
            {"MFA_REQUIRED_ROLES": "auditor, supervisors"},
            "MFA_REQUIRED_ROLES: there is no role 'supervisors'",
        ),
        ({"OIDC_DEFAULT_ROLE": "emperor"}, "OIDC_DEFAULT_ROLE: there is no role 'emperor'"),
    ],
)
def test_what_would_be_unsafe_stops_it(environ: dict[str, str], told: str) -> None:
    done = run("manage.py", "check", **environ)
    assert done.returncode != 0
    assert told in done.stderr


def test_roles_may_be_given_with_spaces_between_them() -> None:
    assert known_roles("MFA_REQUIRED_ROLES", "auditor", " supervisor", "") == ["auditor", "supervisor"]


@pytest.mark.django_db
def test_cookies_go_by_https_alone_and_no_script_reads_them(person: Person, settings: Any) -> None:
    settings.SESSION_COOKIE_SECURE = settings.CSRF_COOKIE_SECURE = True
    settings.SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    person()
    browser = Client(headers=PROXIED)
    browser.get("/login/")
    sign_in(browser)
    for name in ("sessionid", "csrftoken"):
        cookie = browser.cookies[name]
        assert (cookie["secure"], cookie["httponly"], cookie["samesite"]) == (True, True, "Lax")


@pytest.mark.django_db
def test_a_login_leads_to_no_address_without_https(person: Person) -> None:
    person()
    form = {"username": "ana", "password": PASSWORD}
    browser = Client()
    for given, leads_to in {
        "http://testserver/runs/": "/",
        "https://testserver/runs/": "https://testserver/runs/",
    }.items():
        answer = browser.post("/login/", form | {"next": given}, secure=True)
        assert answer["Location"] == leads_to
