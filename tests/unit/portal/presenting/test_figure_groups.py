"""Figures in groups, flags with where their rows are, and the signs of sources."""

from dataclasses import replace

import pytest
from django.utils import translation

from orchestrator.records.dossiers import Presence
from orchestrator.records.sources import Label
from portal.figures.declared import DECLARED
from portal.figures.flags import RULES
from portal.figures.records import Flag, Tone
from portal.presenting.dossiers import dossier_page, figure_words
from tests.unit.portal import cast
from tests.unit.portal.figures.people import debt, person, reckoned

WORDS = Label(pt="Cuidado.", en="Take care.")


def test_every_figure_is_in_one_group_in_the_order_in_which_it_is_declared() -> None:
    groups = figure_words.groups(reckoned(person()), cast.REGISTERED)
    told = [figure.key for group in groups for figure in group.figures]
    assert told == list(DECLARED)


def test_a_figure_that_no_group_names_is_shown_all_the_same() -> None:
    figures = reckoned(person())
    extra = replace(figures.figures["assets"], key="new")
    groups = figure_words.groups(replace(figures, figures={**figures.figures, "new": extra}), cast.REGISTERED)
    assert groups[-1].figures[-1].key == "new"


def test_where_one_would_look_for_a_debt_service_ratio_it_says_why_there_is_none() -> None:
    groups = {
        group.key: str(group.note) for group in figure_words.groups(reckoned(person()), cast.REGISTERED)
    }
    assert "comprometimento de renda" in groups["income"]
    assert [key for key, note in groups.items() if note] == ["income"]


def test_a_figure_tells_when_the_oldest_of_what_it_stands_on_was_fetched() -> None:
    view = person(debts=[debt("1.00")])
    told = figure_words.told(reckoned(view), cast.REGISTERED)
    assert {figure.as_of for figure in told} == {cast.CHECKED}


@pytest.mark.parametrize(
    ("section", "of_sources", "anchor", "where"),
    [
        ("debts", False, "debts", "Dívidas"),
        ("", True, "sources", "Fontes"),
        ("", False, "differ", "As fontes divergem"),
    ],
)
def test_a_flag_leads_to_the_rows_that_raise_it(
    section: str, of_sources: bool, anchor: str, where: str
) -> None:
    flag = Flag(key="x", tone=Tone.BAD, words=WORDS, section=section, of_sources=of_sources)
    (line,) = figure_words.flags([flag], cast.REGISTERED)
    assert (line.anchor, str(line.where), line.text) == (anchor, where, "Cuidado.")
    with translation.override("en"):
        assert figure_words.flags([flag], cast.REGISTERED)[0].text == "Take care."


def test_every_rule_s_section_is_one_that_a_source_declares() -> None:
    declared = {section.key for source in cast.REGISTERED for section in source.sections}
    assert {rule.section for rule in RULES} - {""} <= declared


def test_grave_flags_come_first_each_with_a_word_and_an_icon_of_its_own() -> None:
    raised = [Flag(key=tone, tone=tone, words=WORDS, section="debts") for tone in (Tone.WARN, Tone.BAD)]
    lines = figure_words.flags(raised, cast.REGISTERED)
    assert [str(line.sign.word) for line in lines] == ["grave", "atenção"]
    assert len({line.sign.icon for line in lines}) == 2


def test_the_six_states_of_a_source_have_each_a_word_an_icon_and_a_meaning() -> None:
    signs = [sign for sign, _meaning in dossier_page.LEGEND]
    assert len({str(sign.word) for sign in signs}) == len({sign.icon for sign in signs}) == 6
    assert len({str(meaning) for _sign, meaning in dossier_page.LEGEND}) == 6


def test_found_without_records_and_not_yet_asked_are_signs_of_their_own() -> None:
    view = cast.maria(alpha=cast.absent(Presence.NOT_FOUND))
    nothing = replace(view.blocks["beta"], sections={"patrimonies": (), "sources_income": ()})
    blocks = {"alpha": view.blocks["alpha"], "beta": nothing}
    signs = dossier_page.standings(replace(view, blocks=blocks), cast.REGISTERED)
    assert [str(each.sign.word) for each in signs.values()] == [
        "pessoa não encontrada",
        "encontrada, sem registros",
        "ainda não consultado",
    ]


def test_how_often_a_source_was_called_is_told() -> None:
    standing = dossier_page.standings(cast.maria(), cast.REGISTERED)["alpha"]
    assert standing.attempts == cast.maria().provenance["alpha"].attempts > 0
