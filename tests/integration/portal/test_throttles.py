"""Who opens too many pages, or asks too often for what is not theirs, is told when to come back."""

import pytest
from django.test import Client
from pytest_django import Settings

from ops.service.access import counters
from ops.service.access.counters import Memory
from portal import throttles
from portal.throttles import Guesses, guesses
from tests.integration.portal.conftest import ASK, DOSSIERS, HTMX, Fakes, Machine, page, person, post
from tests.logs import captured

TOLD = "Foram pedidos demais em pouco tempo. Tente de novo em"


@pytest.fixture(autouse=True)
def _counted_here(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    """Users have the same numbers in each run of these tests, which Redis would still know."""
    settings.LIMITS_REDIS_URL = ""
    monkeypatch.setattr(counters, "memory", Memory())
    monkeypatch.setattr(guesses, "_until", {})


def user_of(analyst: Client) -> str:
    return f"user:{analyst.session['_auth_user_id']}"


class TestPages:
    @pytest.fixture(autouse=True)
    def _two_a_minute(self, settings: Settings) -> None:
        settings.PAGES_PER_MINUTE = 2

    def test_who_opens_too_many_is_told_so_on_a_page(self, analyst: Client, fake_sources: Fakes) -> None:
        assert [analyst.get("/").status_code for _ in range(2)] == [200, 200]
        refused = analyst.get("/")
        assert refused.status_code == 429
        assert 0 < int(refused["Retry-After"]) <= 60
        assert TOLD in refused.content.decode()
        assert "no-store" in refused["Cache-Control"]
        analyst.post("/setlang/", {"language": "en", "next": "/"})
        assert "That was too many requests in a short time." in analyst.get("/").content.decode()

    def test_polls_and_posts_count_and_nothing_is_done_any_more(
        self, analyst: Client, fake_sources: Fakes
    ) -> None:
        analyst.get("/")
        analyst.get("/sources/", headers=HTMX)
        assert analyst.post("/", {"cpf": ASK["cpf"], "purpose": "collection"}).status_code == 429

    def test_another_user_and_the_login_are_not_put_off(self, analyst: Client, fake_sources: Fakes) -> None:
        while analyst.get("/").status_code == 200:
            pass
        other = Client()
        assert other.get("/login/").status_code == 200
        other.force_login(person("analyst", name="outra"))
        assert page(other, "/")

    def test_what_an_analyst_opens_is_none_of_what_clients_ask(
        self, analyst: Client, api: Client, fake_sources: Fakes
    ) -> None:
        while analyst.get("/").status_code == 200:
            pass
        assert post(api, DOSSIERS, ASK).status_code == 202


class TestGuesses:
    @pytest.fixture(autouse=True)
    def _two(self, settings: Settings) -> None:
        settings.GUESSES = 2

    def test_a_client_that_guesses_is_put_off_everywhere_and_polls_too(
        self, api: Client, machine: Machine, fake_sources: Fakes
    ) -> None:
        url = post(api, DOSSIERS, ASK).json()["status_url"]
        mine = owner_of(api)
        log = captured()
        guesses.note(mine)
        assert api.get(url).status_code == 200
        guesses.note(mine)
        for refused in (api.get(url), post(api, DOSSIERS, ASK), api.get(f"{DOSSIERS}1/")):
            assert (refused.status_code, refused.json()["code"]) == (429, "throttled")
            assert 0 < int(refused["Retry-After"]) <= 900
        assert [line["owner"] for line in log() if line["event"] == "guesses.too_many"] == [mine]
        assert machine("dossier:read", "dossier:all").get(url).status_code == 200

    def test_an_analyst_who_guesses_is_told_so_on_a_page(self, analyst: Client, fake_sources: Fakes) -> None:
        for _ in range(2):
            assert analyst.get("/").status_code == 200
            guesses.note(user_of(analyst))
        refused = analyst.get("/")
        assert refused.status_code == 429
        assert TOLD in refused.content.decode()

    def test_it_ends(self, analyst: Client, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch) -> None:
        clock = Clock()
        monkeypatch.setattr(counters, "time", clock)
        monkeypatch.setattr(throttles, "time", clock)
        for _ in range(2):
            guesses.note(user_of(analyst))
        clock.now += 899
        assert analyst.get("/").status_code == 429
        clock.now += 1
        assert analyst.get("/").status_code == 200

    def test_another_process_learns_of_it_with_the_next_guess(self) -> None:
        other = Guesses()
        guesses.note("client:a")
        guesses.note("client:a")
        assert (guesses.seconds_left("client:a") > 0, other.seconds_left("client:a")) == (True, 0)
        other.note("client:a")
        assert other.seconds_left("client:a") > 0


class Clock:
    """The monotonic clock, in a test's hands."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


def owner_of(api: Client) -> str:
    """A machine's token is its id, in these tests."""
    return "client:" + api.defaults["HTTP_AUTHORIZATION"].removeprefix("Bearer ")
