import pytest

from ops.engines.errors import StackProblem
from ops.engines.files import Record
from ops.engines.postgres import Postgres


@pytest.fixture
def postgres(tmp_path, monkeypatch):
    """PostgreSQL whose programs tell this version, and do nothing else."""

    def _postgres(version):
        program = tmp_path / "program"
        program.write_text(f"#!/bin/sh\necho '{version}'\n")
        program.chmod(0o755)
        monkeypatch.setattr(Postgres, "_binary", lambda self, name: str(program))
        return Postgres(tmp_path, Record(tmp_path), {})

    return _postgres


@pytest.mark.parametrize(
    ("version", "has_io_method"),
    [
        ("postgres (PostgreSQL) 18.0", True),
        ("postgres (PostgreSQL) 15.14 (Debian 15.14-1.pgdg12+1)", False),
        ("postgres (PostgreSQL) 18beta1 (Ubuntu 18~beta1-1)", True),
    ],
)
def test_a_distribution_s_own_words_after_the_version_do_no_harm(postgres, version, has_io_method):
    assert ("io_method=sync" in postgres(version).argv()) is has_io_method


def test_what_is_no_postgresql_is_said_in_one_sentence(postgres):
    with pytest.raises(StackProblem, match="does not tell its version: 'hello'"):
        postgres("hello").argv()


def test_data_of_another_version_are_left_alone(postgres, tmp_path):
    engine = postgres("postgres (PostgreSQL) 15.14 (Debian 15.14-1.pgdg12+1)")
    cluster = engine.data / "cluster"
    cluster.mkdir(parents=True)
    (cluster / "PG_VERSION").write_text("18\n")
    with pytest.raises(StackProblem, match="holds data of PostgreSQL 18 and the server here is 15"):
        engine.prepare()
