"""The page of all runs: each with its owner and numbers, older ones, a button that refreshes everybody."""

import re
from datetime import date, timedelta

import pytest
from django.db.models import F
from django.test import Client

from ops.service.models import ApiClient
from orchestrator import runs
from orchestrator.models import Run
from portal.presenting.runs import run_details
from portal.views import runs as views
from tests.integration.portal.conftest import Fakes, Send, page
from tests.integration.runs.conftest import Hands, finish, night


def test_there_may_be_no_run_yet(analyst: Client) -> None:
    assert "Ainda não houve nenhuma consulta em lote." in page(analyst, "/runs/")


def test_every_page_leads_to_the_runs(analyst: Client) -> None:
    assert 'href="/runs/"' in page(analyst, "/")


def test_everybody_is_refreshed_at_a_button_and_a_second_click_goes_to_the_same_run(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    first = analyst.post("/runs/refresh/")
    second = analyst.post("/runs/refresh/", follow=True)
    assert second.redirect_chain[0][0] == first["Location"]
    assert "Já havia uma atualização de todos em andamento" in second.content.decode()
    assert Run.objects.get().owner == f"user:{analyst.session['_auth_user_id']}"
    finish(hands, Run.objects.get().pk)
    assert "Já havia" not in page(analyst, first["Location"])


def test_the_list_of_runs_has_each_with_its_kind_state_owner_and_numbers(
    analyst: Client, send: Send, hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    runs.refresh(owner="clock")
    Run.objects.update(business_date=date(2026, 11, 25))
    finish(hands, Run.objects.get().pk)
    send(crowd[0])
    rows = re.findall(r"<tr>(.*?)</tr>", page(analyst, "/runs/"))[1:]
    assert [re.findall(r'<a id="run-\d+"[^>]*>(.*?)</a>', row) for row in rows] == [
        ["Lista de CPFs"],
        ["Noturna de 25/11/2026"],
    ]
    assert ["por analista" in rows[0], "por o relógio" in rows[1]] == [True, True]
    assert "concluída" in rows[1]
    assert re.search(r"novos&nbsp;<b[^>]*>7</b>", rows[1])
    assert "falharam" not in rows[1]


def test_older_runs_are_a_link_away(
    analyst: Client, send: Send, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "A_PAGE", 1)
    older, newer = send(crowd[0]), send(crowd[1])
    first = page(analyst, "/runs/")
    assert (f'href="{newer}"' in first, f'href="{older}"' in first) == (True, False)
    link = re.search(r'href="(\?before=\d+)"', first)
    assert link is not None
    second = page(analyst, f"/runs/{link[1]}")
    assert f'href="{older}"' in second
    assert '<form method="post" enctype' not in second
    assert f'href="{newer}"' in page(analyst, "/runs/?before=x")


def test_owners_are_told_by_name(analyst: Client) -> None:
    machine = ApiClient.objects.create(name="conciliação")
    user = f"user:{analyst.session['_auth_user_id']}"
    owners = [user, f"client:{machine.client_id}", "clock", "terminal", "user:0", "x"]
    told_by = run_details.owner_names(owners)
    assert told_by == {
        user: "analista",
        f"client:{machine.client_id}": "conciliação",
        "clock": "o relógio",
        "terminal": "terminal",
        "user:0": "user:0",
        "x": "x",
    }


def test_a_page_of_runs_that_have_all_ended_is_not_polled(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    night(hands)
    assert "hx-get" not in page(analyst, "/runs/")
    runs.refresh(owner="clock")
    assert 'hx-get="/runs/"' in page(analyst, "/runs/")


def test_before_everybody_is_renewed_it_is_told_how_many_that_is_and_how_long_it_may_take(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    assert 'href="/runs/everybody/"' in page(analyst, "/runs/")
    assert 'action="/runs/refresh/"' not in page(analyst, "/runs/")
    first = page(analyst, "/runs/everybody/")
    assert "não se sabe: todos ainda não foram atualizados nenhuma vez" in first
    night(hands)
    Run.objects.update(created_at=F("finished_at") - timedelta(minutes=7))
    asked = page(analyst, "/runs/everybody/")
    assert re.search(r"Pessoas com dossiê</dt><dd[^>]*>7<", asked)
    assert "cerca de 7 min" in asked
    assert "7 CPFs em 7 min" in asked
    assert re.search(r'action="/runs/refresh/".*csrfmiddlewaretoken', asked)
    assert Run.objects.count() == 1  # nothing was begun by asking


def test_while_everybody_is_renewed_nobody_is_asked_again(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner="clock")
    asked = page(analyst, "/runs/everybody/")
    assert f'href="/runs/{run_id}/"' in asked
    assert 'action="/runs/refresh/"' not in asked
    finish(hands, run_id)


def test_a_complete_run_says_beside_its_state_that_rows_were_refused(
    analyst: Client, send: Send, crowd: list[str]
) -> None:
    url = send(crowd[0], crowd[0], "123", "abc")
    for where in (url, "/runs/"):
        shown = page(analyst, where)
        assert "concluída" in shown
        assert "2 linhas recusadas" in shown
    assert "recusada" not in page(analyst, send(crowd[1])).partition("Linhas da lista")[0]
