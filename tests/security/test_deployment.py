"""With a production's settings Django has nothing to remark, and a service does what HTTPS asks for."""

import secrets
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
import requests

from tests.security.conftest import MOST_SECONDS, SERVICES
from tests.stack import ROOT, Stack, eventually, free_ports

pytestmark = pytest.mark.e2e

PUBLIC = "dossier.example.org"


def production(stack: Stack, service: str) -> dict[str, str]:
    """The settings of the stack, and those that an installation behind a proxy gives."""
    told = (stack.folder / "stack.env").read_text().splitlines()
    given = {name: value.strip("\"'") for name, _, value in (line.partition("=") for line in told)}
    names = ("PUBLIC_URL", "ALPHA_PUBLIC_URL", "BETA_PUBLIC_URL", "CAPA_PUBLIC_URL")
    public = dict.fromkeys(names, f"https://{PUBLIC}")
    hosts = {"ALLOWED_HOSTS": f"{PUBLIC},127.0.0.1", "FAULT_DRILL": "", "SERVICE": service}
    return {**stack.environ, **given, **public, **hosts, "SECRET_KEY": secrets.token_urlsafe(60)}


@pytest.mark.parametrize("service", SERVICES)
def test_django_s_deployment_checks_find_nothing(stack: Stack, service: str) -> None:
    command = [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"]
    environ = production(stack, service) | {"PYTHONWARNINGS": "error"}
    ended = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60)
    assert ended.returncode == 0, ended.stderr
    assert "no issues" in ended.stdout


@pytest.mark.parametrize("service", SERVICES)
def test_plain_http_is_sent_to_https_which_is_said_to_hold_for_a_year(stack: Stack, service: str) -> None:
    with served(stack, service) as url:
        page = "/login/" if service == "portal" else "/api/docs/"
        plain = ask(url, page)
        assert (plain.status_code, plain.headers["Location"]) == (301, f"https://{PUBLIC}{page}")
        assert "Set-Cookie" not in plain.headers
        secure = ask(url, page, **{"X-Forwarded-Proto": "https"})
        assert secure.status_code == 200
        assert secure.headers["Strict-Transport-Security"] == "max-age=31536000; includeSubDomains"
        if service == "portal":
            cookies = secure.raw.headers.getlist("Set-Cookie")
            assert cookies
            assert all("Secure" in cookie and "HttpOnly" in cookie for cookie in cookies), cookies
        for path in ("/healthz", "/readyz"):
            assert ask(url, path).status_code == 200
        forged = ask(url, page, **{"X-Forwarded-Proto": "https", "Host": "evil.example"})
        assert forged.status_code == 400


def ask(url: str, path: str, **headers: str) -> requests.Response:
    """A GET as a proxy passes it on."""
    told = {"Host": PUBLIC, **headers}
    return requests.get(url + path, headers=told, timeout=MOST_SECONDS, allow_redirects=False)


@contextmanager
def served(stack: Stack, service: str) -> Iterator[str]:
    """A process of the service beside the stack's, with a production's settings."""
    (port,) = free_ports(1)
    package = service if service == "portal" else f"sources.{service}"
    command = [
        sys.executable,
        "-m",
        "gunicorn",
        "-c",
        "ops/service/gunicorn.py",
        f"{package}.wsgi:application",
    ]
    command += ["--bind", f"127.0.0.1:{port}", "--threads", "2", "--no-control-socket"]
    url = f"http://127.0.0.1:{port}"

    def answers() -> bool:
        try:
            return ask(url, "/healthz").status_code == 200
        except requests.ConnectionError:
            assert process.poll() is None, "it did not start"
            return False

    process = subprocess.Popen(command, cwd=ROOT, env=production(stack, service), stderr=subprocess.DEVNULL)
    try:
        eventually(answers, seconds=60, every=0.2)
        yield url
    finally:
        process.terminate()
        process.wait(timeout=30)
