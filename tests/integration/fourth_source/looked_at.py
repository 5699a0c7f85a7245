"""Run by `test_fourth_source` in a copy of the code to which Epsilon was added."""

from collections.abc import Iterator
from decimal import Decimal

import pytest
from django.conf import settings
from django.test import Client

from orchestrator import dispatch, dossiers
from orchestrator.models import DossierRequest
from orchestrator.requests import building
from portal.access.models import Following
from portal.payloads import dossier_json
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, serving
from tests.integration.portal.conftest import person

POLICY = {"insurer": "Boa Sorte", "until": "2027-01-31", "premium": "1234.5"}


@pytest.fixture
def dossier_id(
    db: None, fake_sources: dict[str, FakeSource], monkeypatch: pytest.MonkeyPatch
) -> Iterator[int]:
    """Maria's dossier, built from four sources."""
    monkeypatch.setattr(dispatch, "send_build", lambda *_: True)
    item = {"id": 1, "cpf": MARIA, "nickname": "Mari", "policies": [POLICY]}
    with serving(FakeSource("epsilon", people={MARIA: item})) as epsilon:
        for name, value in (("URL", epsilon.url), ("CLIENT_ID", "x"), ("CLIENT_SECRET", "x")):
            monkeypatch.setenv(f"SOURCE_EPSILON_{name}", value)
        accepted = dossiers.request(cpf=MARIA, purpose="credit_analysis", owner="user:1")
        ask = DossierRequest.objects.get(pk=accepted.request_id)
        for fetch in ask.build.fetches.all():
            building.fetch(fetch.pk)
        building.finish(ask.build_id)
        assert dossiers.status(ask.pk).state == "complete"
        yield accepted.dossier_id


def test_the_api_answers_the_new_section(dossier_id: int) -> None:
    view = dossiers.load(dossier_id)
    assert view.blocks["epsilon"].sections["policies"][0]["premium"] == Decimal("1234.50")
    answer = dossier_json.dossier(view, dossiers.sources())
    assert answer["policies"] == [{"insurer": "Boa Sorte", "until": "2027-01-31", "premium": "1234.50"}]
    assert answer["totals"]["policies"] == "1234.50"
    assert answer["nickname"] == "Mari"
    assert answer["blocks"]["epsilon"]["presence"] == "found"


PORTUGUESE = "Epsilon (seguros)|Apólices de seguro|Seguradora|Vigente até|Prêmio|Apelido|Boa Sorte|31/01/2027"
ENGLISH = "Epsilon (insurance)|Insurance policies|Insurer|Valid until|Premium|Nickname|Boa Sorte"


@pytest.mark.parametrize(("language", "words"), [("pt-br", PORTUGUESE), ("en", ENGLISH)])
def test_the_page_shows_its_columns_and_labels(dossier_id: int, language: str, words: str) -> None:
    browser = Client(SERVER_NAME="localhost")
    user = person("analyst", name="analyst")
    Following.objects.create(owner=f"user:{user.pk}", dossier_id=dossier_id, from_version=1)
    browser.force_login(user)
    browser.cookies[settings.LANGUAGE_COOKIE_NAME] = language
    page = browser.get(f"/dossiers/{dossier_id}/").content.decode()
    assert [word for word in words.split("|") if word not in page] == []
