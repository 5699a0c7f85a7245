"""A run's page at its end: its sources, who failed and is asked again, what changed, its results as files."""

import re

import pytest
from django.test import Client

from orchestrator import conf
from orchestrator.models import Dossier, Run
from portal.views import runs as views
from tests.fakes import people
from tests.fakes import source as fakes
from tests.integration.portal.conftest import Fakes, Send, page, section
from tests.integration.runs.conftest import Hands, finish, night


def test_each_source_is_told_by_calls_errors_and_what_lacks_it(
    analyst: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = {"RUN_ERROR_BUDGET": 1, "RUN_PAUSES": 1, "RUN_PAUSE_SECONDS": 0.0, "RUN_ATTEMPTS": 1}
    for name, value in {**settings, "RUN_CHUNKS_AT_ONCE": 1, "RUN_PASSES": 1, "BREAKER": False}.items():
        monkeypatch.setattr(conf, name, value)
    fake_sources["capa"].always = fakes.status(500)
    shown = page(analyst, f"/runs/{night(hands).id}/")
    rows = re.findall(r"<tr>(.*?)</tr>", section(shown, "by-source"))[1:]
    alpha, _, capa = ([re.sub(r"<.*?>", " ", cell).split() for cell in row.split("</td>")] for row in rows)
    assert (alpha[1], alpha[2], alpha[3], alpha[5]) == (["7"], ["3"], ["3"], ["0"])
    assert (capa[3], capa[4], capa[5]) == (["0"], ["—"], ["7"])
    assert "erro interno da fonte&nbsp; 2" in " ".join(capa[6])
    assert "seguiu sem esta fonte" in " ".join(capa[6])


def test_who_failed_is_told_with_reasons_and_leads_to_the_dossier(
    analyst: Client, send: Send, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["beta"].people[crowd[1]]["name"] = 7
    failed = section(page(analyst, send(*crowd[:3])), "lacking")
    dossier = Dossier.objects.get(completeness="partial")
    assert f'href="/dossiers/{dossier.pk}/"' in failed
    assert "Beta (bens e rendas): a fonte respondeu algo inválido" in failed
    assert re.search(r'data-label="Linha" class="number">3<', failed)
    assert failed.count("<tr>") == 2


def test_of_many_that_failed_the_page_has_the_first(
    analyst: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    monkeypatch.setattr(views, "SHOWN_AT_MOST", 2)
    for cpf in crowd[:3]:
        fake_sources["beta"].people[cpf]["name"] = 7
    failed = section(page(analyst, f"/runs/{night(hands).id}/"), "lacking")
    assert failed.count('id="lacking-') == 2
    assert "primeiros 2 de 3" in failed


def test_what_failed_is_asked_again_in_a_run_that_leads_back(
    analyst: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["beta"].people[crowd[1]]["name"] = 7
    url = f"/runs/{night(hands).id}/"
    assert "Consultar de novo só o que falhou" in page(analyst, url)
    fake_sources["beta"].people[crowd[1]]["name"] = "Pessoa 1"
    again = analyst.post(f"{url}retry/")["Location"]
    finish(hands, int(again.split("/")[2]))
    assert f'href="{url}"' in page(analyst, again)
    assert f'href="{again}"' in page(analyst, url)


def test_where_nothing_failed_nothing_is_asked_again_and_that_is_said(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    url = f"/runs/{night(hands).id}/"
    assert f"{url}retry/" not in page(analyst, url)
    assert "Não há o que consultar de novo" in analyst.post(f"{url}retry/", follow=True).content.decode()
    assert Run.objects.count() == 1


def test_what_changed_most_is_told_in_declared_words_with_links_to_the_dossiers(
    analyst: Client, hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    changed = people.alpha(crowd[2], name="Pessoa 2", debts=("1000.00", "7.00", "8.00"))
    fake_sources["alpha"].people[crowd[2]] = changed
    moved = section(page(analyst, f"/runs/{night(hands).id}/"), "moved")
    assert re.search(r'Dívidas <span class="muted">Alpha \(dívidas\)</span></td><td class="number">1<', moved)
    dossier = Dossier.objects.get(latest_version=2)
    assert re.search(rf'href="/dossiers/{dossier.pk}/">.*?</a></td><td class="number">2<', moved)


@pytest.mark.parametrize(("chosen", "start"), [("csv", b"\xef\xbb\xbf"), ("xlsx", b"PK"), ("jsonl", b"{")])
def test_results_come_as_files(
    analyst: Client, send: Send, crowd: list[str], chosen: str, start: bytes
) -> None:
    url = send(*crowd[:2])
    assert f'href="{url}results/?format={chosen}" download' in page(analyst, url)
    response = analyst.get(f"{url}results/", {"format": chosen})
    assert response["Content-Disposition"].endswith(f'.{chosen}"')
    assert "no-store" in response["Cache-Control"]
    assert b"".join(response.streaming_content).startswith(start)  # type: ignore[attr-defined]
