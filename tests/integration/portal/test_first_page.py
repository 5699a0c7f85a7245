"""The first page: all that one asked for, on whatever day, what needs somebody, and the team's for who
oversees it."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db import connection
from django.db.models import F
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils.timezone import localtime

from orchestrator.models import Dossier, DossierRequest, Fetch
from portal.access.desk import asking
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import status
from tests.integration.portal.access.conftest import OURS, Asked, People, asked, move, people, records
from tests.integration.portal.conftest import FORM, Fakes, page, section, work
from tests.integration.runs.conftest import lock_out

__all__ = ["asked", "people"]

NAMES = "•••.982.247-••"  # Maria, as lists name her


def asks(browser: Client, query: str = "") -> list[str]:
    """The requests that the list shows, in its order."""
    return re.findall(r"/requests/([0-9a-f-]{36})/attempts/", section(page(browser, f"/{query}"), "asks"))


def ids(*wanted: Any) -> list[str]:
    return [str(each.request_id) for each in wanted]


def aged(days: float, *requests: Any) -> None:
    """So long ago they were asked for."""
    chosen = DossierRequest.objects.filter(pk__in=[each.request_id for each in requests])
    chosen.update(created_at=F("created_at") - timedelta(days=days))


def needing(browser: Client) -> str:
    shown = page(browser, "/")
    return section(shown, "needing") if 'id="needing"' in shown else ""


def test_all_that_was_asked_for_is_there_in_a_new_session_the_newest_first(
    people: People, asked: Asked
) -> None:
    old, new = asked(cpf=MARIA), asked(cpf=JOAO)
    aged(60, old)
    browser = Client()
    browser.force_login(people.users["analyst"])
    assert asks(browser) == ids(new, old)
    home = page(browser, "/")
    assert "Maria da Silva" in home
    assert "•••.444.777-••" in home
    assert JOAO not in home
    assert "111.444.777-35" not in home


def test_who_has_asked_for_nobody_yet_is_told_how(people: People) -> None:
    shown = section(page(people["analyst"], "/"), "asks")
    assert "Você ainda não consultou ninguém." in shown
    assert "Digite um CPF acima" in shown
    assert "Filtrar" not in shown


@pytest.mark.parametrize(
    ("query", "whom"),
    [
        ("?state=complete", "whole"),
        ("?state=partial", "partial"),
        ("?state=failed", "failed"),
        ("?state=active", "active"),
        ("?state=cancelled", "cancelled"),
        ("?purpose=collection", "cancelled"),
        ("?purpose=collection&state=failed", ""),
        ("?state=nonsense", "cancelled active failed partial whole"),
    ],
)
def test_asks_are_filtered_by_state_and_purpose(
    people: People, asked: Asked, fake_sources: Fakes, query: str, whom: str
) -> None:
    analyst, made = people["analyst"], {"whole": str(asked(cpf=MARIA).request_id)}
    fake_sources["capa"].always = status(403)
    made["partial"] = str(asked(cpf=JOAO).request_id)
    for fake in fake_sources.values():
        fake.always = status(403)
    made["failed"] = str(asked(cpf=ANA).request_id)
    made["active"] = analyst.post("/", {**FORM, "fresh": "on"})["Location"].split("/")[2]
    form = {"cpf": "000.000.001-91", "purpose": "collection"}
    made["cancelled"] = analyst.post("/", form)["Location"].split("/")[2]
    analyst.post(f"/requests/{made['cancelled']}/cancel/")
    assert asks(analyst, query) == [made[name] for name in whom.split()]


def test_asks_are_filtered_by_days_both_included(people: People, asked: Asked) -> None:
    requests = {days: asked(cpf=cpf) for days, cpf in {9: MARIA, 5: JOAO, 1: ANA}.items()}
    for days, each in requests.items():
        aged(days, each)
    at = {days: DossierRequest.objects.get(pk=each.request_id).created_at for days, each in requests.items()}
    day = {days: f"{localtime(each):%Y-%m-%d}" for days, each in at.items()}
    assert asks(people["analyst"], f"?since={day[5]}") == ids(requests[1], requests[5])
    assert asks(people["analyst"], f"?until={day[5]}") == ids(requests[5], requests[9])
    assert asks(people["analyst"], f"?since={day[5]}&until={day[5]}") == ids(requests[5])
    assert len(asks(people["analyst"], "?since=yesterday")) == 3
    assert len(asks(people["analyst"], "?since=0001-01-01&until=9999-12-31")) == 3
    assert "Nenhuma consulta assim." in page(people["analyst"], "/?until=2001-01-01")


def test_the_list_is_paged_and_keeps_its_filters(
    people: People, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    made = [asked(cpf=cpf) for cpf in (MARIA, JOAO, ANA)]
    monkeypatch.setattr(asking, "A_PAGE", 2)
    first = page(people["analyst"], "/?purpose=credit_analysis")
    assert '"?purpose=credit_analysis&amp;page=2#asks"' in first
    assert "Mais novas" not in first
    assert asks(people["analyst"]) == ids(made[2], made[1])
    assert asks(people["analyst"], "?page=2") == ids(made[0])
    assert "Não há consultas tão antigas." in page(people["analyst"], "/?page=9")
    for odd in ("0", "-1", "x", "99999999999"):
        assert asks(people["analyst"], f"?page={odd}") == ids(made[2], made[1])


def test_what_the_address_has_besides_filters_is_put_into_no_link(
    people: People, asked: Asked, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(), asked(cpf=JOAO)
    monkeypatch.setattr(asking, "A_PAGE", 1)
    assert "page=2" in page(people["analyst"], "/?anything=else")
    assert "anything=else&amp;page" not in page(people["analyst"], "/?anything=else")


def test_a_supervisor_may_see_the_team_s_and_by_whom_and_an_analyst_their_own(
    people: People, asked: Asked
) -> None:
    theirs, own, _elsewhere = asked("analyst"), asked("supervisor", JOAO), asked("elsewhere", ANA)
    assert asks(people["supervisor"]) == ids(own)
    assert asks(people["supervisor"], "?whose=team") == ids(own, theirs)
    assert '<span class="by">analyst</span>' in page(people["supervisor"], "/?whose=team")
    assert asks(people["colleague"], "?whose=team") == []
    assert "Da equipe" not in page(people["colleague"], "/")
    assert asks(people["supervisor_elsewhere"], "?whose=team") == ids(_elsewhere)


def test_who_moves_to_another_team_sees_what_they_asked_for_there(people: People, asked: Asked) -> None:
    asked()
    move(people.users["analyst"], "Cobrança")
    assert asks(people["analyst"]) == []
    move(people.users["analyst"], OURS)
    assert len(asks(people["analyst"])) == 1


def test_an_ask_of_too_long_ago_is_listed_without_whom_it_was_about(people: People, asked: Asked) -> None:
    old = asked()
    aged(configured.ACCESS_DAYS + 1, old)
    shown = section(page(people["analyst"], "/"), "asks")
    assert str(old.request_id) in shown
    assert NAMES not in shown
    assert "o dossiê não está mais aberto a você" in shown
    assert not records(action="headline")
    assert not records(outcome="not_found"), "nobody looked for it"


def test_whoever_is_named_in_the_list_is_on_the_record_once(people: People, asked: Asked) -> None:
    current = asked()
    for _ in range(2):
        page(people["analyst"], "/")
    (told,) = records(action="headline")
    assert (told["dossier_id"], told["basis"], told["amount"]) == (current.dossier_id, "own", 1)


def test_a_dossier_that_can_be_read_no_more_says_so_and_leaves_the_others(
    people: People, asked: Asked
) -> None:
    asked(cpf=MARIA), asked(cpf=JOAO)
    Dossier.objects.filter(pk=asked(cpf=ANA).dossier_id).update(data_key=b"destroyed")
    lock_out(JOAO)
    shown = section(page(people["analyst"], "/"), "asks")
    assert NAMES in shown
    assert "falta nesta instalação a chave dos dados desta pessoa" in shown
    assert "os dados desta pessoa foram apagados" in shown
    assert "•••.444.777-••" not in shown


def test_what_failed_lately_is_on_top_with_the_reason_and_a_way_to_ask_again(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    assert not needing(people["analyst"])
    fake_sources["capa"].always = status(403)
    partial = asked()
    shown = needing(people["analyst"])
    assert "Capa (transações): a fonte recusou o pedido" in shown
    assert f'action="/requests/{partial.request_id}/retry/"' in shown
    assert not needing(people["colleague"])
    fake_sources["capa"].always = None
    again = people["analyst"].post(f"/requests/{partial.request_id}/retry/")["Location"]
    work(again.split("/")[2])
    assert not needing(people["analyst"]), "it was mended"


def test_what_was_ended_by_the_quarantine_needs_somebody(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = status(403)
    current = asked()
    Fetch.objects.filter(build__requests=current.request_id, source="capa").update(error_code="poisoned")
    assert "a consulta foi interrompida por segurança" in needing(people["analyst"])


def test_what_a_colleague_completed_since_or_is_of_last_month_needs_nobody(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    fake_sources["capa"].always = status(403)
    mended, old = asked(), asked(cpf=JOAO)
    assert needing(people["analyst"]).count("/retry/") == 2
    fake_sources["capa"].always = None
    asked("colleague")
    aged(30, old)
    assert mended.request_id != old.request_id
    assert not needing(people["analyst"])


def test_the_page_costs_the_same_queries_however_much_it_lists(
    people: People, asked: Asked, fake_sources: Fakes
) -> None:
    """But for the record, which is written once a person and a quarter of an hour."""

    def queries() -> list[str]:
        with CaptureQueriesContext(
            connection,
        ) as captured:
            page(people["analyst"], "/")
        return [each["sql"] for each in captured if "access_append" not in each["sql"]]

    fake_sources["capa"].always = status(403)
    asked()
    few = queries()
    for cpf in (JOAO, ANA):
        asked(cpf=cpf)
    many = queries()
    assert len(many) == len(few), "\n".join(many)
    assert len(many) <= 24, "\n".join(many)
