"""An erasure that is killed is finished by others; and beside other work it neither loses nor leaves
anything."""

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterable

import pytest
from django.db import connection, transaction

from orchestrator import cache, dossiers, persons
from orchestrator.errors import DestroyedKey, NotReplayed
from orchestrator.models import Build, Dossier, DossierRequest, Erasure
from orchestrator.sealing import envelopes, keys, register
from orchestrator.upkeep import sweeper
from tests.fakes.people import MARIA
from tests.integration.orchestrator.conftest import Fakes, run
from tests.integration.orchestrator.persons.test_restoring import _environ
from tests.stack import eventually

Ask = Callable[..., DossierRequest]

pytestmark = pytest.mark.django_db(transaction=True)

WHY = "asked for by letter"
ERASE = f"""
import os, signal, sys
import django
from ops.service.env import select_settings
select_settings("portal")
django.setup()
from orchestrator import persons
def die(*_, **__):
    os.kill(os.getpid(), signal.SIGKILL)
append = persons.register.append
{{killed}}
persons.erase(sys.stdin.read(), reason="{WHY}", owner="user:9")
"""
PROMISED = {
    "between the register and the key": "persons.register.append = lambda named: (append(named), die())",
    "when the key is gone": "persons.leaving.leave = die",
    "before the copies": "persons.cache.forget = die",
}


def killed(where: str) -> None:
    """A process that erases Maria, and dies there."""
    script = ERASE.format(killed=where)
    done = subprocess.run(
        [sys.executable, "-c", script],
        input=MARIA,
        env=_environ(connection.settings_dict["NAME"]),
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == -signal.SIGKILL, done.stderr


def test_who_dies_before_it_is_registered_has_promised_nothing(ask: Ask) -> None:
    run(ask())
    killed("persons.register.append = die")
    keys.require()
    assert dossiers.find(MARIA)
    assert not Erasure.objects.exists()


@pytest.mark.parametrize("where", PROMISED)
def test_the_sweeper_finishes_what_somebody_died_over(ask: Ask, where: str) -> None:
    run(ask())
    killed(PROMISED[where])
    sweeper.sweep()
    assert_erased()
    assert Erasure.objects.get().finished_at


def test_nothing_starts_between_the_register_and_the_key_and_who_erases_again_finishes(ask: Ask) -> None:
    run(ask())
    killed(PROMISED["between the register and the key"])
    assert dossiers.find(MARIA), "the key is still there"
    with pytest.raises(NotReplayed):
        keys.require()
    told = persons.erase(MARIA, reason=WHY, owner="user:9")
    assert (told.reason, told.owner, told.finished) == (WHY, "user:9", True)
    assert_erased()


def assert_erased() -> None:
    keys.require()
    with pytest.raises(DestroyedKey):
        dossiers.find(MARIA)
    assert not list(cache.redis().scan_iter(f"*{envelopes.lookup(MARIA).hex()}"))


def erasing() -> threading.Thread:
    def _erase() -> None:
        try:
            persons.erase(MARIA, reason=WHY, owner="user:9")
        finally:
            connection.close()

    thread = threading.Thread(target=_erase)
    thread.start()
    return thread


def somebody_waits() -> bool:
    """For what this connection has locked."""
    with connection.cursor() as cursor:
        cursor.execute(
            "select exists(select from pg_locks"
            " where not granted and pg_backend_pid() = any(pg_blocking_pids(pid)))"
        )
        return bool(cursor.fetchone()[0])


def test_an_ask_that_is_being_written_is_waited_for_and_its_build_ended(ask: Ask) -> None:
    run(ask())
    with transaction.atomic():
        accepted = dossiers.request(cpf=MARIA, purpose="collection", owner="user:1", fresh=True)
        thread = erasing()
        eventually(somebody_waits)
    thread.join(20)
    assert_erased()
    assert dossiers.status(accepted.request_id).state == "cancelled"
    assert not Build.objects.filter(finished_at=None).exists()


def test_an_ask_that_comes_amid_an_erasure_waits_for_it_and_begins_anew(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    run(ask())
    before = Dossier.objects.get()
    append, asking = register.append, threading.Event()

    def append_and_wait(named: Iterable[register.ErasureEntry]) -> None:
        append(named)
        asking.set()
        eventually(somebody_waits)

    monkeypatch.setattr(register, "append", append_and_wait)
    thread = erasing()
    assert asking.wait(20)
    accepted = dossiers.request(cpf=MARIA, purpose="collection", owner="user:1")
    thread.join(20)
    anew = Dossier.objects.get()
    assert (anew.pk, anew.erased_version) == (before.pk, 1)
    assert anew.created_at > before.created_at
    assert dossiers.status(accepted.request_id).state == "queued"


def test_a_build_that_somebody_has_locked_is_tried_again(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = ask()
    tried, free = threading.Event(), threading.Event()

    def wait(_: float) -> None:
        tried.set()
        assert free.wait(20)

    monkeypatch.setattr("orchestrator.persons.time.sleep", wait)
    with transaction.atomic():
        Build.objects.select_for_update(no_key=True).get(pk=asked.build_id)
        thread = erasing()
        assert tried.wait(20)
    free.set()
    thread.join(20)
    assert_erased()


def test_two_who_erase_at_once_do_it_once(ask: Ask, fake_sources: Fakes) -> None:
    run(ask())
    for thread in [erasing() for _ in range(3)]:
        thread.join(20)
    assert_erased()
    assert Erasure.objects.count() == 1
    with open(os.environ["ERASURE_REGISTER"]) as file:
        assert len(file.readlines()) == 1
