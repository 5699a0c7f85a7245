"""What is kept for how long: the latest version always, and what somebody pinned."""

from datetime import timedelta

from django.db.models.functions import Now

from orchestrator import dossiers, retention
from orchestrator.models import Attempt, Chunk, Fetch, Run, Snapshot
from tests.fakes import people
from tests.integration.runs.conftest import Fakes, Hands, night

YEARS_AGO = Now() - timedelta(days=6 * 365)


def three_versions(hands: Hands, fake_sources: Fakes) -> int:
    for debts in (("1.00",), ("2.00",), ("3.00",)):
        fake_sources["alpha"].people[people.MARIA] = people.alpha(people.MARIA, debts=debts)
        night(hands)
    (dossier_id,) = Snapshot.objects.values_list("dossier_id", flat=True).distinct()
    return int(dossier_id)


def test_old_versions_go_and_the_latest_and_the_pinned_stay(hands: Hands, fake_sources: Fakes) -> None:
    dossier_id = three_versions(hands, fake_sources)
    dossiers.pin(dossier_id, 2, owner="user:1")
    assert retention.forget()["versions"] == 0
    Snapshot.objects.update(created_at=YEARS_AGO)
    assert retention.forget()["versions"] == 1
    assert [version.number for version in dossiers.versions(dossier_id)] == [3, 2]
    assert dossiers.diff(dossier_id, 2, 3).sections
    dossiers.pin(dossier_id, 2, pinned=False, owner="user:1")
    assert retention.forget()["versions"] == 1
    assert [version.number for version in dossiers.versions(dossier_id)] == [3]


def test_of_an_old_run_its_row_stays_with_its_totals(hands: Hands, fake_sources: Fakes) -> None:
    three_versions(hands, fake_sources)
    Run.objects.filter(pk=Run.objects.earliest("pk").pk).update(finished_at=YEARS_AGO)
    assert retention.forget()["chunks"] == 1
    assert (Run.objects.count(), Chunk.objects.count()) == (3, 2)
    assert Run.objects.earliest("pk").totals["new"] == 1  # type: ignore[index]


def test_old_attempts_go_and_their_fetches_stay(hands: Hands, fake_sources: Fakes) -> None:
    dossiers.request(cpf=people.MARIA, purpose="credit_analysis", owner="user:1")
    fetch = Fetch.objects.earliest("pk")
    Attempt.objects.create(fetch=fetch, source="alpha", number=1, seconds=0.1, ended_at=YEARS_AGO)
    Attempt.objects.create(fetch=fetch, source="alpha", number=2, seconds=0.1)
    assert retention.forget()["attempts"] == 1
    assert list(Attempt.objects.values_list("number", flat=True)) == [2]
