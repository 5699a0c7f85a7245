"""Somebody with an ordinary account who tries for more, and what there is to be tried for."""

import sys
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
import requests

from fixtures import cast
from tests.security import walking
from tests.security.conftest import MOST_SECONDS, enter, hidden
from tests.security.walking import Things
from tests.stack import Analyst, Stack

Browsers = Callable[[str], requests.Session]
GUESSES = 50  # in a quarter of an hour, as the setting's default says
DOSSIER = ("", "versions/1/", "diff/", "diff/?from=1&to=1")
# What anybody might send along, in the hope that some of it is taken.
OVER_EVERYTHING = {
    "owner": "user:1",
    "team": "team:1",
    "state": "complete",
    "over_everybody": "true",
    "standing_version": "0",
    "from_version": "0",
    "basis": "all",
    "run_id": "1",
    "id": "1",
}


class Insider:
    """Somebody's browser, as they misuse it."""

    def __init__(self, stack: Stack, session: requests.Session) -> None:
        self.base, self.session = stack.url("portal"), session

    def get(self, path: str, **told: str) -> requests.Response:
        """Follows no redirect."""
        url = self.base + path
        return self.session.get(url, headers=told, timeout=MOST_SECONDS, allow_redirects=False)

    def post(self, path: str, form: Mapping[str, object] | None = None, **more: object) -> requests.Response:
        """With the token that a page's forms carry."""
        token = self.session.cookies.get("csrftoken") or hidden(self.session, f"{self.base}/account/")
        form = {**(form or {}), **({"csrfmiddlewaretoken": token} if isinstance(token, str) else token)}
        url = self.base + path
        return self.session.post(url, form, timeout=MOST_SECONDS, allow_redirects=False, **more)  # type: ignore[arg-type]


@pytest.fixture
def insider(stack: Stack, browsers: Browsers) -> Callable[[str], Insider]:
    return lambda who: Insider(stack, browsers(who))


@pytest.fixture
def stranger(stack: Stack) -> Insider:
    """An analyst of no team, with an account of their own: what they guess locks nobody else out."""
    name = f"curiosa-{uuid4().hex[:8]}"
    return made(stack, name, "analyst")


def made(stack: Stack, name: str, *roles: str) -> Insider:
    """A new account with these roles, logged in."""
    granted = [part for role in roles for part in ("--role", role)]
    command = (sys.executable, "manage.py", "create_user", name, *granted, "--generate")
    account = stack.run(*command, SERVICE="portal")
    assert account.returncode == 0, account.stderr[-2000:]
    session = requests.Session()
    enter(stack, session, username=name, password=account.stdout.strip().splitlines()[-1])
    return Insider(stack, session)


@pytest.fixture(scope="module")
def things(analyst: Analyst) -> Things:
    """A machine client's dossier, request and run: no person's."""
    return walking.made(analyst)


@pytest.fixture
def asked(stack: Stack, insider: Callable[[str], Insider]) -> Things:
    """The analyst's own dossier and request, and a run of the supervisor's of the same team."""
    wait = insider("analyst").post("/", {"cpf": cast.MARIA.cpf, "purpose": "collection"})
    assert wait.status_code == 302, wait.text
    request = wait.headers["Location"].split("/")[2]
    listed = insider("supervisor").post(
        "/runs/", {"purpose": "collection"}, files={"file": ("l.csv", f"cpf\n{cast.MARIA.cpf}\n".encode())}
    )
    assert listed.status_code == 302, listed.text
    (dossier,) = rows(
        stack,
        "select build.dossier_id from orchestrator_dossierrequest as asked"
        " join orchestrator_build as build on build.id = asked.build_id where asked.id = %s",
        request,
    )
    return Things(dossier=dossier[0], request=request, run=int(listed.headers["Location"].split("/")[2]))


def rows(stack: Stack, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """What the portal's database holds."""
    connection = psycopg2.connect(stack.state["engines"]["database_url"] + "delta_db")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    finally:
        connection.close()
