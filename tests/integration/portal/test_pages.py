"""The analyst's pages, against the real database and orchestrator."""

import re
from collections.abc import Callable
from dataclasses import replace
from uuid import uuid4

import pytest
from django.test import Client

from orchestrator import build, dossiers
from orchestrator.models import DossierRequest, Snapshot
from tests.fakes import people
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import FakeSource, status
from tests.integration.portal.conftest import page, silence, work

Fakes = dict[str, FakeSource]
Build = Callable[..., dossiers.RequestStatus]
HTMX = {"HX-Request": "true"}

FORM = {"cpf": "529.982.247-25", "purpose": "credit_analysis"}


def dossier_url(current: dossiers.RequestStatus) -> str:
    return f"/dossiers/{current.dossier_id}/"


@pytest.mark.django_db
@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/sources/",
        f"/requests/{uuid4()}/",
        f"/requests/{uuid4()}/attempts/",
        "/dossiers/1/",
        "/dossiers/1/diff/",
    ],
)
def test_every_page_asks_for_a_login_first(client: Client, path: str) -> None:
    response = client.get(path)
    assert response.status_code == 302
    assert response["Location"].startswith("/login/?next=")


def test_an_ask_goes_to_its_wait_page_and_the_cpf_to_no_address(analyst: Client, fake_sources: Fakes) -> None:
    response = analyst.post("/", FORM)
    assert re.fullmatch(r"/requests/[0-9a-f-]{36}/", response["Location"])


def test_an_ask_is_kept_with_its_purpose_and_its_owner(analyst: Client, fake_sources: Fakes) -> None:
    analyst.post("/", {**FORM, "fresh": "on"})
    ask = DossierRequest.objects.get()
    assert (ask.purpose, ask.fresh) == ("credit_analysis", True)
    assert ask.owner == f"user:{analyst.session['_auth_user_id']}"


def test_wrong_check_digits_offer_to_go_on_and_going_on_is_accepted(
    analyst: Client, fake_sources: Fakes
) -> None:
    typed = {**FORM, "cpf": "529.982.247-26"}
    refused = analyst.post("/", typed)
    assert refused.status_code == 200
    assert 'name="allow_invalid_check_digits"' in refused.content.decode()
    accepted = analyst.post("/", {**typed, "allow_invalid_check_digits": "on"})
    assert accepted.status_code == 302


def test_the_offer_is_not_shown_before_it_is_needed(analyst: Client) -> None:
    assert "allow_invalid_check_digits" not in page(analyst, "/")


def test_the_session_s_requests_are_listed_without_a_whole_cpf(analyst: Client, fake_sources: Fakes) -> None:
    work(analyst.post("/", FORM)["Location"].split("/")[2])
    home = page(analyst, "/")
    assert "Maria da Silva" in home
    assert "•••.982.247-••" in home
    assert MARIA not in home
    assert "529.982.247-25" not in home


def test_the_wait_page_tells_each_source_s_state_attempts_and_error(
    analyst: Client, fake_sources: Fakes
) -> None:
    fake_sources["beta"].script = [status(503)]
    url = analyst.post("/", FORM)["Location"]
    ask = DossierRequest.objects.get()
    for fetch in ask.build.fetches.order_by("pk"):
        build.fetch(fetch.pk)
    waiting = page(analyst, url)
    assert "aguardando nova tentativa" in waiting
    assert "tentativa 1 de 3" in waiting
    assert "erro interno da fonte" in waiting
    assert waiting.count("direto da fonte") == 2
    assert '<noscript><meta http-equiv="refresh"' in waiting


def test_a_poll_sends_nothing_while_nothing_moves(analyst: Client, fake_sources: Fakes) -> None:
    url = analyst.post("/", FORM)["Location"]
    etag = analyst.get(url, headers=HTMX)["ETag"]
    unchanged = analyst.get(url, headers={**HTMX, "If-None-Match": etag})
    assert unchanged.status_code == 304
    assert unchanged.content == b""


def test_a_poll_sends_only_the_moving_part_and_what_it_will_ask_with_next(
    analyst: Client, fake_sources: Fakes
) -> None:
    response = analyst.get(analyst.post("/", FORM)["Location"], headers=HTMX)
    fragment = response.content.decode()
    assert "<html" not in fragment
    assert 'aria-live="polite"' not in fragment
    assert "0 de 3 fontes respondidas" in fragment
    assert response["ETag"].strip('"') in fragment


def test_a_poll_in_the_other_language_is_another_version(analyst: Client, fake_sources: Fakes) -> None:
    url = analyst.post("/", FORM)["Location"]
    etag = analyst.get(url, headers=HTMX)["ETag"]
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    assert analyst.get(url, headers={**HTMX, "If-None-Match": etag}).status_code == 200


def test_a_poll_of_a_finished_request_sends_the_browser_to_the_dossier(analyst: Client, built: Build) -> None:
    current = built()
    response = analyst.get(f"/requests/{current.request_id}/", headers=HTMX)
    assert response["HX-Redirect"] == dossier_url(current)


def test_a_poll_whose_session_has_ended_reloads_the_whole_page(client: Client, built: Build) -> None:
    response = client.get(f"/requests/{built().request_id}/", headers=HTMX)
    assert response["HX-Refresh"] == "true"


def test_a_finished_request_opens_the_dossier_and_says_what_came_of_it(analyst: Client, built: Build) -> None:
    assert "nova versão do dossiê" in page(analyst, f"/requests/{built().request_id}/")
    assert "nada mudou desde a última versão" in page(analyst, f"/requests/{built().request_id}/")


def test_a_failed_request_says_what_stands_and_how_to_try_again(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    built()
    for fake in fake_sources.values():
        silence(fake)
    failed = built()
    ended = page(analyst, f"/requests/{failed.request_id}/")
    assert "Consulta encerrada" in ended
    assert "Continua valendo a versão 1" in ended
    assert f'action="/dossiers/{failed.dossier_id}/update/"' in ended
    assert "hx-get" not in ended
    assert "wait.js" not in ended


def test_the_dossier_shows_every_section_with_its_values_and_totals(analyst: Client, built: Build) -> None:
    shown = page(analyst, dossier_url(built()))
    for part in (
        "Maria da Silva",
        "529.982.247-25",
        "02/03/1985",
        "Rua das Flores, 10",
        "Dívidas",
        "R$ 1.000,00",
        "Bens",
        "R$ 45.000,00",
        "Fontes de renda",
        "R$ 5.000,00",
        "Transações financeiras",
        "R$ 99,90",
        "Última compra",
        "As fontes divergem",
    ):
        assert part in shown


def test_a_person_unknown_everywhere_has_a_complete_dossier_that_says_so(
    analyst: Client, built: Build
) -> None:
    shown = page(analyst, dossier_url(built(ANA)))
    assert "Pessoa não encontrada" in shown
    assert "nenhuma conhece esta pessoa" in shown
    assert "completo" in shown
    assert "falhou" not in shown


def test_a_source_that_failed_is_not_shown_as_nothing_owed(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    silence(fake_sources["alpha"])
    shown = page(analyst, dossier_url(built()))
    assert "nada se sabe desta seção" in shown
    assert "a fonte recusou o pedido" in shown
    assert "Nenhum registro em Alpha" not in shown


def test_a_dossier_without_a_version_says_so(analyst: Client, fake_sources: Fakes) -> None:
    analyst.post("/", FORM)
    ask = DossierRequest.objects.get()
    assert "Ainda não há versão" in page(analyst, f"/dossiers/{ask.build.dossier_id}/")


def test_an_older_version_says_that_it_is_older(analyst: Client, built: Build, fake_sources: Fakes) -> None:
    built()
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2000.00",))
    current = built()
    old = page(analyst, dossier_url(current) + "versions/1/")
    assert "Esta é a versão 1; a atual é a 2." in old
    assert "R$ 1.000,00" in old
    assert "R$ 2.000,00" not in old


def test_a_version_is_pinned_on_its_page(analyst: Client, built: Build) -> None:
    url = dossier_url(built())
    assert "fixada" not in page(analyst, url)
    for pinned, shown in (("yes", "Versão 1 fixada"), ("no", "Versão 1 desafixada")):
        done = analyst.post(f"{url}versions/1/pin/", {"pinned": pinned})
        assert shown in page(analyst, done["Location"])
        assert page(analyst, url).count("#icon-pin") == (2 if pinned == "yes" else 0)
    assert analyst.post(f"{url}versions/2/pin/", {"pinned": "yes"}).status_code == 404
    assert analyst.post(f"{url}versions/1/pin/").status_code == 400


def test_what_changed_leads_to_the_version_before_that_is_still_kept(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    for debt in ("1.00", "2.00", "3.00"):
        fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=(debt,))
        current = built()
    Snapshot.objects.get(number=2).delete()  # by its age
    assert "?from=1&amp;to=3" in page(analyst, dossier_url(current))
    shown = page(analyst, dossier_url(current) + "diff/")
    assert re.search(r"removido</td>.*?R\$ 1,00", shown)


def test_the_diff_lists_what_was_added_and_removed(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    built()
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2000.00",))
    shown = page(analyst, dossier_url(built()) + "diff/?from=1&to=2")
    assert re.search(r"incluído</td>.*?R\$ 2\.000,00", shown)
    assert re.search(r"removido</td>.*?R\$ 1\.000,00", shown)


def test_the_diff_never_shows_a_failed_source_as_removed_rows(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].always = status(403)
    built()
    fake_sources["alpha"].always = None
    shown = page(analyst, dossier_url(built()) + "diff/")
    assert "Não dá para comparar" in shown
    assert "removido</td>" not in shown


def test_an_update_asks_again_past_every_copy_without_a_cpf_in_the_form(
    analyst: Client, built: Build
) -> None:
    current = built()
    response = analyst.post(dossier_url(current) + "update/", {"purpose": "collection"})
    ask = DossierRequest.objects.get(pk=response["Location"].split("/")[2])
    assert (ask.purpose, ask.fresh, ask.build.dossier_id) == ("collection", True, current.dossier_id)


def test_an_update_without_a_purpose_is_not_made(analyst: Client, built: Build) -> None:
    current = built()
    response = analyst.post(dossier_url(current) + "update/", {"purpose": ""}, follow=True)
    assert "Escolha uma finalidade." in response.content.decode()
    assert DossierRequest.objects.count() == 1


def test_pages_are_portuguese_until_english_is_chosen(analyst: Client) -> None:
    english_browser = {"Accept-Language": "en-US,en"}
    assert "Nova consulta" in analyst.get("/", headers=english_browser).content.decode()
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    response = analyst.get("/")
    assert "New request" in response.content.decode()
    assert response["Content-Language"] == "en"


def test_a_declared_label_follows_the_language(analyst: Client, built: Build) -> None:
    current = built(JOAO)
    analyst.post("/setlang/", {"language": "en", "next": "/"})
    shown = page(analyst, dossier_url(current))
    assert "Sources of income" in shown
    assert "Fontes de renda" not in shown


def test_pages_run_no_inline_script_and_load_from_nowhere_else(analyst: Client, built: Build) -> None:
    response = analyst.get(dossier_url(built()))
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    body = response.content.decode()
    assert (
        re.search(r"<style|style=|<script(?![^>]*src=\"/static/)|https?://(?!www\.w3\.org)|\son\w+=", body)
        is None
    )


@pytest.mark.parametrize("path", ["/", "{}", "{}versions/1/", "{}diff/"])
def test_pages_with_personal_data_stay_out_of_every_cache(analyst: Client, built: Build, path: str) -> None:
    response = analyst.get(path.format(dossier_url(built())))
    assert response.status_code == 200
    assert set(response["Cache-Control"].split(", ")) == {"no-store", "private"}


@pytest.mark.parametrize(
    ("language", "path", "title"),
    [
        ("pt-br", "{}", "Dossiê nº {} · Dossiê"),
        ("en", "{}versions/1/", "Dossier no. {} · Dossier"),
        ("pt-br", "{}diff/", "O que mudou · Dossiê"),
    ],
)
def test_no_title_names_the_person_since_browsers_keep_titles(
    analyst: Client, built: Build, language: str, path: str, title: str
) -> None:
    current = built()
    analyst.post("/setlang/", {"language": language, "next": "/"})
    shown = page(analyst, path.format(dossier_url(current)))
    assert "Maria da Silva" in shown
    assert f"<title>{title.format(current.dossier_id)}</title>" in shown


def test_a_dossier_that_can_be_read_no_more_leaves_the_others_on_the_first_page(
    analyst: Client, fake_sources: Fakes
) -> None:
    for cpf in (MARIA, JOAO):
        work(analyst.post("/", {**FORM, "cpf": cpf})["Location"].split("/")[2])
    assert "•••.444.777-••" in page(analyst, "/")
    lost = DossierRequest.objects.latest("created_at").build.dossier
    lost.data_key = b"destroyed"
    lost.save(update_fields=["data_key"])
    shown = page(analyst, "/")
    assert "Maria da Silva" in shown
    assert "•••.444.777-••" not in shown


def test_what_is_stored_of_a_source_that_is_registered_no_more_harms_no_page(
    analyst: Client, built: Build, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    built()
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, name="Maria Souza", debts=("2000.00",))
    current = built()
    _, beta, capa = dossiers.sources()
    monkeypatch.setattr(dossiers, "sources", lambda: (replace(beta, person=()), capa))
    assert "As fontes divergem" in page(analyst, dossier_url(current))
    shown = page(analyst, dossier_url(current) + "diff/")
    assert "<h2>debts</h2>" in shown
    assert "R$ 2.000,00" in shown
    assert re.search(r">alpha</td>.*?>name</td>.*?>Maria da Silva</td>.*?>Maria Souza</td>", shown)


@pytest.mark.parametrize(
    "path",
    [
        f"/requests/{uuid4()}/",
        f"/requests/{uuid4()}/attempts/",
        "/dossiers/999999/",
        "/dossiers/1/versions/9/",
    ],
)
def test_what_does_not_exist_is_a_404_page(analyst: Client, path: str) -> None:
    response = analyst.get(path)
    assert response.status_code == 404
    assert "Voltar ao início" in response.content.decode()


def test_an_analyst_takes_an_ask_back_on_the_wait_page(analyst: Client, fake_sources: Fakes) -> None:
    asked = analyst.post("/", {"cpf": MARIA, "purpose": "credit_analysis"})
    waiting = analyst.get(asked["Location"]).content.decode()
    assert f'action="{asked["Location"]}cancel/"' in waiting
    ended = analyst.post(f"{asked['Location']}cancel/", follow=True).content.decode()
    assert "O pedido foi cancelado antes de terminar." in ended
    assert ended.count("interrompida") == 3
    assert "cancel/" not in ended
