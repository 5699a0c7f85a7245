"""A dossier's page: its sections and what they lack, its versions, and the form that asks again."""

from django.test import Client

from orchestrator.models import DossierRequest
from tests.fakes import people
from tests.fakes.people import ANA, MARIA
from tests.integration.portal.conftest import FORM, Build, Fakes, dossier_url, page, silence


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
    assert 'class="block bad"' not in shown


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
