"""The whole stack under attack, and who attacks it."""

import re
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from functools import cache

import pytest
import requests

from tests.stack import Stack

SERVICES = ("alpha", "beta", "capa", "portal")
SOURCES = SERVICES[:3]
# What a client with a token sends JSON to, at each service.
WRITES = {
    "alpha": "/api/customers/",
    "beta": "/api/customers/",
    "capa": "/financial-transactions/",
    "portal": "/api/customers-dossiers/",
}
MOST_SECONDS = 30


@pytest.fixture(scope="session")
def clients(stack: Stack) -> Iterator[dict[str, requests.Session]]:
    """By service a machine client with all its scopes."""
    with ExitStack() as opened:
        yield {service: opened.enter_context(stack.session(service)) for service in SERVICES}


@pytest.fixture
def browsers(stack: Stack) -> Iterator[Callable[[str], requests.Session]]:
    """Who has logged in on the page, by the name of an account of stack.json."""
    with ExitStack() as opened:

        @cache
        def _browser(who: str) -> requests.Session:
            session = opened.enter_context(requests.Session())
            enter(stack, session, **stack.state["accounts"][who])
            return session

        yield _browser


@pytest.fixture
def browser(browsers: Callable[[str], requests.Session]) -> requests.Session:
    """An analyst who has logged in on the page."""
    return browsers("analyst")


def enter(stack: Stack, session: requests.Session, *, username: str, password: str) -> None:
    """Logs in on the page."""
    login = f"{stack.url('portal')}/login/"
    form = {"username": username, "password": password, **hidden(session, login)}
    answer = session.post(login, form, timeout=MOST_SECONDS)
    assert answer.url != login, "the login was refused"


def hidden(session: requests.Session, page: str) -> dict[str, str]:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', session.get(page, timeout=30).text)
    assert found is not None
    return {"csrfmiddlewaretoken": found[1]}
