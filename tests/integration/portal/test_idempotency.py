"""What was asked with an Idempotency-Key is done once, whatever dies, and answered as the first time."""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

import pytest
from django.db import OperationalError, connection
from django.db.models.functions import Now
from django.test import Client
from pytest_django import Settings

from orchestrator import conf
from orchestrator.models import Dossier, DossierRequest, Run
from orchestrator.upkeep import retention
from orchestrator.versions import identity
from portal.idempotency import keeping
from portal.idempotency.keeping import Receipt, StillRunning, once
from portal.idempotency.models import KeptAnswer
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.source import status
from tests.integration.portal.conftest import (
    ASK,
    DOSSIERS,
    LISTS,
    RUNS,
    Fakes,
    Machine,
    conforms,
    listing,
    post,
    work,
    worked_off,
)
from tests.integration.runs.conftest import Hands
from tests.problems import fields
from tests.stack import eventually

TABLE = "alter table orchestrator_dossierrequest"
KEY = "8e03978e-40d5-43dd-bc93-6894a57f9324"


def ask(api: Client, path: str = DOSSIERS, body: object = ASK, *, key: str = KEY) -> Any:
    """The answer to a body of JSON that comes with a key."""
    return api.post(path, body, content_type="application/json", headers={"Idempotency-Key": key})


def send(api: Client, *rows: str, key: str = KEY, **given: str) -> Any:
    """The answer to a list of these rows that comes with a key."""
    form = {"file": listing(*rows), "purpose": "credit_analysis", **given}
    return api.post(LISTS, form, headers={"Idempotency-Key": key})


def is_repeated(first: Any, again: Any) -> None:
    assert (first.status_code, again.status_code) == (202, 202), (first.content, again.content)
    assert again.json() == first.json()
    assert again["Location"] == first["Location"]
    assert ("Idempotency-Replayed" in first, again["Idempotency-Replayed"]) == (False, "true")


def test_the_same_ask_with_the_same_key_is_one_ask(api: Client, fake_sources: Fakes) -> None:
    is_repeated(ask(api), ask(api))
    assert DossierRequest.objects.count() == 1
    work(DossierRequest.objects.get().pk)
    assert ask(api)["Idempotency-Replayed"] == "true"


def test_without_a_key_and_with_another_one_each_is_an_ask(api: Client, fake_sources: Fakes) -> None:
    ask(api)
    ask(api, key="another")
    api.post(DOSSIERS, ASK, content_type="application/json")
    assert DossierRequest.objects.count() == 3


def test_a_key_in_quotes_as_the_draft_writes_it_is_the_same_key(api: Client, fake_sources: Fakes) -> None:
    is_repeated(ask(api), ask(api, key=f'"{KEY}"'))


@pytest.mark.parametrize(
    "other", [{"cpf": JOAO}, {"purpose": "collection"}, {"fresh": True}, {"allow_invalid_check_digits": True}]
)
def test_something_else_under_a_key_is_refused_and_not_done(
    api: Client, fake_sources: Fakes, other: dict[str, object]
) -> None:
    ask(api)
    refused = ask(api, body={**ASK, **other})
    assert (refused.status_code, refused.json()["code"]) == (422, "idempotency_key_reused")
    assert fields(refused) == []
    conforms(refused.json(), "Problem")
    assert DossierRequest.objects.count() == 1


def test_an_ask_that_says_the_same_in_other_words_is_the_same(api: Client, fake_sources: Fakes) -> None:
    is_repeated(ask(api), ask(api, body={"fresh": False, **ASK}))


def test_a_key_of_one_address_is_no_key_of_another(
    machine: Machine, hands: Hands, fake_sources: Fakes
) -> None:
    api = machine("dossier:request", "batch:run")
    assert ask(api).status_code == 202
    assert ask(api, RUNS, {"kind": "nightly"}).status_code == 422


def test_the_keys_of_two_clients_never_meet(api: Client, machine: Machine, fake_sources: Fakes) -> None:
    first, other = ask(api), ask(machine("dossier:request"), body={**ASK, "cpf": JOAO})
    assert (first.status_code, other.status_code) == (202, 202)
    assert first.json()["request_id"] != other.json()["request_id"]
    assert KeptAnswer.objects.count() == 2


@pytest.mark.parametrize("key", ["", '""', "ação", "two words", "x" * 256])
def test_a_key_that_is_none_is_refused_by_name(api: Client, fake_sources: Fakes, key: str) -> None:
    refused = ask(api, key=key)
    assert (refused.status_code, fields(refused)) == (400, ["Idempotency-Key"])
    assert not DossierRequest.objects.exists()


def test_what_was_refused_is_not_kept(
    api: Client, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert ask(api, body={**ASK, "cpf": "1"}).status_code == 400
    with monkeypatch.context() as busy:
        busy.setattr(conf, "WAITING_BURST", 1)
        busy.setattr(conf, "WAITING_ACCEPTED_SECONDS", 1.0)
        for cpf in (JOAO, ANA):
            post(api, DOSSIERS, {**ASK, "cpf": cpf})
        assert ask(api).status_code == 429
    assert not KeptAnswer.objects.exists()
    accepted = ask(api)
    assert (accepted.status_code, "Idempotency-Replayed" in accepted) == (202, False)


def test_a_fault_is_not_kept(api: Client, fake_sources: Fakes) -> None:
    api.raise_request_exception = False
    with connection.cursor() as cursor:
        cursor.execute(f"{TABLE} add constraint broken check (false) not valid")
        assert ask(api).status_code == 500
        assert not KeptAnswer.objects.exists()
        cursor.execute(f"{TABLE} drop constraint broken")
    assert ask(api).status_code == 202


def test_neither_key_nor_cpf_can_be_read_where_an_answer_is_kept(api: Client, fake_sources: Fakes) -> None:
    ask(api, key=f"order-of-{MARIA}")
    kept = KeptAnswer.objects.get()
    told = f"{bytes(kept.key)!r}{bytes(kept.asked)!r}{kept.body}{kept.location}{kept.owner}"
    assert MARIA not in told
    assert (len(kept.key), len(kept.asked)) == (32, 32)


def test_the_hash_of_what_was_asked_is_keyed(settings: Settings) -> None:
    before = keeping._hash("asked", b"52998224725")
    settings.SECRET_KEY = "another" * 10
    assert keeping._hash("asked", b"52998224725") != before


def test_a_key_is_good_for_a_day_and_forgotten_by_night(api: Client, fake_sources: Fakes) -> None:
    first = ask(api)
    ask(api, key="younger")
    old = KeptAnswer.objects.order_by("pk")[:1]
    KeptAnswer.objects.filter(pk__in=old.values("pk")).update(created_at=Now() - timedelta(hours=23))
    assert retention.forget()["kept_answers"] == 0
    assert ask(api)["Idempotency-Replayed"] == "true"
    KeptAnswer.objects.filter(pk__in=old.values("pk")).update(created_at=Now() - timedelta(hours=25))
    again = ask(api, body={**ASK, "cpf": ANA})
    assert (again.status_code, "Idempotency-Replayed" in again) == (202, False)
    assert again.json()["request_id"] != first.json()["request_id"]
    KeptAnswer.objects.filter(pk__in=old.values("pk")).update(created_at=Now() - timedelta(hours=25))
    assert retention.forget()["kept_answers"] == 1
    assert KeptAnswer.objects.count() == 1


class TestOthers:
    """The same of everything that a key goes with."""

    def test_a_retry(self, api: Client, fake_sources: Fakes) -> None:
        fake_sources["capa"].always = status(403)
        asked = ask(api, key="first").json()["request_id"]
        work(asked)
        path = f"/api/dossier-requests/{asked}/retry/"
        first = ask(api, path, {})
        fake_sources["capa"].always = None
        work(first.json()["request_id"])
        is_repeated(first, ask(api, path, {}))  # nothing is left to try again: without a key that is a 409
        assert ask(api, path, {}, key="new").status_code == 409

    def test_a_run_over_everybody(self, runs_api: Client, hands: Hands) -> None:
        first = ask(runs_api, RUNS, {"kind": "nightly"})
        Run.objects.update(finished_at=Now(), state="complete")
        is_repeated(first, ask(runs_api, RUNS, {"kind": "nightly"}))
        assert ask(runs_api, RUNS, {"kind": "nightly"}, key="new")["Location"] != first["Location"]

    def test_a_list(self, runs_api: Client, hands: Hands, crowd: list[str]) -> None:
        first = send(runs_api, *crowd)
        is_repeated(first, send(runs_api, *crowd))
        assert first.json()["existing"] is False
        assert send(runs_api, *crowd[1:]).status_code == 422
        assert send(runs_api, *crowd, purpose="collection").status_code == 422
        assert Run.objects.count() == 1

    def test_a_list_sent_again_with_another_key_is_another_run(
        self, runs_api: Client, hands: Hands, crowd: list[str]
    ) -> None:
        first, second = send(runs_api, *crowd), send(runs_api, *crowd, key="another")
        assert first.json()["run_id"] != second.json()["run_id"]

    def test_a_retry_of_a_run(
        self, runs_api: Client, hands: Hands, crowd: list[str], fake_sources: Fakes
    ) -> None:
        fake_sources["capa"].always = status(403)
        run_id = worked_off(runs_api, hands, crowd)
        first = ask(runs_api, f"{RUNS}{run_id}/retry/", {})
        Run.objects.filter(finished_at=None).update(finished_at=Now(), state="complete")
        is_repeated(first, ask(runs_api, f"{RUNS}{run_id}/retry/", {}))


@pytest.mark.django_db(transaction=True)
class TestAtOnce:
    """Two at the same moment, and deaths."""

    def test_while_the_first_is_being_accepted_the_second_is_told_to_come_back(
        self, api: Client, fake_sources: Fakes
    ) -> None:
        holding, dossier = connection.copy(), Dossier(**identity.new_dossier(MARIA))
        with ThreadPoolExecutor(1) as other, holding.cursor() as cursor:
            cursor.execute("begin")
            cursor.execute(
                "insert into orchestrator_dossier"
                " (cpf_lookup, cpf_sealed, data_key, latest_version, completeness, provenance, created_at)"
                " values (%s, %s, %s, 0, '', '{}', now())",
                [bytes(each) for each in (dossier.cpf_lookup, dossier.cpf_sealed, dossier.data_key)],
            )
            first = other.submit(in_a_thread(lambda: ask(api)))
            eventually(waiting_for_the_insert)
            second = ask(api)
            assert (second.status_code, second.json()["code"]) == (409, "idempotency_key_in_progress")
            assert second["Retry-After"] == "1"
            conforms(second.json(), "Problem")
            cursor.execute("rollback")
            is_repeated(first.result(), ask(api))
        holding.close()
        assert DossierRequest.objects.count() == 1

    def test_who_dies_after_the_ask_was_written_has_done_nothing(self, fake_sources: Fakes, db: None) -> None:
        def written_and_killed() -> Receipt:
            Run.objects.create(kind="list", purpose="collection", owner="client:a")
            with connection.cursor() as cursor:
                cursor.execute("select pg_terminate_backend(pg_backend_pid())")
            raise AssertionError("this connection is dead")

        def accept() -> Receipt:
            run = Run.objects.create(kind="list", purpose="collection", owner="client:a")
            return Receipt(status=202, body={"run_id": run.pk}, location="/")

        asked: dict[str, Any] = {"owner": "client:a", "key": KEY, "asked": ["/", None]}
        with pytest.raises(OperationalError):
            once(**asked, act=written_and_killed)
        connection.close()
        assert not Run.objects.exists()
        first, is_replayed = once(**asked, act=accept)
        assert not is_replayed
        assert once(**asked, act=accept) == (first, True)
        assert Run.objects.count() == 1

    def test_many_at_once_are_one(self, db: None) -> None:
        def accept() -> Receipt:
            run = Run.objects.create(kind="list", purpose="collection", owner="client:a")
            return Receipt(status=202, body={"run_id": run.pk}, location="/")

        def ask_once() -> object:
            try:
                return once(owner="client:a", key=KEY, asked=1, act=accept)[0].body["run_id"]
            except StillRunning:
                return None

        with ThreadPoolExecutor(8) as threads:
            answers = {each.result() for each in [threads.submit(in_a_thread(ask_once)) for _ in range(40)]}
        assert Run.objects.count() == 1
        assert answers - {None} == {Run.objects.get().pk}


def in_a_thread(do: Callable[[], Any]) -> Callable[[], Any]:
    """The same, with the thread's connection closed at its end."""

    def done() -> Any:
        try:
            return do()
        finally:
            connection.close()

    return done


def waiting_for_the_insert() -> bool:
    with connection.cursor() as cursor:
        cursor.execute(
            "select count(*) from pg_stat_activity"
            " where wait_event_type = 'Lock' and datname = current_database()"
        )
        return bool(cursor.fetchone()[0])
