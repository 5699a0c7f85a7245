"""A worker proves that it consumes; one that is silent too long is killed, and nothing else is."""

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import psutil
import pytest
from django.db.models.functions import Now

from ops.service.serving import workers
from orchestrator import dispatch
from orchestrator.management.commands import sweep as sweep_command
from orchestrator.models import Worker
from orchestrator.upkeep import liveness, sweeper
from tests.stack import eventually

NAME = "interactive@test"
pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _has_looked_before(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "looked_at", time.monotonic())


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The workers that were asked."""
    names: list[str] = []

    def note(_: int, name: str) -> bool:
        names.append(name)
        return True

    monkeypatch.setattr(dispatch, "ask_to_prove", note)
    return names


@pytest.fixture
def process() -> Iterator["subprocess.Popen[bytes]"]:
    """A process that looks like the worker."""
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)", NAME]) as started:
        yield started
        started.kill()


def worker(pid: int, *, silent: float | None = None, proved: float = 60, **values: Any) -> Worker:
    """A noted worker that proved itself so long ago."""
    return Worker.objects.create(
        name=NAME,
        pid=pid,
        proved_at=Now() - timedelta(seconds=proved),
        asked_at=Now() - timedelta(seconds=silent) if silent is not None else None,
        **{"host": socket.gethostname(), **values},
    )


def test_a_worker_notes_itself_and_its_orderly_end() -> None:
    liveness.note_started(NAME)
    liveness.note_started(NAME)
    assert Worker.objects.get().pid == os.getpid()
    liveness.note_stopped(NAME)
    assert not Worker.objects.exists()


def test_who_has_not_proved_itself_lately_is_asked(asked: list[str]) -> None:
    noted = worker(1)
    liveness.ask_all()
    assert asked == [NAME]
    first = Worker.objects.get().asked_at
    assert first is not None
    liveness.ask_all()
    assert Worker.objects.get().asked_at == first, "the oldest question counts"
    liveness.note_proof(noted.pk)
    assert Worker.objects.get().asked_at is None
    liveness.ask_all()
    assert asked == [NAME] * 2, "who has just proved itself is left alone"


def test_without_a_broker_nobody_is_blamed(monkeypatch: pytest.MonkeyPatch) -> None:
    worker(1, silent=40)
    monkeypatch.setattr(dispatch, "ask_to_prove", lambda *_: False)
    liveness.ask_all()
    assert Worker.objects.get().asked_at is None


def test_a_silent_worker_is_killed(process: "subprocess.Popen[bytes]") -> None:
    os.kill(process.pid, signal.SIGSTOP)  # alive, and consumes nothing
    worker(process.pid, silent=60)
    liveness.replace_silent(workers.kill)
    assert process.wait(timeout=10) == -signal.SIGKILL
    assert not Worker.objects.exists()


@pytest.mark.usefixtures("asked")
def test_the_sweeper_s_process_is_who_kills(process: "subprocess.Popen[bytes]") -> None:
    worker(process.pid, silent=60)
    assert sweeper.sweep()
    assert process.poll() is None, "the orchestrator alone kills nobody"
    assert sweep_command.sweep()
    assert process.wait(timeout=10) == -signal.SIGKILL


@pytest.mark.parametrize(
    "values", [{"silent": 10}, {"silent": None}, {"silent": 60, "host": "elsewhere"}], ids=str
)
def test_others_are_left_alone(process: "subprocess.Popen[bytes]", values: dict[str, Any]) -> None:
    worker(process.pid, **values)
    liveness.replace_silent(workers.kill)
    assert process.poll() is None
    assert Worker.objects.exists()


def test_who_could_not_look_for_a_while_asks_anew_first(
    process: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    worker(process.pid, silent=60)
    monkeypatch.setattr(liveness, "looked_at", time.monotonic() - 60)
    liveness.replace_silent(workers.kill)
    assert process.poll() is None
    assert Worker.objects.get().asked_at is None


def test_a_stranger_with_the_workers_old_pid_is_not_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"]) as stranger:
        worker(stranger.pid, silent=60)
        liveness.replace_silent(workers.kill)
        assert stranger.poll() is None
        stranger.kill()
    assert not Worker.objects.exists(), "it is asked again when it starts again"


def test_who_left_a_question_unanswered_for_an_hour_is_forgotten(asked: list[str]) -> None:
    worker(1, silent=4000, host="elsewhere")
    liveness.ask_all()
    assert asked == []
    assert not Worker.objects.exists()


def test_who_could_not_be_asked_for_hours_is_not_forgotten(asked: list[str]) -> None:
    worker(1, proved=40_000)
    liveness.ask_all()
    assert asked == [NAME]


def test_a_worker_that_may_not_be_killed_stops_no_sweep(
    process: "subprocess.Popen[bytes]", monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_: psutil.Process) -> None:
        raise psutil.AccessDenied

    monkeypatch.setattr(psutil.Process, "kill", refuse)
    worker(process.pid, silent=60)
    liveness.replace_silent(workers.kill)
    assert process.poll() is None


def test_the_question_lies_in_the_workers_own_queue() -> None:
    from redis import Redis

    queue = f"{NAME}.dq2"
    with Redis.from_url(os.environ["REDIS_URL"]) as redis:
        redis.flushdb()
        assert dispatch.ask_to_prove(7, NAME)
        assert eventually(lambda: redis.llen(queue)) == 1
        redis.flushdb()
        assert dispatch.ask_to_prove(7, NAME), "also after Redis has lost its bindings"
        assert redis.llen(queue) == 1
        redis.flushdb()
