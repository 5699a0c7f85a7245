"""Keys in use are noted, and nothing starts without them: a key that is missing is not a person erased."""

import os
import subprocess
import sys
from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import timedelta
from importlib import import_module
from io import BytesIO
from pathlib import Path
from urllib.parse import quote

import pytest
from django.db import connection
from django.utils.timezone import now

from orchestrator import conf, dossiers, migrations, runs
from orchestrator.errors import DestroyedKey, UnknownKey, Unreadable
from orchestrator.models import Dossier, Installation, KeyInUse, Run
from orchestrator.sealing import envelopes, keys
from orchestrator.upkeep import sweeper
from orchestrator.versions import identity
from tests.fakes.people import MARIA
from tests.integration.runs.conftest import Hands, hands

__all__ = ["hands"]  # a fixture of the runs' own tests

Give = Callable[..., None]


def key(letter: str) -> str:
    return b64encode(letter.encode() * 32).decode()


def written(pairs: str) -> str:
    """Keys as settings have them, from `id=letter` each."""
    return ",".join(
        f"{name}:{key(letter)}" for name, _, letter in (pair.partition("=") for pair in pairs.split())
    )


def forget_settings() -> None:
    for remembered in (envelopes.masters, conf.master_keys, conf.lookup_keys, keys.require_once):
        remembered.cache_clear()


@pytest.fixture
def give(db: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Give]:
    """A process that starts with these settings, as far as keys go."""

    def _give(masters: str, lookup: str = "l", lookups: str = "") -> None:
        monkeypatch.setenv("MASTER_KEYS", written(masters))
        monkeypatch.setenv("LOOKUP_KEYS", written(lookups))
        monkeypatch.setenv("LOOKUP_KEY", key(lookup) if lookup else "")
        forget_settings()

    yield _give
    forget_settings()


def noted() -> list[tuple[str, str]]:
    return list(KeyInUse.objects.order_by("pk").values_list("role", "key_id"))


def test_the_current_key_is_noted_before_anything_is_sealed_with_it(give: Give) -> None:
    give("new=n old=o")
    for _ in range(2):
        keys.require()
    assert noted() == [("master", "new"), ("lookup", "")]


def test_a_key_in_use_that_the_settings_lack_is_named(give: Give) -> None:
    give("old=o")
    keys.require()
    give("new=n old=o")
    keys.require()
    give("new=n")
    with pytest.raises(UnknownKey, match="MASTER_KEYS lacks the key old"):
        keys.require()
    give("new=n old=o")
    keys.require()


def test_another_key_under_a_known_id_is_not_taken_for_it(give: Give) -> None:
    give("k1=a")
    keys.require()
    give("k1=b")
    with pytest.raises(UnknownKey, match="another key under the id k1"):
        keys.require()


def test_dossiers_are_not_looked_for_with_another_lookup_key(give: Give) -> None:
    give("k1=a", lookup="l")
    keys.require()
    give("k1=a", lookup="m")
    with pytest.raises(UnknownKey, match="LOOKUP_KEY"):
        keys.require()


def test_a_lookup_key_that_is_to_come_is_not_noted_before_it_is_used(give: Give) -> None:
    give("k1=a", lookup="l")
    keys.require()
    give("k1=a", lookup="l", lookups="next=n")
    keys.require()
    assert noted() == [("master", "k1"), ("lookup", "")]


def test_of_two_lookup_keys_the_one_behind_is_noted_first(give: Give) -> None:
    give("k1=a", lookup="l", lookups="next=n")  # what stood before keys were noted was hashed by it
    keys.require()
    assert noted() == [("master", "k1"), ("lookup", "")]


def test_an_installation_may_begin_with_a_named_lookup_key(give: Give) -> None:
    give("k1=a", lookup="", lookups="first=f")
    keys.require()
    assert noted() == [("master", "k1"), ("lookup", "first")]
    give("k1=a", lookup="f")
    with pytest.raises(UnknownKey, match="LOOKUP_KEYS, first: the settings lack this key"):
        keys.require()


def test_a_missing_key_and_a_destroyed_one_are_two_different_things(give: Give) -> None:
    give("k1=a")
    person = identity.new_dossier(MARIA)
    give("k2=b")
    with pytest.raises(UnknownKey, match="k1"):
        envelopes.data_key(person["data_key"], person["cpf_lookup"])
    with pytest.raises(DestroyedKey):
        envelopes.data_key(b"", person["cpf_lookup"])
    give("k1=b")  # neither: what is there says another thing than was sealed
    with pytest.raises(Unreadable) as damaged:
        envelopes.data_key(person["data_key"], person["cpf_lookup"])
    assert damaged.value.code == "unreadable"


def test_no_run_begins_without_a_key_in_use(give: Give, hands: Hands) -> None:
    give("k1=a")
    keys.require()
    give("k2=b")
    with pytest.raises(UnknownKey):
        runs.refresh(owner="user:1")
    with pytest.raises(UnknownKey):
        runs.upload(BytesIO(f"cpf\n{MARIA}\n".encode()), purpose="collection", owner="user:1")
    assert not Run.objects.exists()


def test_a_night_that_lacks_a_key_stays_owed_and_stops_nobody_else(
    give: Give, hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NIGHTLY_AT", "00:00")
    Installation.objects.update(nights_since=now() - timedelta(days=3))
    give("k1=a")
    keys.require()
    give("k2=b")
    sweeper.sweep_runs()
    assert not Run.objects.exists()
    give("k2=b k1=a")
    sweeper.sweep_runs()
    assert Run.objects.get().business_date


def test_nobody_is_asked_for_without_a_key_in_use(give: Give, fake_sources: object) -> None:
    give("k1=a")
    keys.require()
    give("k2=b")
    with pytest.raises(UnknownKey):
        dossiers.request(cpf=MARIA, purpose="collection", owner="user:1")
    assert not Dossier.objects.exists()


def test_keys_that_were_in_use_before_they_were_noted_are_found_once(give: Give) -> None:
    give("k1=a")
    Dossier.objects.create(**identity.new_dossier(MARIA))
    (module,) = (path.stem for path in Path(migrations.__path__[0]).glob("*_keys_in_use.py"))
    with connection.cursor() as cursor:
        cursor.execute(import_module(f"orchestrator.migrations.{module}")._KEYS_IN_USE)
    assert noted() == [("master", "k1")]
    keys.require()
    give("k1=b")
    with pytest.raises(UnknownKey, match="another key under the id k1"):
        keys.require()


STARTS = {
    "worker": ["-m", "celery", "-A", "orchestrator", "worker", "-P", "solo", "-Q", "nowhere"],
    "beat": ["-m", "celery", "-A", "orchestrator", "beat", "--pidfile=", "-s", "{tmp}/schedule"],
    "sweeper": ["manage.py", "sweep"],
    "portal": ["-m", "gunicorn", "-c", "ops/service/gunicorn.py", "portal.wsgi", "--bind", "127.0.0.1:0"],
    "dossier": ["manage.py", "dossier", MARIA, "--purpose", "collection"],
    "refresh": ["manage.py", "refresh"],
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("process", STARTS)
def test_nothing_starts_while_a_key_in_use_is_missing(process: str, tmp_path: Path) -> None:
    KeyInUse.objects.create(role="master", key_id="k-of-old")
    started = subprocess.run(
        [sys.executable, *(part.format(tmp=tmp_path) for part in STARTS[process])],
        env=_environ(),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert started.returncode not in (0, None)
    assert "MASTER_KEYS lacks the key k-of-old" in started.stderr
    assert "Traceback" not in started.stderr


@pytest.mark.django_db(transaction=True)
def test_the_portal_notes_its_keys_when_it_is_loaded() -> None:
    loaded = subprocess.run([sys.executable, "-c", "import portal.wsgi"], env=_environ(), timeout=60)
    assert loaded.returncode == 0
    assert [role for role, _ in noted()] == ["master", "lookup"]


@pytest.mark.django_db
def test_the_portal_is_loaded_also_while_postgresql_is_away() -> None:
    away = {**_environ(), "PORTAL_DATABASE_URL": "postgres://nobody:nothing@127.0.0.1:9/nowhere"}
    assert subprocess.run([sys.executable, "-c", "import portal.wsgi"], env=away, timeout=60).returncode == 0


def _environ() -> dict[str, str]:
    """Of a process of the installation whose database is the test's."""
    names = [f"SOURCE_{name}" for name in ("ALPHA", "BETA", "CAPA")]
    sources = {f"{name}_URL": "http://127.0.0.1:9" for name in names}
    clients = {f"{name}_CLIENT_{part}": "x" for name in names for part in ("ID", "SECRET")}
    to = connection.settings_dict
    url = f"postgres://{to['USER']}:{quote(to['PASSWORD'])}@{to['HOST']}:{to['PORT']}/{to['NAME']}"
    return {**os.environ, **sources, **clients, "PORTAL_DATABASE_URL": url, "SERVICE": "portal"}
