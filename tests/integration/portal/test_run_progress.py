"""A run's page while it moves: what a poll brings, the buttons that steer it, and why it paused."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

import pytest
from django.db import connections
from django.db.models.functions import Now
from django.test import Client
from playwright.sync_api import Page, expect

from orchestrator import conf, runs
from orchestrator.models import Run
from tests.integration.portal.conftest import HTMX, Fakes, mine, number, page, paused_by_itself
from tests.integration.runs.conftest import Hands, finish, night

Result = TypeVar("Result")


def until_three_are_done(hands: Hands, run_id: int) -> None:
    """Works a run off as far as its first chunk, once it knows everybody who is in it."""
    hands.work(until=lambda: runs.status(run_id).totals.done >= 3 and not runs.status(run_id).planning)


def apart(work: Callable[[], Result]) -> Result:
    """Works in a thread of its own: in the test's, Playwright's loop keeps Django from its database."""

    def worked() -> Result:
        try:
            return work()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(max_workers=1) as pool:
        return pool.submit(worked).result()


def test_a_run_under_way_tells_its_progress_and_that_it_still_lists(
    analyst: Client, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    run_id = runs.refresh(owner=mine())
    listing_ = page(analyst, f"/runs/{run_id}/")
    assert "ainda listando" in listing_
    assert re.search(r'<progress aria-label="Andamento"></progress>', listing_)
    until_three_are_done(hands, run_id)
    shown = page(analyst, f"/runs/{run_id}/")
    assert '<progress aria-label="Andamento" value="3" max="7"></progress>' in shown
    assert "3 de 7" in shown
    assert number(shown, "Por fazer") == "4"
    assert "ainda listando" not in shown


def test_a_poll_brings_the_moving_part_alone_and_only_once_something_moved(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner=mine())
    url = f"/runs/{run_id}/?seen=running"
    first = analyst.get(url, headers=HTMX)
    assert "<html" not in first.content.decode()
    assert 'id="controls"' not in first.content.decode()
    unmoved = analyst.get(url, headers={**HTMX, "If-None-Match": first["ETag"]})
    assert (unmoved.status_code, unmoved.content) == (304, b"")
    hands.work()
    assert analyst.get(url, headers={**HTMX, "If-None-Match": first["ETag"]}).status_code == 200


def test_a_poll_in_the_other_language_is_another_version(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    url = f"/runs/{runs.refresh(owner=mine())}/"
    etag = analyst.get(url, headers=HTMX)["ETag"]
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    assert analyst.get(url, headers={**HTMX, "If-None-Match": etag}).status_code == 200


def test_a_poll_that_finds_another_state_brings_what_can_be_done_now(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner=mine())
    runs.pause(run_id)
    moved = analyst.get(f"/runs/{run_id}/?seen=running", headers=HTMX).content.decode()
    assert re.search(r'<div id="controls"[^>]*hx-swap-oob="true"', moved)
    assert f"/runs/{run_id}/resume/" in moved


def test_a_run_that_has_ended_is_polled_no_more(analyst: Client, hands: Hands, crowd: list[str]) -> None:
    shown = page(analyst, f"/runs/{night(hands).id}/")
    assert ("hx-get" in shown, "runs.js" in shown, "<noscript>" in shown) == (False, False, False)


def test_a_run_is_paused_resumed_and_cancelled_by_buttons(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner=mine())
    url = f"/runs/{run_id}/"
    assert f'action="{url}pause/"' in page(analyst, url)
    paused = analyst.post(f"{url}pause/", follow=True).content.decode()
    assert "até alguém retomar" in paused
    assert f'action="{url}resume/"' in paused
    assert "em andamento" in analyst.post(f"{url}resume/", follow=True).content.decode()
    shown = page(analyst, url)
    assert re.search(rf'<details class="confirm">.*action="{url}cancel/".*Cancelar de vez.*</details>', shown)
    cancelled = analyst.post(f"{url}cancel/", follow=True).content.decode()
    assert "cancelada" in cancelled
    assert f'action="{url}pause/"' not in cancelled


def test_a_run_that_paused_by_itself_says_for_whom_and_until_when(
    analyst: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = paused_by_itself(hands, fake_sources, monkeypatch)
    shown = page(analyst, f"/runs/{run_id}/")
    assert re.search(r"Pausada por causa de Capa \(transações\).*retoma sozinha às \d\d:\d\d:\d\d\.", shown)
    assert "6 CPFs que falharam serão consultados de novo antes do fim." in shown
    fake_sources["capa"].always = None
    Run.objects.update(resume_at=Now())
    finish(hands, run_id)


@pytest.mark.browser
def test_a_run_s_page_brings_itself_up_to_date_to_the_end_and_leaves_an_open_question_open(
    browsing: Page, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    run_id = apart(lambda: runs.refresh(owner=mine()))
    browsing.clock.install()
    browsing.goto(f"/runs/{run_id}/")
    browsing.locator("summary").click()
    apart(lambda: until_three_are_done(hands, run_id))
    browsing.clock.fast_forward(2_000)
    expect(browsing.locator(".bar")).to_contain_text("3 de 7")
    expect(browsing.get_by_role("button", name="Cancelar de vez")).to_be_visible()
    expect(browsing.locator("#announcement")).to_have_text("em andamento: 40 % feitos.")
    apart(lambda: finish(hands, run_id))
    browsing.clock.fast_forward(10_000)
    expect(browsing.locator(".headline")).to_contain_text("concluída")
    expect(browsing.locator("#announcement")).to_have_text("concluída.")
    expect(browsing.get_by_role("button", name="Pausar")).to_have_count(0)
