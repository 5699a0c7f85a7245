"""A dossier's page above its rows: who, flags, figures, charts, sources; and its history."""

import re

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from orchestrator import dossiers as orchestrated
from orchestrator.models import Snapshot
from portal.access import dossiers
from portal.access.readers import Reader
from portal.access.roles import May
from tests.fakes import people
from tests.fakes.people import ANA, MARIA
from tests.integration.portal.conftest import Build, Fakes, dossier_url, mine, page, section, silence

QUERIES = 24


def owing(fakes: Fakes, *amounts: str, day: str = "2026-09-01") -> None:
    """Alpha answers with these debts of Maria's, all of one day."""
    item = people.alpha(MARIA, debts=amounts)
    item["debts"] = [{**debt, "date": day} for debt in item["debts"]]
    fakes["alpha"].people[MARIA] = item


def versions(built: Build, fakes: Fakes, number: int) -> str:
    """Maria's dossier with so many versions, at each of which she owes more; where it is shown."""
    for each in range(number):
        owing(fakes, f"{1000 + each}.00")
        current = built()
    return dossier_url(current)


def reader(*allowed: May) -> Reader:
    return Reader(owner=mine(), allowed=frozenset(allowed))


def test_the_page_tells_who_then_flags_figures_charts_sources_sections_and_history(
    analyst: Client, built: Build
) -> None:
    shown = page(analyst, dossier_url(built()))
    order = ["who", "flags", "figures", "charts", "sources", "section-debts", "versions"]
    places = [shown.index(f'aria-labelledby="{heading}"') for heading in order]
    assert places == sorted(places)


def test_every_figure_has_its_formula_and_what_it_stands_on(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    owing(fake_sources, "1000.00", "250.50")
    shown = section(page(analyst, dossier_url(built())), "figures")
    assert shown.count('class="figure"') == 13
    assert shown.count("Como se calcula") == 13
    for part in ("Dívida total", "R$ 1.250,50", "Bens − dívida total.", "Com o que se sabia em", "Alpha"):
        assert part in shown
    assert "por isso não há “comprometimento de renda”" in shown


def test_a_flag_has_a_word_and_leads_to_the_rows_that_raise_it(analyst: Client, built: Build) -> None:
    shown = page(analyst, dossier_url(built()))
    flags = section(shown, "flags")
    told = re.findall(r'</svg>(\w+)</span> <span>(.*?)</span> <a href="#([\w-]+)"', flags)
    assert ("atenção", "As fontes dão endereços diferentes.", "differ") in told
    assert [word for word, _text, _anchor in told] == sorted((each[0] for each in told), reverse=True)
    assert not [anchor for _word, _text, anchor in told if f'id="{anchor}"' not in shown]


def test_who_owes_nothing_and_is_known_alike_everywhere_has_only_what_is_so(
    analyst: Client, built: Build
) -> None:
    shown = section(page(analyst, dossier_url(built(ANA))), "flags")
    assert "Há dívidas registradas" not in shown
    assert "grave" not in shown


def test_the_oldest_debt_of_who_owes_nothing_is_not_told_as_unknown(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    shown = page(analyst, dossier_url(built(ANA)))
    assert '<p class="value none">Não há dívida com data que conte.</p>' in shown
    assert "desconhecido: Não há dívida" not in shown


def test_charts_are_drawn_with_their_sentence_and_their_numbers(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    shown = section(page(analyst, versions(built, fake_sources, 2)), "charts")
    assert shown.count("<svg xmlns") == 4
    assert shown.count('role="img"') == 4
    assert "Da versão 1 à 2: Dívida total, R$ 1.000,00 → R$ 1.001,00" in shown
    assert shown.count("Ver os números") == 4
    for refused in (" style=", "<style", "<script", " onload", "<image"):
        assert refused not in shown


def test_what_a_source_wrote_is_no_markup_in_a_chart(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    item = people.capa(MARIA, values=(10.0,))
    item["financial_transactions"][0]["description"] = "</text><script>alert(1)</script>"
    fake_sources["capa"].people[MARIA] = item
    shown = page(analyst, dossier_url(built()))
    assert "&lt;script&gt;" in section(shown, "charts")
    assert "<script>alert" not in shown


def test_of_a_source_that_failed_figures_and_charts_are_unknown_and_say_why(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    silence(fake_sources["alpha"])
    shown = page(analyst, dossier_url(built()))
    why = r"esconhecido: Alpha [^<]*não respondeu, e nada se sabe dela\."
    assert len(re.findall(why, section(shown, "figures"))) == 5  # three of debts, net worth, debt in months
    assert len(re.findall(why, section(shown, "charts"))) == 1
    assert "Uma fonte falhou, e nada se sabe dela." in section(shown, "flags")
    sources = section(shown, "sources")
    assert re.search(r'class="block bad"> <strong>Alpha.*?falhou.*?1 tentativa', sources)


def test_what_failed_is_not_found_has_no_records_or_is_kept_look_different(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=())
    fake_sources["beta"].people.pop(MARIA, None)
    url = dossier_url(built())
    silence(fake_sources["capa"])
    built()
    sources = section(page(analyst, url), "sources").partition("<details")[0]
    icons = re.findall(r"#icon-([\w-]+)", sources)
    assert icons == ["minus", "none", "old"]
    for words in ("encontrada, sem registros", "pessoa não encontrada", "último dado conhecido"):
        assert words in sources
    assert "de consulta anterior" in section(page(analyst, url), "figures")


def test_a_debt_older_than_five_years_counts_in_its_number_only(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    owing(fake_sources, "77777.00", day="2019-01-01")
    shown = page(analyst, dossier_url(built()))
    above = shown[: shown.index('aria-labelledby="section-debts"')]
    assert "77.777" not in above
    assert "Não entra 1 dívida de mais de cinco anos." in above


def test_the_history_tells_the_second_and_how_complete_the_latest_is_now(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    url = versions(built, fake_sources, 2)
    silence(fake_sources["beta"])
    built()  # nothing changed, and a source failed
    history = section(page(analyst, url), "versions")
    assert re.findall(r"Versão (\d)</a> .*?</svg>([a-z]+)</span>", history) == [
        ("2", "parcial"),
        ("1", "completa"),
    ]
    assert len(re.findall(r"\d\d/\d\d/\d{4} \d\d:\d\d:\d\d", history)) == 2


def test_an_older_version_is_drawn_with_those_before_it_only(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    url = versions(built, fake_sources, 3)
    assert "Da versão 1 à 2" in page(analyst, f"{url}versions/2/")
    assert "Da versão" not in page(analyst, f"{url}versions/1/")


def test_at_most_a_dozen_versions_are_drawn_and_that_is_one_look_on_the_record(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    url = versions(built, fake_sources, 14)
    assert "Da versão 3 à 14" in page(analyst, url)
    with connection.cursor() as cursor:  # now() is when this test began
        cursor.execute("select version, detail from access_record where action = 'look' and at >= now()")
        assert sorted(cursor.fetchall()) == [(3, "figures from"), (14, "")]


def test_the_page_makes_as_many_queries_whatever_the_versions(
    analyst: Client, built: Build, fake_sources: Fakes
) -> None:
    url = versions(built, fake_sources, 2)
    page(analyst, url)
    with CaptureQueriesContext(connection) as few:
        analyst.get(url)
        with_two = len(few)
    versions(built, fake_sources, 9)
    with CaptureQueriesContext(connection) as many:
        analyst.get(url)
        with_more = len(many)
    assert with_two == with_more <= QUERIES


def test_only_versions_that_the_reader_may_see_are_drawn(built: Build, fake_sources: Fakes) -> None:
    dossier_id = int(versions(built, fake_sources, 3).split("/")[2])
    theirs = reader(May.READ)
    assert [view.version for view in dossiers.earlier(theirs, dossier_id, 3)] == [1, 2]
    Snapshot.objects.filter(number=1).delete()
    assert [view.version for view in dossiers.earlier(theirs, dossier_id, 3)] == [2]
    since = orchestrated.before(dossier_id, 3, since=3, most=11)
    assert list(since) == []


def test_of_thousands_of_rows_one_version_before_is_opened(
    built: Build, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    dossier_id = int(versions(built, fake_sources, 4).split("/")[2])
    for enough, opened in ((100, 3), (6, 2), (5, 1), (1, 1)):  # each version has five rows
        monkeypatch.setattr(dossiers, "EARLIER_ROWS", enough)
        assert len(dossiers.earlier(reader(May.READ), dossier_id, 4)) == opened
