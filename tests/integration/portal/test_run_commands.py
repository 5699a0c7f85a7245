"""`manage.py refresh`, `build-list` and `run`: what they say, what they print, how they end."""

import json
from collections.abc import Callable
from datetime import UTC, datetime
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from orchestrator import conf, runs
from orchestrator.models import Dossier, Installation, Run
from tests.fakes.source import FakeSource
from tests.fakes.source import status as answering
from tests.integration.runs.conftest import Hands, crowd, finish, hands

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

Fakes = dict[str, FakeSource]
Command = Callable[..., tuple[int, Any]]
SLEEP = "portal.management.watching.sleep"


@pytest.fixture
def command(hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Runs a command, the work being done whenever it waits; gives exit status and what it printed."""

    def _command(*arguments: str) -> tuple[int, Any]:
        out = StringIO()
        with pytest.raises(SystemExit) as ended:
            call_command(*arguments, stdout=out)
        return int(str(ended.value.code)), json.loads(out.getvalue() or "null")

    monkeypatch.setattr(SLEEP, lambda _: finish(hands, Run.objects.latest("pk").pk))
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    return _command


@pytest.fixture
def clients(tmp_path: Path) -> Callable[..., str]:
    """Writes a list."""

    def _clients(*rows: str) -> str:
        file = tmp_path / "clientes.csv"
        file.write_text("\n".join(["cpf", *rows]))
        return str(file)

    return _clients


PURPOSE = ("--purpose", "collection")


def interrupt(_: float) -> None:
    raise KeyboardInterrupt


def test_a_refresh_shows_its_progress_and_prints_how_it_ended(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = command("refresh")
    assert (code, told["kind"], told["state"], told["totals"]["new"]) == (0, "nightly", "complete", 7)
    first, *_, last = capsys.readouterr().err.splitlines()
    assert first == f"run {told['run_id']}"
    assert last.startswith(f"[{'#' * 24}] 7/7")
    assert "7 new" in last
    assert Run.objects.get().owner == "terminal"


def test_a_refresh_joins_the_one_that_is_under_way(command: Command) -> None:
    run_id = runs.refresh(owner="user:1")
    assert command("refresh")[1]["run_id"] == run_id


def test_a_detached_refresh_prints_only_its_id(hands: Hands, crowd: list[str]) -> None:
    out = StringIO()
    call_command("refresh", "--detach", stdout=out)
    run = Run.objects.get()
    assert (out.getvalue(), run.state) == (f"{run.pk}\n", "running")


def test_a_partial_refresh_ends_with_3_and_says_how_to_go_on(
    command: Command, fake_sources: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    fake_sources["capa"].always = answering(403)
    code, told = command("refresh")
    assert (code, told["totals"]["partial"]) == (3, 7)
    assert capsys.readouterr().err.splitlines()[-1].endswith(f"manage.py run retry {told['run_id']}")


def test_a_refresh_of_which_everything_failed_ends_with_4(command: Command, fake_sources: Fakes) -> None:
    for fake in fake_sources.values():
        fake.always = answering(403)
    assert command("refresh")[0] == 4


def test_ctrl_c_leaves_the_run_and_says_how_to_watch_it_again(
    command: Command, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(SLEEP, interrupt)
    assert command("refresh") == (130, None)
    run = Run.objects.get()
    assert run.state == "running"
    assert f"manage.py run watch {run.pk}" in capsys.readouterr().err


def test_a_list_is_built_and_its_results_are_written(
    command: Command, crowd: list[str], clients: Callable[..., str], tmp_path: Path
) -> None:
    file = tmp_path / "results.jsonl"
    code, told = command("build-list", clients(*crowd[:2]), *PURPOSE, "--output", str(file))
    assert (code, told["kind"], told["purpose"]) == (0, "list", "collection")
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [line["dossier"]["cpf"] for line in lines] == crowd[:2]
    assert file.stat().st_mode & 0o777 == 0o600
    assert not list(tmp_path.glob(".*"))


def test_bad_rows_are_told_and_make_a_list_end_with_3(
    command: Command, crowd: list[str], clients: Callable[..., str], capsys: pytest.CaptureFixture[str]
) -> None:
    code, told = command("build-list", clients(crowd[0], "123", crowd[0]), *PURPOSE)
    assert (code, told["state"], told["rows"]["rejected"]) == (3, "complete", 1)
    err = capsys.readouterr().err
    assert "1 bad rows, 1 repetitions" in err
    assert "line 3: " in err
    assert "line 4: The same CPF as in line 2." in err


def test_a_repetition_is_no_failure(command: Command, crowd: list[str], clients: Callable[..., str]) -> None:
    assert command("build-list", clients(crowd[0], crowd[0]), *PURPOSE)[0] == 0


@pytest.mark.parametrize(("options", "shown"), [([], 20), (["--verbosity", "2"], 30)])
def test_the_first_bad_rows_are_shown_or_all_of_them(
    command: Command,
    crowd: list[str],
    clients: Callable[..., str],
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    shown: int,
) -> None:
    command("build-list", clients(crowd[0], *(["x"] * 30)), *PURPOSE, *options)
    lines = capsys.readouterr().err.splitlines()
    assert sum(line.startswith("  line ") for line in lines) == shown
    assert ("  and 10 more; --verbosity 2 shows all" in lines) == (shown == 20)


def test_what_failed_in_a_list_is_asked_once_more_if_wanted(
    command: Command,
    crowd: list[str],
    clients: Callable[..., str],
    fake_sources: Fakes,
    monkeypatch: pytest.MonkeyPatch,
    hands: Hands,
    tmp_path: Path,
) -> None:
    fake_sources["capa"].script = [answering(403)]
    file = tmp_path / "results.csv"
    options = ("--retry-failed", "--output", str(file))
    code, told = command("build-list", clients(*crowd[:2]), *PURPOSE, *options)
    assert (code, told["kind"], told["totals"]["changed"]) == (0, "retry", 2)
    assert Dossier.objects.filter(completeness="complete").count() == 2
    assert "partial" not in file.read_text()


def test_nothing_is_asked_once_more_where_nothing_failed(
    command: Command, crowd: list[str], clients: Callable[..., str]
) -> None:
    code, told = command("build-list", clients(crowd[0]), *PURPOSE, "--retry-failed")
    assert (code, told["kind"]) == (0, "list")


def test_wrong_check_digits_can_be_allowed(command: Command, clients: Callable[..., str]) -> None:
    file = clients("52998224726")
    with pytest.raises(CommandError, match="No row has a CPF that can be taken"):
        call_command("build-list", file, *PURPOSE)
    assert command("build-list", file, *PURPOSE, "--allow-invalid-check-digits")[0] == 0


@pytest.mark.parametrize(("name", "said"), [("absent.csv", "No such file"), ("empty.csv", "is empty")])
def test_a_list_that_cannot_be_read_is_named(hands: Hands, tmp_path: Path, name: str, said: str) -> None:
    (tmp_path / "empty.csv").touch()
    with pytest.raises(CommandError, match=rf"{name}: .*{said}"):
        call_command("build-list", str(tmp_path / name), *PURPOSE)


@pytest.mark.parametrize("name", ["results.pdf", "results", "absent/results.csv"])
def test_results_that_could_not_be_written_are_refused_before_anything_runs(
    hands: Hands, crowd: list[str], clients: Callable[..., str], tmp_path: Path, name: str
) -> None:
    with pytest.raises(CommandError, match="--output"):
        call_command("build-list", clients(crowd[0]), *PURPOSE, "--output", str(tmp_path / name))
    assert not Run.objects.exists()


def test_a_run_is_watched_again(command: Command) -> None:
    run_id = runs.refresh(owner="clock")
    code, told = command("run", "watch", str(run_id))
    assert (code, told["run_id"], told["state"]) == (0, run_id, "complete")


@pytest.mark.parametrize(
    ("action", "state"), [("pause", "paused"), ("resume", "running"), ("cancel", "cancelled")]
)
def test_a_run_is_steered(hands: Hands, crowd: list[str], action: str, state: str) -> None:
    run_id, out = runs.refresh(owner="clock"), StringIO()
    call_command("run", action, str(run_id), stdout=out)
    assert out.getvalue() == f"{state}\n"
    assert runs.status(run_id).state == state


def test_watching_a_cancelled_run_ends_with_5(command: Command) -> None:
    run_id = runs.refresh(owner="clock")
    runs.cancel(run_id)
    assert command("run", "watch", str(run_id))[0] == 5


def test_what_failed_is_asked_again(command: Command, fake_sources: Fakes) -> None:
    fake_sources["capa"].always = answering(403)
    first = command("refresh")[1]
    fake_sources["capa"].always = None
    code, told = command("run", "retry", str(first["run_id"]))
    assert (code, told["parent_id"]) == (0, first["run_id"])


@pytest.mark.parametrize("action", ["watch", "pause", "resume", "cancel", "retry"])
def test_a_run_that_does_not_exist_is_named(hands: Hands, action: str) -> None:
    with pytest.raises(CommandError, match="run 4711: There is no such run"):
        call_command("run", action, "4711")


def test_a_retry_where_nothing_failed_says_so(command: Command) -> None:
    run_id = command("refresh")[1]["run_id"]
    with pytest.raises(CommandError, match="nothing to try again"):
        call_command("run", "retry", str(run_id))


def test_the_run_that_a_night_waits_for_is_said_and_nothing_where_none_waits(
    hands: Hands, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    call_command("night")
    assert not capsys.readouterr().out
    monkeypatch.setenv("NIGHTLY_AT", "00:00")
    Installation.objects.update(nights_since=datetime(2026, 1, 1, tzinfo=UTC))
    run_id = runs.refresh(owner="user:1")
    runs.pause(run_id)
    call_command("night")
    said = capsys.readouterr().out
    assert f"waits for run {run_id}, paused since" in said
    assert f"manage.py run resume {run_id}" in said
