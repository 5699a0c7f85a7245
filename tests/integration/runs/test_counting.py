"""Everybody of a run counts once: the outcomes add up to the total, whatever happens on the way."""

import pytest
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from orchestrator import conf, runs
from orchestrator.batch import tending
from orchestrator.models import Chunk
from orchestrator.runs import Totals
from tests.integration.runs.conftest import Fakes, Hands, die_of, finish


def test_who_is_poisoned_in_a_second_pass_is_partial_and_in_the_sum(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Alpha's first answer about two people was bad; one of them kills whoever asks again."""
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 2)
    for cpf in crowd[3:5]:
        fake_sources["alpha"].people[cpf]["debts"][0]["value"] = "much"
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, number=2, passes=1).exists())
    poison = Chunk.objects.get(number=2).dossier_ids[0]  # type: ignore[index]
    for _ in range(20):
        die_of(hands, poison)
        tending.tend()
    told = runs.status(run_id)
    assert (told.state, told.totals) == ("partial", Totals(new=5, partial=2))
    errors = {member.dossier_id: dict(member.errors) for member in runs.members(run_id, only_failed=True)}
    assert errors[poison] == {"alpha": "poisoned"}, "the others had answered before"
    assert sorted(codes["alpha"] for codes in errors.values()) == ["bad_answer", "poisoned"]


def test_a_chunk_that_is_halved_between_two_passes_counts_on(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_MOST_LOST", 1)
    fake_sources["alpha"].people[crowd[4]]["debts"][0]["value"] = "much"
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, number=2, passes=1, claims=2).exists())
    die_of(hands, Chunk.objects.get(number=2).dossier_ids[0])  # type: ignore[index]
    before = runs.status(run_id).totals
    tending.tend()
    assert Chunk.objects.filter(run=run_id).count() == 4
    assert runs.status(run_id).totals == before
    finish(hands, run_id)
    assert runs.status(run_id).totals == Totals(new=6, partial=1)


def test_postgresql_refuses_to_end_a_chunk_that_leaves_somebody_out(hands: Hands, crowd: list[str]) -> None:
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Chunk.objects.filter(run=run_id, claims=1).exists())
    chunk = Chunk.objects.filter(run=run_id)[:1].get()
    with pytest.raises(IntegrityError, match="an_ended_chunk_counts_everybody"), transaction.atomic():
        Chunk.objects.filter(pk=chunk.pk).update(ended_at=Now(), new=chunk.size - 1)
