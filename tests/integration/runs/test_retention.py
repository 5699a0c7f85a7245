"""What is kept for how long: the latest version always, and what somebody pinned."""

import json
from datetime import timedelta

import pytest
from django.contrib.sessions.models import Session
from django.core.exceptions import ImproperlyConfigured
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone

from orchestrator import conf, dossiers, persons
from orchestrator.models import Chunk, Fetch, RetentionReport, Run, Snapshot
from orchestrator.requests import building
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


def test_what_tells_of_debts_goes_after_five_years_and_what_tells_of_none_after_fifteen(
    hands: Hands, fake_sources: Fakes
) -> None:
    for debts in (("1.00",), (), ("3.00",)):
        fake_sources["alpha"].people[people.MARIA] = people.alpha(people.MARIA, debts=debts)
        night(hands)
    versions = Snapshot.objects.order_by("number")
    assert list(versions.values_list("negative", flat=True)) == [True, False, True]
    (dossier_id,) = set(versions.values_list("dossier_id", flat=True))
    versions.update(created_at=YEARS_AGO)
    assert (retention.forget()["versions"], numbers(dossier_id)) == (1, [3, 2])
    versions.update(created_at=Now() - timedelta(days=conf.RETENTION_POSITIVE_DAYS + 1))
    assert (retention.forget()["versions"], numbers(dossier_id)) == (1, [3])


def test_what_was_saved_before_it_was_noted_is_taken_to_tell_of_debts(
    hands: Hands, fake_sources: Fakes
) -> None:
    dossier_id = three_versions(hands, fake_sources)
    Snapshot.objects.update(created_at=YEARS_AGO, negative=None)
    assert (retention.forget()["versions"], numbers(dossier_id)) == (2, [3])


def test_a_single_request_notes_debts_as_a_run_does(fake_sources: Fakes, hands: Hands) -> None:
    accepted = dossiers.request(cpf=people.MARIA, purpose="collection", owner="user:1")
    for fetch in Fetch.objects.order_by("pk"):
        building.fetch(fetch.pk)
    assert dossiers.status(accepted.request_id).finished
    assert Snapshot.objects.get().negative is True


def test_of_who_is_erased_also_the_last_hash_goes(hands: Hands, fake_sources: Fakes) -> None:
    three_versions(hands, fake_sources)
    persons.erase(people.MARIA, reason="asked for by letter", owner="user:9")
    assert retention.forget()["versions"] == 0
    Snapshot.objects.update(created_at=YEARS_AGO)
    assert retention.forget()["versions"] == 3


def test_each_day_has_a_report_of_what_went(
    hands: Hands, fake_sources: Fakes, capsys: pytest.CaptureFixture[str]
) -> None:
    three_versions(hands, fake_sources)
    Snapshot.objects.update(created_at=YEARS_AGO)
    retention.forget()
    retention.forget()
    report = RetentionReport.objects.get()
    assert (report.rounds, report.deleted["versions"], report.deleted["runs"]) == (2, 2, 0)
    call_command("retention_report")
    told = json.loads(capsys.readouterr().out)
    assert (told["day"], told["rounds"], told["deleted"]) == (f"{report.day}", 2, report.deleted)


def test_reports_go_when_their_own_time_is_over(db: None) -> None:
    RetentionReport.objects.create(day=timezone.localdate() - timedelta(days=conf.ACCESS_RECORD_DAYS + 2))
    retention.forget()
    assert [each.rounds for each in RetentionReport.objects.all()] == [1]


def test_who_looked_is_not_forgotten_before_what_was_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(conf, "ACCESS_RECORD_DAYS", conf.RETENTION_POSITIVE_DAYS - 1)
    with pytest.raises(ImproperlyConfigured, match="ACCESS_RECORD_DAYS"):
        conf.require([])


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
