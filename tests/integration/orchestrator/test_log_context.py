"""Every line of a task tells the task, and the rows that it is about; never whose they are."""

import pytest
import structlog

from orchestrator import dispatch, runs, tasks
from orchestrator.models import Chunk
from tests.fakes.people import MARIA
from tests.fakes.source import status
from tests.logs import captured

pytestmark = pytest.mark.django_db(transaction=True)  # a task looks after its connection


def line(lines, event):
    (found,) = (each for each in lines if each["event"] == event)
    return found


def test_a_fetch_s_lines_tell_task_fetch_and_build(ask):
    build = ask().build
    fetch = build.fetches.first()
    read = captured()
    ended = tasks.fetch_source.apply(args=(fetch.pk,))
    lines = read()
    called = line(lines, "source.called")
    assert (called["task"], called["task_id"]) == ("orchestrator.fetch_source", ended.id)
    assert (called["fetch"], called["build"]) == (fetch.pk, build.pk)
    assert MARIA not in str(lines)


def test_a_chunk_s_lines_tell_chunk_and_run(fake_sources, monkeypatch):
    monkeypatch.setattr(dispatch, "send_plan", lambda run_id: bool(tasks.plan_run.apply(args=(run_id,))))
    monkeypatch.setattr(dispatch, "send_chunk", lambda *_: True)
    fake_sources["capa"].always = status(403)
    run_id = runs.refresh(owner="clock")
    (chunk,) = Chunk.objects.filter(run=run_id)
    read = captured()
    tasks.fetch_chunk.apply(args=(chunk.pk, chunk.passes, "capa"))
    failed = line(read(), "run.source_failed")
    assert (failed["task"], failed["chunk"], failed["run"]) == ("orchestrator.fetch_chunk", chunk.pk, run_id)


def test_nothing_of_a_task_is_told_of_the_next(ask):
    build = ask().build
    tasks.fetch_source.apply(args=(build.fetches.first().pk,))
    assert structlog.contextvars.get_contextvars() == {}
