"""A run in words and numbers."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from django.utils import translation

from orchestrator.records.runs import ListRows, MemberResult, RejectedLine, RunSource, RunStatus, Totals
from portal.api import run_serializers
from portal.management import watching
from portal.presenting import formats, refusals, words
from portal.presenting.runs import run_pages
from portal.presenting.runs.run_details import SourceLine
from tests.unit.portal import cast

BEGAN = datetime(2026, 11, 25, 6, 0, tzinfo=UTC)
ALPHA = RunSource(
    source="alpha",
    calls=4,
    answered=4,
    errors={},
    median_seconds=0.25,
    lacking=0,
    listed=7000,
    list_error_code=None,
    given_up=False,
)


def status(**told: object) -> RunStatus:
    """A nightly run in the middle of its work, all well unless told otherwise."""
    well = RunStatus(
        id=12,
        kind="nightly",
        state="running",
        business_date=date(2026, 11, 25),
        parent_id=None,
        retry_ids=(),
        purpose="account_review",
        owner="clock",
        team="",
        over_everybody=True,
        created_at=BEGAN,
        finished_at=None,
        paused_at=None,
        resume_at=None,
        paused_for=(),
        waiting_night=None,
        overtaken=False,
        planning=False,
        total=7000,
        totals=Totals(new=1000, unchanged=2500),
        per_second=320.4,
        seconds_left=700.0,
        rows=None,
        sources=(ALPHA,),
        changes={},
        most_changed=(),
        waiting_again=0,
    )
    return replace(well, **told)  # type: ignore[arg-type]


def report(*lacking: MemberResult, **told: object) -> run_pages.Report:
    return run_pages.Report.of(status(**told), lacking, cast.sources())


def source(**told: object) -> SourceLine:
    (line,) = report(sources=(replace(ALPHA, **told),)).sources  # type: ignore[arg-type]
    return line


@pytest.mark.parametrize(
    ("told", "title"),
    [
        ({}, "Noturna de 25/11/2026"),
        ({"business_date": None}, "Atualização de todos"),
        ({"kind": "list", "business_date": None}, "Lista de CPFs"),
        ({"kind": "retry", "business_date": None}, "Nova tentativa do que falhou"),
    ],
)
def test_a_title_says_what_a_run_is(told: dict[str, object], title: str) -> None:
    assert run_pages.title(status(**told)) == title


def test_every_state_and_outcome_has_a_sign_of_its_own() -> None:
    assert set(words.RUN_STATES) == set(run_serializers.STATES)
    assert set(words.RUN_OUTCOMES) == set(words.RUN_OUTCOME_EXPLANATIONS) == set(vars(Totals()))
    for signs in (words.RUN_STATES, words.RUN_OUTCOMES):
        assert len({str(sign.word) for sign in signs.values()}) == len(signs)
        assert len({sign.icon for sign in signs.values()}) == len(signs)


def test_the_outcomes_add_up_to_what_is_done_and_the_rest_is_to_do() -> None:
    shown = report(totals=Totals(failed=1, partial=2, new=3, changed=4, unchanged=5, skipped=6), total=30)
    assert [(outcome.key, outcome.number) for outcome in shown.outcomes] == [
        ("failed", 1),
        ("partial", 2),
        ("new", 3),
        ("changed", 4),
        ("unchanged", 5),
        ("skipped", 6),
    ]
    assert (sum(outcome.number for outcome in shown.outcomes), shown.remaining) == (shown.progress.done, 9)


def test_progress_pace_and_what_is_left_are_written_out() -> None:
    shown = report()
    assert (shown.progress.share, shown.rate, shown.left) == ("50 %", "320", "cerca de 12 min")


@pytest.mark.parametrize(
    ("seconds", "left"),
    [(0.0, "menos de um minuto"), (90.0, "cerca de 2 min"), (3900.0, "cerca de 1 h 05 min")],
)
def test_what_is_left_is_told_as_people_would(seconds: float, left: str) -> None:
    assert report(seconds_left=seconds).left == left


@pytest.mark.parametrize(
    "told",
    [
        {"seconds_left": None},
        {"state": "paused"},
        {
            "totals": Totals(partial=7000),
            "seconds_left": 0.0,
        },  # all have an outcome, and some are asked again
        {"state": "complete", "finished_at": BEGAN},
    ],
)
def test_what_is_left_is_not_guessed(told: dict[str, object]) -> None:
    assert report(**told).left == ""


def test_a_paused_run_has_no_pace() -> None:
    assert report(state="paused").rate == ""


def test_a_run_that_paused_by_itself_says_for_whom_and_until_when() -> None:
    resume_at = datetime(2026, 11, 25, 6, 12, tzinfo=UTC)
    (note,) = report(state="paused", paused_for=("alpha", "gone"), resume_at=resume_at).notes
    assert "por causa de Alpha (dívidas), gone" in note
    assert "retoma sozinha às 03:12:00" in note  # São Paulo


def test_a_pause_whose_cause_has_gone_still_says_until_when() -> None:
    (note,) = report(state="paused", resume_at=BEGAN).notes
    assert note == "Pausada; retoma sozinha às 03:00:00."


def test_a_run_that_somebody_paused_waits_for_somebody() -> None:
    (note,) = report(state="paused", paused_at=BEGAN).notes
    assert note.startswith("Pausada a pedido desde 25/11/2026 03:00:")
    assert "até alguém retomar" in note


def test_a_night_that_waits_for_a_run_is_told_and_when_it_waits_no_more() -> None:
    waits = {"waiting_night": date(2026, 11, 26)}
    assert report(**waits).notes == ("A noturna de 26/11/2026 espera por esta consulta.",)
    _, note = report(state="paused", paused_at=BEGAN, **waits).notes
    assert note.startswith(
        "A noturna de 26/11/2026 espera por esta consulta; quando a pausa passar de um dia"
    )


def test_a_run_that_the_next_night_ended_says_why() -> None:
    (note,) = report(state="cancelled", finished_at=BEGAN, overtaken=True).notes
    assert note.startswith("Ficou pausada por mais de um dia")


def test_the_list_tells_since_when_a_run_is_paused_and_which_night_waits() -> None:
    paused = status(state="paused", paused_at=BEGAN, waiting_night=date(2026, 11, 26))
    assert [line.note for line in run_pages.lines([paused, status()], {})] == [
        "desde 25/11/2026 03:00. A noturna de 26/11/2026 espera.",
        "",
    ]


def test_what_will_be_asked_again_is_told_until_the_end() -> None:
    assert report(waiting_again=1).notes == ("1 CPF que falhou será consultado de novo antes do fim.",)
    assert report(waiting_again=1200).notes[0].startswith("1.200 CPFs que falharam serão")
    assert report(waiting_again=1, state="cancelled", finished_at=BEGAN).notes == ()


def test_who_was_left_out_and_what_is_gone_is_told() -> None:
    assert report(erased=1).notes == ("1 pessoa ficou de fora: seus dados foram apagados.",)
    uncounted = replace(ALPHA, calls=0)
    gone = report(state="complete", finished_at=BEGAN, forgotten_at=BEGAN, sources=(uncounted,))
    assert gone.notes == ("Os detalhes foram apagados com o tempo; ficam os totais.",)
    assert gone.sources == ()


def test_a_source_is_told_in_words() -> None:
    told = source(answered=1, errors={"timeout": 2, "bad_answer": 1}, median_seconds=1.24, lacking=3)
    assert (told.label, told.median, told.lacking) == ("Alpha (dívidas)", "1,2 s", 3)
    assert [(str(word), number) for word, number in told.errors] == [
        ("a fonte demorou demais", 2),
        ("a fonte respondeu algo inválido", 1),
    ]
    assert told.warnings == ()


def test_a_source_that_is_lacking_warns() -> None:
    assert source(given_up=True).warnings == ("seguiu sem esta fonte",)
    assert source(list_error_code="unreachable").warnings == (
        "lista não lida até o fim: sem conexão com a fonte",
    )


def test_a_list_that_is_tried_again_says_which_try_and_when() -> None:
    failed = replace(ALPHA, list_error_code="unreachable", list_tries=2, list_max_tries=5)
    waiting = replace(failed, list_next_try_at=BEGAN)
    told = [
        report(planning=planning, sources=(each,)).sources[0].warnings[0]
        for planning, each in ((True, waiting), (True, failed), (False, failed))
    ]
    assert told == [
        "lista não lida: sem conexão com a fonte; tentativa 2 de 5, a próxima às 03:00:00",
        "lista não lida: sem conexão com a fonte; tentativa 2 de 5",
        "lista não lida até o fim: sem conexão com a fonte",
    ]


def test_a_terminal_tells_which_lists_are_not_read_and_why() -> None:
    failed = {"list_error_code": "unreachable", "list_tries": 2, "list_max_tries": 5}
    alpha = replace(ALPHA, **failed, list_next_try_at=BEGAN)  # type: ignore[arg-type]
    nothing = {"totals": Totals(), "total": 0, "planning": True, "per_second": None, "seconds_left": None}
    told = watching.line(status(**nothing, sources=(alpha, replace(alpha, source="beta"))))
    assert told.endswith("0/0+  list of alpha, beta: unreachable, try 2 of 5, next at 03:00:00")
    assert watching.line(status(**nothing)).endswith("nothing done yet")
    ended = status(**nothing, state="failed", finished_at=BEGAN, sources=(alpha,))
    assert "list of" not in watching.line(ended)


def test_a_source_that_never_answered_has_no_time() -> None:
    assert source(median_seconds=None).median == ""


def test_listed_cpfs_are_told_only_where_sources_were_asked_for_their_lists() -> None:
    assert report().lists_sources
    assert not report(sources=(replace(ALPHA, listed=None),)).lists_sources


def test_changes_carry_the_labels_that_sources_declare() -> None:
    changes = {"alpha.debts": 9, "beta.person": 3, "capa.presence": 2, "gone.old": 1}
    shown = report(changes=changes, most_changed=((4, 7),))
    assert [(change.source, str(change.label), change.dossiers) for change in shown.changes] == [
        ("Alpha (dívidas)", "Dívidas", 9),
        ("Beta (bens e rendas)", "Dados pessoais", 3),
        ("Capa (transações)", "Pessoa na fonte", 2),
        ("gone", "old", 1),
    ]
    assert shown.most_changed == ((4, 7),)


def test_who_failed_is_told_with_the_reason_of_each_source() -> None:
    errors = {"alpha": "timeout", "gone": "brand_new"}
    member = MemberResult(dossier_id=5, outcome="partial", errors=errors, line=3, restored=False)
    shown = report(member)
    (lacking,) = shown.lacking
    assert shown.from_list
    assert (lacking.dossier_id, lacking.line, str(lacking.sign.word)) == (5, 3, "parcial")
    assert [(source, str(reason)) for source, reason in lacking.reasons] == [
        ("Alpha (dívidas)", "a fonte demorou demais"),
        ("gone", "brand_new"),
    ]


def test_that_a_dossier_could_not_be_read_is_told_once_and_of_no_source() -> None:
    errors = dict.fromkeys(("alpha", "beta", "capa"), "unknown_key")
    member = MemberResult(dossier_id=5, outcome="failed", errors=errors, line=None, restored=False)
    (lacking,) = report(member).lacking
    assert [(source, str(reason)) for source, reason in lacking.reasons] == [
        ("", "falta nesta instalação a chave dos dados desta pessoa")
    ]


def test_rejected_rows_have_reasons_in_words_or_else_the_orchestrator_s() -> None:
    rows = [
        RejectedLine(line=7, code="check_digits", message="x"),
        RejectedLine(line=9, code="new", message="y"),
    ]
    assert [(row.line, str(row.reason)) for row in run_pages.rejected(rows)] == [
        (7, refusals.CPF_ERRORS["check_digits"]),
        (9, "y"),
    ]


def test_a_screen_reader_hears_of_each_tenth_and_each_state() -> None:
    assert report().announcement == "em andamento: 50 % feitos."
    assert report(totals=Totals(new=4199)).announcement == "em andamento: 50 % feitos."
    assert report(state="paused", totals=Totals(new=4200)).announcement == "pausada: 60 % feitos."
    assert report(state="complete", finished_at=BEGAN).announcement == "concluída."
    assert report(total=0, totals=Totals()).announcement == "em andamento."


def test_a_line_of_the_list_has_only_the_outcomes_that_there_are() -> None:
    ended = status(
        state="partial", totals=Totals(partial=2, new=5), finished_at=BEGAN + timedelta(minutes=65)
    )
    (line,) = run_pages.lines([ended], {"clock": "o relógio"})
    assert [(outcome.key, outcome.number) for outcome in line.outcomes] == [("partial", 2), ("new", 5)]
    assert (line.owner, line.lasted, line.finished) == ("o relógio", "1 h 05 min", True)


def test_a_list_s_rows_change_nothing_of_the_report() -> None:
    assert report(kind="list", rows=ListRows(accepted=7)) == report()


def test_a_report_is_in_the_page_s_language() -> None:
    with translation.override("en"):
        shown = report(state="paused", waiting_again=2)
        assert str(shown.sign.word) == "paused"
        assert shown.sources[0].label == "Alpha (debts)"
        assert "until somebody resumes it" in shown.notes[0]
        assert run_pages.title(status()) == "Night of 25 Nov 2026"


@pytest.mark.parametrize(
    ("seconds", "written"),
    [(29.0, "menos de um minuto"), (31.0, "1 min"), (3570.0, "1 h 00 min"), (7500.0, "2 h 05 min")],
)
def test_long_times_are_written_to_the_minute(seconds: float, written: str) -> None:
    assert formats.long_duration(seconds) == written


def test_counts_and_rates_are_written_the_brazilian_way() -> None:
    assert (formats.number(1234567), formats.number(0)) == ("1.234.567", "0")
    with translation.override("en"):
        assert (formats.number(1234567), formats.number(0)) == ("1,234,567", "0")
    assert (formats.rate(1.25), formats.rate(9.0), formats.rate(1234.5)) == ("1,2", "9,0", "1.234")
