"""What readers ask of their system holds here: less motion, colours of their own, a keyboard alone."""

import pytest
from playwright.sync_api import expect

from tests.integration.portal.looks.conftest import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOVING = "document.getAnimations().filter(each => each.playState === 'running').length"


def test_nothing_moves_for_who_asks_for_less_motion(visitors: Visitors) -> None:
    with visitors.visit("supervisor") as page:
        page.goto(visitors.world.path("/runs/{moving}/"))
        page.emulate_media(reduced_motion="no-preference")
        assert page.evaluate(MOVING) > 0
        page.emulate_media(reduced_motion="reduce")
        assert page.evaluate(MOVING) == 0


def test_what_colour_tells_has_a_line_where_the_system_paints(visitors: Visitors) -> None:
    with visitors.visit("supervisor") as page:
        page.goto(visitors.world.path("/runs/{done}/"))
        border = "getComputedStyle(document.querySelector('.tally, .badge, progress')).borderTopStyle"
        page.emulate_media(forced_colors="active")
        assert page.evaluate(border) == "solid"


def test_the_keyboard_goes_through_a_page_from_the_top_and_may_skip_to_its_main_part(
    visitors: Visitors,
) -> None:
    with visitors.visit("supervisor") as page:
        page.goto("/account/")
        page.keyboard.press("Tab")
        skip = page.get_by_role("link", name="Ir para o conteúdo")
        expect(skip).to_be_focused()
        expect(skip).to_be_in_viewport()
        page.keyboard.press("Enter")
        expect(page.locator("#main")).to_be_focused()
        page.keyboard.press("Tab")
        expect(page.get_by_role("main").get_by_role("link").first).to_be_focused()
        assert page.locator("[tabindex]:not([tabindex='0'], [tabindex='-1'])").count() == 0
