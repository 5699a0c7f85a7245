"""What is said of a run beside its state: how much of it it brought, and what was not taken."""

from orchestrator.records.runs import ListRows, Totals
from tests.unit.portal.presenting.test_run_pages import BEGAN, report


def test_an_ended_run_that_did_not_bring_all_says_how_much_of_it_it_brought() -> None:
    ended = {"finished_at": BEGAN, "state": "partial", "total": 7000}
    told = report(**ended, totals=Totals(failed=20, partial=80, new=6900)).summary
    assert told == (
        "6.900 de 7.000 com todas as fontes; 80 salvos em parte, sem alguma fonte; "
        "20 sem resposta nenhuma, nada salvo."
    )
    cancelled = report(**ended, totals=Totals(new=1000, cancelled=6000)).summary
    assert cancelled == "1.000 de 7.000 com todas as fontes; 6.000 nem consultados."
    assert report(**ended, totals=Totals(new=7000)).summary == ""
    assert report(totals=Totals(failed=20, new=100)).summary == ""  # it is not over


def test_rows_that_were_refused_are_told_whatever_the_state_says() -> None:
    assert report(rows=ListRows(accepted=5, rejected=1, duplicates=3)).refused == "1 linha recusada"
    assert report(rows=ListRows(accepted=5, rejected=1200)).refused == "1.200 linhas recusadas"
    assert report(rows=ListRows(accepted=5, duplicates=3)).refused == ""
    assert report().refused == ""
