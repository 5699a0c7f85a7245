"""What a first visit costs: under 100 KiB in all, of this host alone, and nothing inline is let in."""

import gzip

import pytest
from playwright.sync_api import Response

from tests.integration.portal.looks.conftest import Visitors

pytestmark = [pytest.mark.browser, pytest.mark.django_db(transaction=True)]
MOST = 100 * 1024
FIRST = {"login": ("", "/login/"), "home": ("analyst", "/"), "dossier": ("analyst", "/dossiers/{maria}/")}


@pytest.mark.parametrize("name", FIRST)
def test_a_first_visit_is_light_and_asks_no_other_host(visitors: Visitors, name: str) -> None:
    by, path = FIRST[name]
    answers: list[Response] = []
    with visitors.visit(by) as page:
        page.on("response", lambda answer: answers.append(answer))
        page.goto(visitors.world.path(path), wait_until="networkidle")
        # As a proxy compresses them; the service itself sends them as they are.
        weights = {answer.url: len(gzip.compress(answer.body(), 6)) for answer in answers}
        policy = answers[0].header_value("content-security-policy") or ""
    assert len(answers) >= 4, weights
    assert all(url.startswith(visitors.base) for url in weights), weights
    assert sum(weights.values()) < MOST, weights
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
