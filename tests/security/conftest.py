"""The whole stack under attack, and who attacks it."""

import re
from collections.abc import Iterator
from contextlib import ExitStack

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
def browser(stack: Stack) -> Iterator[requests.Session]:
    """An analyst who has logged in on the page."""
    with requests.Session() as session:
        login = f"{stack.url('portal')}/login/"
        state = stack.state
        form = {"username": state["portal_user"], "password": state["portal_password"]}
        answer = session.post(login, {**form, **hidden(session, login)}, timeout=MOST_SECONDS)
        assert answer.url != login, "the login was refused"
        yield session


def hidden(session: requests.Session, page: str) -> dict[str, str]:
    """The token that a page's forms carry."""
    found = re.search(r'name="csrfmiddlewaretoken" value="(\w+)"', session.get(page, timeout=30).text)
    assert found is not None
    return {"csrfmiddlewaretoken": found[1]}
