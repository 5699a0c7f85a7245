"""What is kept for how long: the latest version always, and what somebody pinned."""

from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.db.models.functions import Now
from django.utils import timezone

from orchestrator import conf, dossiers
from orchestrator.models import Chunk, Run, Snapshot
from orchestrator.upkeep import retention
from tests.fakes import people
from tests.integration.runs.conftest import Fakes, Hands, night

YEARS_AGO = Now() - timedelta(days=conf.RETENTION_DAYS + 1)
MONTHS_AGO = Now() - timedelta(days=conf.HISTORY_DAYS + 1)


def three_versions(hands: Hands, fake_sources: Fakes) -> int:
    for debts in (("1.00",), ("2.00",), ("3.00",)):
        fake_sources["alpha"].people[people.MARIA] = people.alpha(people.MARIA, debts=debts)
        night(hands)
    (dossier_id,) = Snapshot.objects.values_list("dossier_id", flat=True).distinct()
    return int(dossier_id)


def numbers(dossier_id: int) -> list[int]:
    """The versions that are kept, the newest first."""
    return [version.number for version in dossiers.versions(dossier_id)]


def test_old_versions_go_and_the_latest_and_the_pinned_stay(hands: Hands, fake_sources: Fakes) -> None:
    dossier_id = three_versions(hands, fake_sources)
    dossiers.pin(dossier_id, 2, owner="user:1")
    assert retention.forget()["versions"] == 0
    Snapshot.objects.update(created_at=YEARS_AGO)
    assert retention.forget()["versions"] == 1
    assert numbers(dossier_id) == [3, 2]
    assert dossiers.diff(dossier_id, 2, 3).sections
    dossiers.pin(dossier_id, 2, pinned=False, owner="user:1")
    assert retention.forget()["versions"] == 1
    assert numbers(dossier_id) == [3]


def test_of_an_old_run_its_row_stays_with_its_totals(hands: Hands, fake_sources: Fakes) -> None:
    three_versions(hands, fake_sources)
    Run.objects.filter(pk=Run.objects.earliest("pk").pk).update(finished_at=MONTHS_AGO)
    assert retention.forget()["chunks"] == 1
    assert (Run.objects.count(), Chunk.objects.count()) == (3, 2)
    assert Run.objects.earliest("pk").totals["new"] == 1  # type: ignore[index]


def test_of_a_run_older_than_any_version_nothing_stays(hands: Hands, fake_sources: Fakes) -> None:
    three_versions(hands, fake_sources)
    first, second, third = Run.objects.order_by("pk")
    Run.objects.filter(pk=second.pk).update(parent=first)
    Run.objects.filter(pk__in=[first.pk, second.pk]).update(finished_at=YEARS_AGO)
    assert retention.forget()["runs"] == 1, "what was asked again goes after the run that asked"
    assert retention.forget()["runs"] == 1
    assert Run.objects.get() == third


def test_a_walk_goes_on_behind_what_stays_and_comes_back_to_it_in_the_next(
    hands: Hands, fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The latest version is looked at first, and again when what comes after it is done."""
    dossier_id = three_versions(hands, fake_sources)
    dossiers.pin(dossier_id, 1, owner="user:1")
    versions = Snapshot.objects.filter(dossier=dossier_id)
    versions.update(created_at=YEARS_AGO)
    versions.filter(number=3).update(created_at=YEARS_AGO - timedelta(days=1))
    monkeypatch.setattr(retention, "STEP", 1)
    monkeypatch.setattr(retention, "MOST_STEPS", 1)
    assert [retention.forget()["versions"] for _ in range(3)] == [0, 1, 0]
    assert numbers(dossier_id) == [3, 1]
    dossiers.pin(dossier_id, 1, pinned=False, owner="user:1")
    assert [retention.forget()["versions"] for _ in range(2)] == [0, 1]
    assert numbers(dossier_id) == [3]


def test_sessions_that_are_over_go(db: None) -> None:
    now = timezone.now()
    for key, expires in (("over", now - timedelta(seconds=1)), ("open", now + timedelta(hours=1))):
        Session.objects.create(session_key=key, session_data="", expire_date=expires)
    assert retention.forget()["sessions"] == 1
    assert Session.objects.get().session_key == "open"
