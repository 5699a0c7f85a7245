"""The results of a run, from the database to the file."""

import json
from io import BytesIO
from typing import Any

import pytest
from django.db import connection
from django.db.models.functions import Now
from django.test.utils import CaptureQueriesContext

from orchestrator import conf, dossiers, runs
from orchestrator.batch.schedule import splitting
from orchestrator.errors import NotFound
from orchestrator.models import Chunk, Dossier, Snapshot
from orchestrator.records.dossiers import AsOf
from portal.access.readers import at_terminal
from portal.exports import files, results
from tests.fakes import people
from tests.fakes.source import FakeSource
from tests.fakes.source import status as answering
from tests.integration.runs.conftest import Hands, crowd, finish, hands, night

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

Fakes = dict[str, FakeSource]


def told(run_id: int) -> list[dict[str, Any]]:
    lines = b"".join(files.content(at_terminal(), run_id, "jsonl")).splitlines()
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


def test_every_row_of_a_list_is_in_its_results_once_in_the_order_of_the_file(
    hands: Hands, crowd: list[str]
) -> None:
    run_id = uploaded(hands, crowd[0], "123", crowd[1], crowd[0], *crowd[2:])
    found = [(line["line"], line["outcome"], bool(line["dossier"])) for line in told(run_id)]
    good = [(line, "new", True) for line in range(6, 11)]
    assert found == [
        (2, "new", True),
        (3, "rejected", False),
        (4, "new", True),
        (5, "duplicate", False),
        *good,
    ]


def test_a_chunk_that_was_halved_keeps_its_place_in_the_file(hands: Hands, crowd: list[str]) -> None:
    file = BytesIO("\n".join(["cpf", *crowd]).encode())
    run_id = runs.upload(file, purpose="collection", owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, dossier_ids=None).count() == 0)
    splitting.blame(Chunk.objects.get(run=run_id, number=1))
    hands.waiting.clear()
    Chunk.objects.filter(state=Chunk.State.RUNNING).update(lease_until=Now())
    finish(hands, run_id)
    assert Chunk.objects.count() == 4
    assert [line["line"] for line in told(run_id)] == list(range(2, 9))
    assert [line["dossier"]["cpf"] for line in told(run_id)] == crowd


@pytest.mark.parametrize("ended", [0, 1])
def test_a_cancelled_list_says_of_every_row_what_became_of_it(
    hands: Hands, crowd: list[str], monkeypatch: pytest.MonkeyPatch, ended: int
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNKS_AT_ONCE", 1)
    file = BytesIO("\n".join(["cpf", *crowd[:5], "123", *crowd[5:], crowd[0]]).encode())
    run_id = runs.upload(file, purpose="collection", owner="user:1")
    if ended:
        hands.work(until=lambda: runs.status(run_id).totals.done)
    runs.cancel(run_id)
    found = told(run_id)
    assert [line["line"] for line in found] == list(range(2, 11))
    built = ["new"] * 3 * ended
    assert [line["outcome"] for line in found] == [
        *built,
        *["cancelled"] * (5 - len(built)),
        "rejected",
        *["cancelled"] * 2,
        "duplicate",
    ]
    counted = runs.status(run_id).totals
    assert (counted.new, counted.cancelled) == (len(built), 7 - len(built))
    for file_format in ("csv", "xlsx"):
        assert b"".join(files.content(at_terminal(), run_id, file_format))


def debts(found: list[dict[str, Any]], cpf: str) -> tuple[Any, ...]:
    """What a run says of a person: outcome, version, debts."""
    (line,) = [line for line in found if line["dossier"]["cpf"] == cpf]
    dossier = line["dossier"]
    return line["outcome"], dossier["version"], [debt["value"] for debt in dossier["debts"] or ()]


def test_an_old_run_tells_what_it_left_and_not_what_stands_today(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    nights = []
    for value in ("1.00", "2.00", "2.00", "3.00"):
        fake_sources["alpha"].people[crowd[0]] = people.alpha(crowd[0], debts=(value,))
        nights.append(night(hands).id)
    assert [debts(told(run_id), crowd[0]) for run_id in nights] == [
        ("new", 1, ["1.00"]),
        ("changed", 2, ["2.00"]),
        ("unchanged", 2, ["2.00"]),
        ("changed", 3, ["3.00"]),
    ]


def test_an_old_run_s_sources_stand_as_they_did_in_it(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    night(hands)
    fake_sources["capa"].script = [answering(403)] * 3
    failed = night(hands).id
    before = told(failed)
    assert {line["dossier"]["blocks"]["capa"]["origin"] for line in before} == {"carried"}
    well = night(hands).id
    assert runs.status(well).totals.unchanged == 7
    for run_id, outcome, error, completeness in (
        (failed, "partial", "refused", "partial"),
        (well, "unchanged", None, "complete"),
    ):
        found = told(run_id)
        assert {line["outcome"] for line in found} == {outcome}
        assert {line["dossier"]["blocks"]["capa"]["error_code"] for line in found} == {error}
        assert {line["dossier"]["completeness"] for line in found} == {completeness}


def test_who_failed_altogether_has_no_values_beside_the_failure(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    night(hands)
    for fake in fake_sources.values():
        fake.always = answering(403)
    found = told(night(hands).id)
    assert {(line["outcome"], line["dossier"]["version"]) for line in found} == {("failed", None)}
    assert sorted(line["dossier"]["cpf"] for line in found) == crowd


def test_a_version_that_was_deleted_since_says_so(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    first = night(hands).id
    fake_sources["alpha"].people[crowd[0]]["debts"] = []
    night(hands)
    Snapshot.objects.filter(number=1, dossier__latest_version=2).delete()
    (line,) = [line for line in told(first) if line["reason"]]
    assert (line["outcome"], line["dossier"]["version"], line["dossier"]["cpf"]) == ("new", None, crowd[0])
    assert line["reason"]["code"] == "version_deleted"
    assert "Version 1" in line["reason"]["message"]


def test_a_run_of_before_versions_were_noted_says_so(hands: Hands, crowd: list[str]) -> None:
    run_id = night(hands).id
    Chunk.objects.update(versions=None)
    assert {line["reason"]["code"] for line in told(run_id)} == {"version_unknown"}


def test_who_was_erased_meanwhile_says_so_and_breaks_nothing(hands: Hands, crowd: list[str]) -> None:
    run_id = uploaded(hands, *crowd[:3])
    erased = dossiers.find(crowd[1])
    assert erased
    Dossier.objects.filter(pk=erased.id).update(data_key=b"")
    first, second, third = told(run_id)
    assert (second["outcome"], second["dossier"], second["dossier_id"]) == ("unreadable", None, erased.id)
    assert second["reason"]["code"] == "erased"
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
    retry_id = runs.retry_failed(run_id, owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=retry_id).exists())
    runs.cancel(retry_id)
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
    for file_format in files.FORMATS:
        with pytest.raises(NotFound):
            files.content(at_terminal(), 4711, file_format)


def test_dossiers_are_read_many_at_once(hands: Hands, crowd: list[str]) -> None:
    run_id = night(hands).id
    with CaptureQueriesContext(connection) as seven:
        list(results.results(at_terminal(), run_id))
    assert sum("orchestrator_snapshot" in query["sql"] for query in seven) == 1


def test_many_dossiers_are_read_as_each_one_is(hands: Hands, crowd: list[str]) -> None:
    night(hands)
    ids = list(Dossier.objects.values_list("pk", flat=True))
    wanted = [AsOf(dossier_id=pk, version=1) for pk in [*ids, 4711]]
    assert dossiers.load_many(wanted) == {pk: dossiers.load(pk) for pk in ids}
