"""A run whose details were too old to keep: its totals stand and add up, and the rest is gone, not empty."""

from datetime import timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db.models.functions import Now
from django.test import Client

from orchestrator import conf, runs
from orchestrator.models import Run
from orchestrator.records.runs import Totals
from orchestrator.upkeep import retention
from tests.fakes.source import status as answering
from tests.integration.portal.conftest import RUNS, Fakes, conforms, mine, page, post, worked_off
from tests.integration.runs.conftest import Hands


@pytest.fixture
def forgotten(
    runs_api: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> int:
    """A list of three with a bad row, partial, of which no details are kept any more."""
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["capa"].always = answering(403)
    run_id = worked_off(runs_api, hands, [*crowd[:3], "123"])
    Run.objects.update(finished_at=Now() - timedelta(days=conf.HISTORY_DAYS + 1))
    retention.forget()
    return run_id


def test_its_totals_still_add_up(runs_api: Client, forgotten: int) -> None:
    told = runs_api.get(f"{RUNS}{forgotten}/").json()
    assert (told["total"], told["done"], told["totals"]["partial"]) == (3, 3, 3)
    assert told["details_deleted_at"]
    conforms(told, "RunStatus")
    (listed,) = runs_api.get(RUNS).json()
    assert (listed["total"], listed["done"]) == (3, 3)


@pytest.mark.parametrize("of", ["results/?format=csv", "results/?format=jsonl", "failed/", "rejected/"])
def test_its_details_are_gone(runs_api: Client, forgotten: int, of: str) -> None:
    response = runs_api.get(f"{RUNS}{forgotten}/{of}")
    assert response.status_code == 410
    assert "deleted when they were old" in response.json()["detail"]


def test_what_failed_in_it_cannot_be_asked_again(runs_api: Client, forgotten: int) -> None:
    assert post(runs_api, f"{RUNS}{forgotten}/retry/").status_code == 410
    assert not runs.status(forgotten).can_retry


def test_its_page_has_the_totals_and_says_that_the_rest_is_gone(analyst: Client, forgotten: int) -> None:
    Run.objects.update(owner=mine())
    shown = page(analyst, f"/runs/{forgotten}/")
    assert "Os detalhes foram apagados com o tempo; ficam os totais." in shown
    assert "results/" not in shown
    assert "O que falhou" not in shown
    assert analyst.get(f"/runs/{forgotten}/results/").status_code == 410


def test_the_terminal_says_so(forgotten: int, tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="deleted when they were old"):
        call_command("run", "retry", str(forgotten))
    with pytest.raises(CommandError, match="deleted when they were old"):
        call_command("run", "watch", str(forgotten), "--output", str(tmp_path / "x.csv"), stdout=StringIO())
    assert not list(tmp_path.iterdir())


def test_a_run_of_which_only_a_part_is_deleted_yet_is_not_half_told(
    runs_api: Client, hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retention, "STEP", 1)
    monkeypatch.setattr(retention, "MOST_STEPS", 1)
    run_id = worked_off(runs_api, hands, crowd)
    Run.objects.update(finished_at=Now() - timedelta(days=conf.HISTORY_DAYS + 1))
    assert retention.forget()["chunks"] == 1
    assert runs_api.get(f"{RUNS}{run_id}/results/").status_code == 410
    assert runs.status(run_id).totals == Totals(new=7)
    assert runs.status(run_id).total == 7
