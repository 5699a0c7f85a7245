"""How much a page asks of PostgreSQL: no more than so many queries, and no more for more rows."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.fakes import people as told
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import Asked, People
from tests.integration.portal.conftest import Fakes, listing
from tests.integration.portal.looks.pages import PAGES
from tests.integration.portal.looks.world import World, populate
from tests.integration.runs.conftest import Hands, finish

pytestmark = pytest.mark.django_db

MOST = 45
LISTS = {
    "/sources/": "operator",
    "/runs/": "supervisor",
    "/runs/{done}/": "supervisor",
    "/record/": "auditor",
    "/persons/": "privacy_officer",
    "/dossiers/{maria}/": "analyst",
    "/dossiers/{maria}/versions/1/": "analyst",
    "/dossiers/{maria}/diff/?from=1&to=2": "analyst",
}


@pytest.fixture
def world(people: People, asked: Asked, fake_sources: Fakes, hands: Hands) -> World:
    """Without a server: Django's own client opens the pages."""
    return populate(people, asked, fake_sources, hands)


def queries(browser: Client, url: str) -> int:
    """How many a page takes, once what is kept in the process is there."""
    browser.get(url)
    with CaptureQueriesContext(connection) as asked_for:
        browser.get(url)
    return len(asked_for)


def test_every_page_takes_a_bounded_number_of_queries(people: People, world: World) -> None:
    taken = {
        seen.name: queries(people[seen.by], world.path(seen.address))
        for seen in PAGES
        if seen.by in people.by_name and not seen.act
    }
    assert len(taken) > 20
    assert {name: number for name, number in taken.items() if number > MOST} == {}


def test_no_list_takes_more_queries_for_more_rows(
    people: People, world: World, asked: Asked, fake_sources: Fakes, hands: Hands
) -> None:
    def taken() -> dict[str, int]:
        return {path: queries(people[by], world.path(path)) for path, by in LISTS.items()}

    before = taken()
    fake_sources["capa"].people[MARIA] = told.capa(MARIA, values=tuple(20.0 + n for n in range(240)))
    asked()
    for cpf in ("15350946056", "86288366757", "39053344705"):
        form = {"file": listing(cpf, MARIA), "purpose": "collection"}
        finish(hands, int(people["supervisor"].post("/runs/", form)["Location"].split("/")[2]))
        form = {"cpf": cpf, "act": "take_in", "kind": "report", "note": "por carta"}
        people["privacy_officer"].post("/persons/act/", form)
    assert {path: number for path, number in taken().items() if number > before[path]} == {}
