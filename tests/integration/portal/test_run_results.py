"""The results of a run, from the database to the file."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from orchestrator import conf, dossiers, runs
from orchestrator.models import Dossier
from portal import exports, results
from tests.fakes.source import FakeSource
from tests.fakes.source import status as answering
from tests.integration.runs.conftest import Hands, crowd, finish, hands, night

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

Fakes = dict[str, FakeSource]


def told(run_id: int) -> list[dict[str, Any]]:
    lines = b"".join(exports.content(run_id, "jsonl")).splitlines()
    return [json.loads(line) for line in lines]


def uploaded(hands: Hands, *rows: str) -> int:
    file = BytesIO("\n".join(["cpf", *rows]).encode())
    run_id = runs.upload(file, purpose="collection", owner="user:1")
    finish(hands, run_id)
    return run_id


def test_every_dossier_of_a_refresh_is_in_its_results(hands: Hands, crowd: list[str]) -> None:
    found = told(night(hands).id)
    assert sorted(line["dossier"]["cpf"] for line in found) == crowd
    assert {(line["outcome"], line["line"]) for line in found} == {("new", None)}


def test_a_list_s_bad_rows_come_after_its_results(hands: Hands, crowd: list[str]) -> None:
    run_id = uploaded(hands, crowd[0], "123", crowd[1])
    found = [(line["line"], line["outcome"], bool(line["dossier"])) for line in told(run_id)]
    assert found == [(2, "new", True), (4, "new", True), (3, "rejected", False)]


def test_who_was_erased_meanwhile_says_so_and_breaks_nothing(hands: Hands, crowd: list[str]) -> None:
    run_id = uploaded(hands, *crowd[:3])
    erased = dossiers.find(crowd[1])
    assert erased
    Dossier.objects.filter(pk=erased.id).update(data_key=b"")
    first, second, third = told(run_id)
    assert (second["outcome"], second["dossier"], second["dossier_id"]) == ("unreadable", None, erased.id)
    assert second["reason"]["code"] == "unreadable"
    assert [first["dossier"]["cpf"], third["dossier"]["cpf"]] == [crowd[0], crowd[2]]


def test_what_a_retry_brought_counts(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["capa"].script = [answering(403)]
    run_id = uploaded(hands, *crowd[:2])
    assert {(line["outcome"], line["errors"]["capa"]) for line in told(run_id)} == {("partial", "refused")}
    retry_id = runs.retry_failed(run_id, owner="user:1")
    finish(hands, retry_id)
    found = told(run_id)
    assert [(line["line"], line["outcome"], line["errors"]) for line in found] == [
        (2, "changed", {}),
        (3, "changed", {}),
    ]


def test_a_retry_that_was_cancelled_changes_nothing(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["capa"].always = answering(403)
    run_id = uploaded(hands, *crowd[:2])
    before = told(run_id)
    runs.cancel(runs.retry_failed(run_id, owner="user:1"))
    assert told(run_id) == before
    assert {line["outcome"] for line in before} == {"partial"}


def test_a_run_that_goes_on_says_who_waits(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: runs.status(run_id).totals.done)
    found = [(line["outcome"], line["dossier"]["version"]) for line in told(run_id)]
    assert found == [("new", 1)] * 3 + [("waiting", None)] * 4


def test_a_run_that_does_not_exist_is_told_before_the_first_byte(hands: Hands) -> None:
    for file_format in exports.FORMATS:
        with pytest.raises(runs.NotFound):
            exports.content(4711, file_format)


def test_dossiers_are_read_many_at_once(hands: Hands, crowd: list[str]) -> None:
    run_id = night(hands).id
    with CaptureQueriesContext(connection) as seven:
        list(results.results(run_id))
    assert sum("orchestrator_snapshot" in query["sql"] for query in seven) == 1


def test_many_dossiers_are_read_as_each_one_is(hands: Hands, crowd: list[str]) -> None:
    night(hands)
    ids = list(Dossier.objects.values_list("pk", flat=True))
    assert dossiers.load_many([*ids, 4711]) == {pk: dossiers.load(pk) for pk in ids}
