"""What is kept of persons' requests, of what readers were told, and of who follows what."""

from datetime import timedelta

import pytest
from django.db.models import F
from django.db.models.functions import Now

from orchestrator import conf
from orchestrator.models import Dossier, Snapshot
from orchestrator.upkeep import retention
from portal.access.models import Contest, Following, Notice, PersonRequest
from tests.fakes import people as fakes
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import Asked, People
from tests.integration.portal.conftest import Fakes

YEARS_AGO = Now() - timedelta(days=conf.PERSON_REQUEST_DAYS + 1)
A_YEAR_AGO = Now() - timedelta(days=366)


def request(**told: object) -> PersonRequest:
    """One that was closed long ago."""
    long_ago = {"received_on": "2018-01-02", "due_on": "2018-01-17", "done_at": YEARS_AGO}
    return PersonRequest.objects.create(
        **{"kind": "report", "person": b"x", "by": "user:1", **long_ago, **told}
    )


def left(model: type[PersonRequest | Notice | Following]) -> list[int]:
    return list(model.objects.order_by("pk").values_list("pk", flat=True))


def test_requests_go_years_after_they_were_closed_and_open_ones_stay(db: None) -> None:
    request()
    stay = [request(done_at=None), request(done_at=Now() - timedelta(days=conf.PERSON_REQUEST_DAYS - 1))]
    assert retention.forget()["person_requests"] == 1
    assert left(PersonRequest) == [each.pk for each in stay]


def test_a_step_takes_no_more_than_it_may(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    for _ in range(3):
        request()
    monkeypatch.setattr(retention, "STEP", 1)
    monkeypatch.setattr(retention, "MOST_STEPS", 2)
    assert [retention.forget()["person_requests"] for _ in range(2)] == [2, 1]


def contest(dossier_id: int, **told: object) -> Contest:
    made = Contest.objects.create(
        request=request(kind="contest"), dossier_id=dossier_id, what="a dívida", first_version=1, **told
    )
    Notice.objects.create(contest=made, owner="user:1", resolved=False)
    return made


def test_a_contest_stays_as_long_as_a_version_that_it_marks(asked: Asked, fake_sources: Fakes) -> None:
    dossier_id = asked().dossier_id
    contest(dossier_id, last_version=1, resolved_at=YEARS_AGO)
    fake_sources["alpha"].people[MARIA] = fakes.alpha(MARIA, debts=("7.00",))
    assert asked().snapshot_version == 2
    assert retention.forget()["person_requests"] == 0
    Snapshot.objects.filter(number=1).update(created_at=YEARS_AGO)
    deleted = retention.forget()
    assert (deleted["versions"], deleted["person_requests"]) == (1, 1)
    assert not Contest.objects.exists()
    assert not Notice.objects.exists()


def test_a_contest_that_is_not_resolved_stays(db: None) -> None:
    contest(dossier_id=1)
    assert retention.forget()["person_requests"] == 0
    assert Contest.objects.exists()


def test_what_was_told_goes_a_year_after_it_was_seen_and_what_was_not_seen_stays(db: None) -> None:
    of = contest(dossier_id=1)
    stay = Notice.objects.get()
    Notice.objects.update(created_at=YEARS_AGO)
    lately = Notice.objects.create(contest=of, owner="user:2", resolved=False, seen_at=Now())
    Notice.objects.create(contest=of, owner="user:3", resolved=False, seen_at=A_YEAR_AGO)
    Notice.objects.create(contest=of, owner="client:a", resolved=False, created_at=A_YEAR_AGO)
    assert retention.forget()["notices"] == 2
    assert left(Notice) == [stay.pk, lately.pk]


@pytest.mark.parametrize("gone", ["erased", "anew", "missing"])
def test_nobody_follows_a_dossier_that_is_no_more(people: People, asked: Asked, gone: str) -> None:
    dossier_id = asked().dossier_id
    people["analyst"].post(f"/dossiers/{dossier_id}/follow/", {"following": "yes"})
    assert retention.forget()["followings"] == 0
    if gone == "missing":
        Following.objects.update(dossier_id=F("dossier_id") + 1)
    else:
        changed = {"data_key": b""} if gone == "erased" else {"created_at": Now() + timedelta(seconds=1)}
        Dossier.objects.update(**changed)
    assert retention.forget()["followings"] == 1
    assert left(Following) == []
