"""The page of what changed between two versions of a dossier."""

import re
from dataclasses import replace

import pytest
from django.test import Client

from orchestrator import dossiers
from orchestrator.models import Snapshot
from tests.fakes import people
from tests.fakes.people import MARIA
from tests.fakes.source import status
from tests.integration.portal.conftest import Build, Fakes, dossier_url, page


def test_what_changed_leads_to_the_version_before_that_is_still_kept(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    for debt in ("1.00", "2.00", "3.00"):
        fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=(debt,))
        current = built()
    Snapshot.objects.get(number=2).delete()  # by its age
    assert "?from=1&amp;to=3" in page(analyst, dossier_url(current))
    shown = page(analyst, dossier_url(current) + "diff/")
    assert re.search(r"alterado</td>.*?<del>R\$ 1,00</del>.*?<ins>R\$ 3,00</ins>", shown)


def test_the_diff_lists_what_was_added_and_removed(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["beta"].people[MARIA] = people.beta(MARIA, assets=("1.00",)) | {"sources_income": []}
    built()
    item = people.beta(MARIA, assets=()) | {
        "sources_income": [{"value": "2000.00", "description": "Salário"}]
    }
    item["sources_income"][0]["_cls"] = "SourceIncomeDocument"
    fake_sources["beta"].people[MARIA] = item
    shown = page(analyst, dossier_url(built()) + "diff/?from=1&to=2")
    assert re.search(r"incluído</td>.*?R\$ 2\.000,00", shown)
    assert re.search(r"removido</td>.*?R\$ 1,00", shown)


def test_a_change_of_one_cent_is_one_line_of_the_diff(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    for debt in ("35.50", "35.51"):
        fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=(debt,))
        current = built()
    shown = page(analyst, dossier_url(current) + "diff/")
    assert re.search(r"<del>R\$ 35,50</del> <span[^>]*>→</span> <ins>R\$ 35,51</ins>", shown)
    assert '<span class="by">+R$ 0,01</span>' in shown
    assert "incluído</td>" not in shown
    assert "removido</td>" not in shown


def test_debts_that_are_too_old_to_be_told_are_in_no_row_and_no_total(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    for debts in (("77.00", "1.00"), ("2.00",)):
        owing = people.alpha(MARIA, debts=debts)
        owing["debts"][0]["date"] = "2018-07-07" if len(debts) == 2 else "2024-07-07"
        fake_sources["alpha"].people[MARIA] = owing
        current = built()
    shown = page(analyst, dossier_url(current) + "diff/")
    assert "R$ 1,00" in shown
    assert "R$ 2,00" in shown
    assert "77,00" not in shown
    assert "78,00" not in shown


def test_the_diff_never_shows_a_failed_source_as_removed_rows(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].always = status(403)
    built()
    fake_sources["alpha"].always = None
    shown = page(analyst, dossier_url(built()) + "diff/")
    assert "Não dá para comparar" in shown
    assert "removido</td>" not in shown


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


def test_a_section_s_total_and_the_figures_are_told_before_and_after(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    for debts in (("100.00",), ("100.00", "50.00")):
        fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=debts)
        current = built()
    shown = page(analyst, dossier_url(current) + "diff/?from=1&to=2")
    total = r"Total <del>R\$ 100,00</del> .*?<ins><b>R\$ 150,00</b></ins> <span class=\"by\">\+R\$ 50,00"
    assert re.search(total, shown)
    assert "Números que mudaram" in shown


def test_any_two_versions_are_compared_also_backwards(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    for debt in ("1.00", "2.00", "3.00"):
        fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=(debt,))
        current = built()
    shown = page(analyst, dossier_url(current) + "diff/?from=3&to=1")
    assert re.search(r"<del>R\$ 3,00</del>.*?<ins>R\$ 1,00</ins> <span class=\"by\">−R\$ 2,00", shown)


def test_that_nothing_has_changed_since_is_told_with_when_it_was_checked(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("1.00",))
    built()
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2.00",))
    current = built()
    assert "Conferido pela última vez" not in page(analyst, dossier_url(current) + "diff/")
    built()  # the same again
    for query in ("", "?from=2&to=2"):
        assert "nada mudou desde a versão 2" in page(analyst, dossier_url(current) + "diff/" + query)
    assert "nada mudou desde" not in page(analyst, dossier_url(current) + "diff/?from=2&to=1")
