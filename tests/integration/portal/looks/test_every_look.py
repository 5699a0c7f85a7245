"""Every page of ours in Chromium: axe finds nothing, no width scrolls sideways; pictures of all are kept."""

import os
import re
from collections.abc import Iterable
from pathlib import Path

import pytest
from axe_playwright_python.base import AXE_SCRIPT
from playwright.sync_api import Page, Route

from ops.quality import slow
from tests.integration.portal.access.test_matrix import OPEN
from tests.integration.portal.access.test_matrix import PAGES as ROUTES
from tests.integration.portal.looks.conftest import HIGH, WIDE, Theme, Visitors
from tests.integration.portal.looks.pages import PAGES, PROBLEMS, Seen, problem

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]

LANGUAGES = ("pt-br", "en")
THEMES: tuple[Theme, ...] = ("light", "dark")
WIDTHS = (1440, 768, 360, 320)  # 320 is 1280 at 400 % (WCAG 1.4.10)
# Files, and what only redirects or is no page.
NO_PAGES = {"runs/<int:run_id>/results/", "logout/", "setlang/", "session/", "sso/", "sso/callback/"}
NO_PAGES |= {"dossiers/<int:dossier_id>/versions/<int:number>/export/", "followed/news/"}  # a file; a part
OPTIONS = {"rules": {"target-size": {"enabled": True}}}  # WCAG 2.2's, which axe leaves out unless asked
# What betrays a sentence, a number or a date in the other language, once what is data is left out.
BETRAYS = {
    "en": re.compile(
        r"[ãáâàéêíóõôúç]|\b(de|da|dos|das|para|com|sem|uma|foi|em|por)\b"
        r"|R\$|(?<![\d.])\d{1,3}\.\d{3}(?![\d.-])|\b\d\d/\d\d/\d{4}\b",
        re.IGNORECASE,
    ),
    "pt-br": re.compile(r"\b(the|of|and|with|for|is|was|not|by|to|are|from|BRL)\b", re.IGNORECASE),
}
DATA = re.compile(
    "Maria da Silva( e Souza)?|Rua das Flores, 10|Salário|Crédito|A dívida de 2018|por carta"
    "|São Paulo|[Mm]ínimo existencial|comprometimento de renda|11.150/2022|11.567/2023"
    "|a pedido da pessoa|Entregue em mãos|Português|Lei 12.414|Decreto 9.936"
)
AXE = "async options => (await axe.run(document, options)).violations"


def test_every_page_is_looked_at() -> None:
    pages = {route for route, (method, _) in ROUTES.items() if method == "GET"}
    pages |= {route for route in OPEN if not route.startswith(("api/", "healthz", "readyz"))}
    assert {seen.route for seen in PAGES} == pages - NO_PAGES


def test_no_page_breaks_a_rule_of_axe_or_scrolls_sideways(visitors: Visitors) -> None:
    """Each page once, its language and its theme in turns."""
    turns = [(language, theme) for language in LANGUAGES for theme in THEMES]
    found = []
    for number, seen in enumerate(PAGES):
        language, theme = turns[number % len(turns)]
        found += _look(visitors, seen, language, theme)
    assert not found, "\n".join(found)


@pytest.mark.slow("every page in both languages and both themes takes minutes")
@pytest.mark.parametrize("theme", THEMES)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_whole_matrix(visitors: Visitors, language: str, theme: Theme) -> None:
    found = [each for seen in PAGES for each in _look(visitors, seen, language, theme)]
    found += [each for name in PROBLEMS for each in _problem(visitors, name, language, theme)]
    assert not found, "\n".join(found)


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pages_that_nobody_comes_to_at_will(visitors: Visitors, language: str) -> None:
    theme = THEMES[LANGUAGES.index(language)]
    found = [each for name in PROBLEMS for each in _problem(visitors, name, language, theme)]
    assert not found, "\n".join(found)


def _look(visitors: Visitors, seen: Seen, language: str, theme: Theme) -> list[str]:
    with visitors.visit(seen.by, language=language, theme=theme) as page:
        page.goto(visitors.world.path(seen.address))
        if seen.act:
            seen.act(page)
        return [
            f"{seen.name} {language} {theme}: {told}"
            for told in _judge(page, f"{seen.name}-{language}-{theme}")
        ]


def _problem(visitors: Visitors, name: str, language: str, theme: Theme) -> list[str]:
    def answer(route: Route) -> None:
        route.fulfill(body=problem(name, language), content_type="text/html; charset=utf-8")

    with visitors.visit("", language=language, theme=theme) as page:
        page.route("**/a-problem/", answer)
        page.goto("/a-problem/")
        picture = f"error-{name.removeprefix('portal/')}-{language}-{theme}"
        return [f"{name} {language} {theme}: {told}" for told in _judge(page, picture)]


def _judge(page: Page, picture: str) -> Iterable[str]:
    """What is wrong with a page: what it says, and at each width how it looks."""
    yield from _foreign(page)
    page.evaluate(AXE_SCRIPT)  # by the debugger's way: the page's policy lets no script in
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": HIGH})
        if folder := _pictures():
            page.screenshot(path=folder / f"{picture}-{width}.png", full_page=True)
        if page.evaluate("document.documentElement.scrollWidth > document.documentElement.clientWidth"):
            yield f"scrolls sideways at {width}"
        if width in (WIDE, 360):
            yield from _violations(page, width)


def _foreign(page: Page) -> Iterable[str]:
    """Lines that are in the other language than the page, also those that only a reader's ear meets."""
    text = page.evaluate(
        "[document.title, document.body.textContent,"
        " ...[...document.querySelectorAll('[aria-label],[title],[placeholder],[data-label]')]"
        ".flatMap(each => [each.ariaLabel, each.title, each.placeholder, each.dataset.label])].join('\\n')"
    )
    betrays = BETRAYS["en" if page.locator("html").get_attribute("lang") == "en" else "pt-br"]
    for line in {" ".join(line.split()) for line in DATA.sub("", text).splitlines()}:
        if betrays.search(line):
            yield f"says {line[:120]!r}"


def _violations(page: Page, width: int) -> Iterable[str]:
    for broken in page.evaluate(AXE, OPTIONS):
        for node in broken["nodes"]:
            yield f"{broken['id']} at {width}: {node['html'][:160]} ({node['failureSummary']})"


def _pictures() -> Path | None:
    """Where pictures are kept, beside the engines of the tests: under `ops/test --all`."""
    if not slow.is_wanted():
        return None
    folder = Path(os.environ["STACK_DIR"]) / "pictures"
    folder.mkdir(exist_ok=True)
    return folder
