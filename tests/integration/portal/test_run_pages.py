"""The pages about runs: starting one, following it, steering it."""

import re
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from typing import TypeVar

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import connections
from django.db.models.functions import Now
from django.test import Client
from playwright.sync_api import Page, expect

from ops.service.models import ApiClient
from orchestrator import conf, runs
from orchestrator.models import Dossier, Run
from portal import owners
from portal.views import runs as views
from tests.fakes import people
from tests.fakes import source as fakes
from tests.fakes.source import FakeSource
from tests.integration.portal.conftest import page
from tests.integration.runs.conftest import Hands, crowd, finish, hands, night

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

HTMX = {"HX-Request": "true"}
Fakes = dict[str, FakeSource]
Send = Callable[..., str]
Result = TypeVar("Result")


@pytest.fixture
def send(analyst: Client, hands: Hands, crowd: list[str]) -> Send:
    """Uploads a list of these rows and works it off; gives the address of its run."""

    def _send(*rows: str, **typed: str) -> str:
        form = {"file": listing(*rows), "purpose": "credit_analysis", **typed}
        response = analyst.post("/runs/", form)
        assert response.status_code == 302, response.content.decode()
        url: str = response["Location"]
        finish(hands, int(url.split("/")[2]))
        return url

    return _send


def listing(*rows: str, column: str = "cpf") -> SimpleUploadedFile:
    return SimpleUploadedFile("clientes.csv", "\n".join([column, *rows]).encode())


def section(shown: str, heading: str) -> str:
    """A section of a page by its heading's id."""
    found = re.search(rf'<section[^>]*aria-labelledby="{heading}".*?</section>', shown)
    assert found is not None
    return found[0]


def number(shown: str, label: str) -> str:
    """What a table's row has in its first column of numbers."""
    found = re.search(
        rf'<th scope="row">(?:(?!</th>).)*{re.escape(label)}.*?</th><td class="number">(.*?)<', shown
    )
    assert found is not None
    return found[1]


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


def paused_by_itself(hands: Hands, fakes_: Fakes, monkeypatch: pytest.MonkeyPatch) -> int:
    """A run that Capa's failing made pause."""
    for name, value in {"RUN_ERROR_BUDGET": 2, "RUN_CHUNKS_AT_ONCE": 1, "RUN_ATTEMPTS": 1}.items():
        monkeypatch.setattr(conf, name, value)
    fakes_["capa"].always = fakes.status(500)
    run_id = runs.refresh(owner="clock")
    hands.work()
    return run_id


@pytest.mark.django_db
@pytest.mark.parametrize("path", ["/runs/", "/runs/1/", "/runs/1/results/"])
def test_every_page_asks_for_a_login_first(client: Client, path: str) -> None:
    assert client.get(path)["Location"].startswith("/login/?next=")


@pytest.mark.parametrize("path", ["/runs/refresh/", "/runs/1/pause/", "/runs/1/cancel/", "/runs/1/retry/"])
def test_nothing_is_done_by_following_a_link(analyst: Client, path: str) -> None:
    assert analyst.get(path).status_code == 405


@pytest.mark.parametrize("path", ["/runs/1/", "/runs/1/results/", "/runs/1/results/?format=pdf"])
def test_a_run_that_is_not_there_is_a_404(analyst: Client, path: str) -> None:
    assert analyst.get(path).status_code == 404


def test_there_may_be_no_run_yet(analyst: Client) -> None:
    assert "Ainda não houve nenhuma consulta em lote." in page(analyst, "/runs/")


def test_every_page_leads_to_the_runs(analyst: Client) -> None:
    assert 'href="/runs/"' in page(analyst, "/")


def test_a_list_is_sent_and_its_run_told_in_numbers_that_add_up(
    analyst: Client, send: Send, crowd: list[str]
) -> None:
    shown = page(analyst, send(*crowd[:4], people.ANA))
    assert "Lista de CPFs" in shown
    assert "Análise de crédito" in shown
    assert "analista" in shown
    assert "concluída" in shown
    assert (number(shown, "novos"), number(shown, "falharam")) == ("5", "0")
    assert (number(shown, "Feitos (soma)"), number(shown, "Total")) == ("5", "5")
    assert "<progress" not in shown


def test_the_rows_that_are_not_built_are_told_by_line_and_reason(
    analyst: Client, send: Send, crowd: list[str]
) -> None:
    shown = section(
        page(analyst, send(crowd[0], crowd[0], "abc", "11111111111", people.MARIA[:10] + "0")), "rows"
    )
    assert re.search(r"Aceitas</dt><dd[^>]*>1<", shown)
    assert re.search(r"Repetidas</dt><dd[^>]*>1<", shown)
    assert re.search(r"Recusadas</dt><dd[^>]*>3<", shown)
    assert re.findall(r'<td class="number">(\d+)</td><td>(.*?)</td>', shown) == [
        ("3", "repete um CPF de uma linha anterior"),
        ("4", "tem letras ou sinais que um CPF não tem"),
        ("5", "repete um só dígito; esse CPF não existe"),
        ("6", "os dígitos verificadores não conferem"),
    ]


def test_of_many_rejected_rows_the_page_has_the_first(
    analyst: Client, send: Send, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(views, "SHOWN_AT_MOST", 2)
    shown = section(page(analyst, send(crowd[0], "a", "b", "c")), "rows")
    assert shown.count('<td class="number">') == 2
    assert "primeiras 2 de 3" in shown


def test_restored_zeros_are_told(analyst: Client, send: Send, crowd: list[str]) -> None:
    short = next(cpf for cpf in crowd if cpf.startswith("0"))
    assert "(1 com zeros à esquerda repostos)" in page(analyst, send(short.lstrip("0")))


def test_wrong_check_digits_are_built_where_that_is_ticked(analyst: Client, send: Send) -> None:
    url = send(people.MARIA[:10] + "0", allow_invalid_check_digits="on")
    assert number(page(analyst, url), "Total") == "1"


@pytest.mark.parametrize(
    ("file", "words"),
    [
        (listing("x", column="nome"), "Nenhuma coluna se chama cpf."),
        (listing(), "não há nenhuma linha"),
        (listing("abc"), "Nenhuma linha tem um CPF que se possa consultar."),
        (SimpleUploadedFile("a.csv", b""), "O arquivo está vazio."),
        ("", "Escolha um arquivo."),
    ],
)
def test_a_list_that_cannot_be_taken_is_refused_at_its_field_and_nothing_typed_is_lost(
    analyst: Client, file: object, words: str
) -> None:
    typed = {"purpose": "collection", "allow_invalid_check_digits": "on"}
    response = analyst.post("/runs/", {**typed, **({"file": file} if file else {})})
    shown = " ".join(response.content.decode().split())
    assert response.status_code == 200
    error = re.search(r'<p class="error" id="id_file_error" role="alert">(.*?)</p>', shown)
    assert error is not None
    assert words in error[1]
    assert 'value="collection" selected' in shown
    assert re.search(r'name="allow_invalid_check_digits"[^>]* checked', shown)
    assert "escolha-o de novo" not in shown
    assert not Run.objects.exists()


def test_a_list_without_a_purpose_is_refused_at_that_field(analyst: Client, crowd: list[str]) -> None:
    response = analyst.post("/runs/", {"file": listing(crowd[0]), "purpose": ""})
    shown = response.content.decode()
    assert "Escolha uma finalidade." in shown
    assert "escolha-o de novo" in shown


def test_the_form_says_what_a_list_needs(analyst: Client) -> None:
    shown = page(analyst, "/runs/")
    assert 'enctype="multipart/form-data"' in shown
    assert re.search(r'id="id_file_helptext">[^<]*uma coluna cpf e até 100.000 linhas', shown)
    assert re.search(r'<input type="file"[^>]*aria-describedby="id_file_helptext"', shown)


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
    told_by = owners.names([user, f"client:{machine.client_id}", "clock", "terminal", "user:0", "x"])
    assert told_by == {
        user: "analista",
        f"client:{machine.client_id}": "conciliação",
        "clock": "o relógio",
        "terminal": "terminal",
        "user:0": "user:0",
        "x": "x",
    }


def test_a_run_under_way_tells_its_progress_and_that_it_still_lists(
    analyst: Client, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    run_id = runs.refresh(owner="clock")
    listing_ = page(analyst, f"/runs/{run_id}/")
    assert "ainda listando" in listing_
    assert re.search(r'<progress aria-label="Andamento"></progress>', listing_)
    until_three_are_done(hands, run_id)
    shown = page(analyst, f"/runs/{run_id}/")
    assert '<progress aria-label="Andamento" value="3" max="7"></progress>' in shown
    assert "3 de 7" in shown
    assert number(shown, "Por fazer") == "4"
    assert "ainda listando" not in shown
    assert "Resultados até agora:" in shown


def test_a_poll_brings_the_moving_part_alone_and_only_once_something_moved(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner="clock")
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
    url = f"/runs/{runs.refresh(owner='clock')}/"
    etag = analyst.get(url, headers=HTMX)["ETag"]
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    assert analyst.get(url, headers={**HTMX, "If-None-Match": etag}).status_code == 200


def test_a_poll_that_finds_another_state_brings_what_can_be_done_now(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner="clock")
    runs.pause(run_id)
    moved = analyst.get(f"/runs/{run_id}/?seen=running", headers=HTMX).content.decode()
    assert re.search(r'<div id="controls"[^>]*hx-swap-oob="true"', moved)
    assert f"/runs/{run_id}/resume/" in moved


def test_a_run_that_has_ended_is_polled_no_more(analyst: Client, hands: Hands, crowd: list[str]) -> None:
    shown = page(analyst, f"/runs/{night(hands).id}/")
    assert ("hx-get" in shown, "runs.js" in shown, "<noscript>" in shown) == (False, False, False)


def test_a_page_of_runs_that_have_all_ended_is_not_polled(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    night(hands)
    assert "hx-get" not in page(analyst, "/runs/")
    runs.refresh(owner="clock")
    assert 'hx-get="/runs/"' in page(analyst, "/runs/")


def test_a_run_is_paused_resumed_and_cancelled_by_buttons(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner="clock")
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


def test_what_has_no_token_against_forgery_does_nothing(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.cookies = analyst.cookies
    run_id = runs.refresh(owner="clock")
    assert strict.post(f"/runs/{run_id}/cancel/").status_code == 403
    assert runs.status(run_id).state == "running"


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


def test_no_cpf_is_on_a_page_about_runs_nor_in_its_addresses(
    analyst: Client, send: Send, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["beta"].people[crowd[1]]["name"] = 7
    for shown in (page(analyst, send(*crowd, "123")), page(analyst, "/runs/")):
        assert [cpf for cpf in crowd if cpf in re.sub(r"[.-]", "", shown)] == []


def test_pages_run_no_script_and_no_style_of_their_own(
    analyst: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = runs.refresh(owner="clock")
    for path in ("/runs/", f"/runs/{run_id}/"):
        body = analyst.get(path).content.decode()
        assert re.search(r"<style|style=|<script(?![^>]*src=\"/static/)|\son\w+=", body) is None
    assert '<noscript><meta http-equiv="refresh"' in body


def test_pages_speak_english(
    analyst: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = paused_by_itself(hands, fake_sources, monkeypatch)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    shown = page(analyst, f"/runs/{run_id}/") + page(analyst, "/runs/")
    for part in (
        "Batch runs",
        "Refresh of everybody",
        "Paused because of Capa",
        "Done (sum)",
        "Send the list",
    ):
        assert part in shown
    assert re.search(r"Pausada|Feitos|Fonte|Consulta|Resultado", shown) is None


@pytest.mark.browser
def test_a_run_s_page_brings_itself_up_to_date_to_the_end_and_leaves_an_open_question_open(
    browsing: Page, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    run_id = apart(lambda: runs.refresh(owner="clock"))
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
