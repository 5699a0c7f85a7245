"""Builds that end without all they asked for: past their deadline, poisoned, cancelled or failed.

Thousands may be due at one moment, so that giving up is done for hundreds at a time. Who still works
on what is given up is fenced off: its fetch has ended, and its lease is nobody's.
"""

from collections.abc import Sequence
from datetime import timedelta

from django.db import connection, transaction
from django.db.models import Case, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.db.models.functions import Coalesce, Now, NullIf

from orchestrator import conf
from orchestrator.models import Build, Fetch
from orchestrator.requests import building
from orchestrator.versions.carrying import Failed

_MOST_AT_ONCE = 500


def overdue() -> QuerySet[Build]:
    """Builds that are past their deadline, or have waited for their turn as long as they may."""
    begins = Now() + timedelta(seconds=conf.DEADLINE_SECONDS)  # too late a start for what waits
    return Build.objects.filter(
        Q(started_at=None) | Q(deadline_at__lt=Now()), finished_at=None, deadline_at__lt=begins
    )


def give_up(build_id: int | None = None) -> int:
    """Ends the open fetches of overdue builds, or of one of them; gives how many builds that were.

    A build that fetched nothing ends with them, and what stood stands; of one that was never started
    that is all. One that fetched something is left to `build.finish`. What somebody has locked is left
    for the next time.
    """
    given_up = 0
    while done := _give_up_some(overdue() if build_id is None else overdue().filter(pk=build_id)):
        given_up += done
    return given_up


@transaction.atomic
def _give_up_some(builds: QuerySet[Build]) -> int:
    opened = Exists(Fetch.objects.filter(build=OuterRef("pk"), state__in=Fetch.OPEN))
    locked = _locked(builds.filter(opened | Q(started_at=None)))
    _end_fetches(locked, Q(state__in=Fetch.OPEN) | Q(build__started_at=None), "deadline")
    brought = Exists(Fetch.objects.filter(build=OuterRef("pk"), state__in=Fetch.GOOD))
    failed = Build.objects.filter(~brought, pk__in=[each.pk for each in locked])
    failed.update(state=Build.State.FAILED, finished_at=Now())
    return len(locked)


def poison(build_id: int) -> None:
    """Ends the fetches of a build that killed the quarantine worker as often as it is let."""
    deadly = Q(
        state=Fetch.State.FETCHING,
        lease_until__lt=Now(),
        quarantine_claims__gte=conf.QUARANTINE_CLAIMS,
    )
    with transaction.atomic():
        _end_fetches(_locked(Build.objects.filter(pk=build_id, finished_at=None)), deadly, "poisoned")


def cancel(build: Build) -> None:
    """Ends a build that nobody waits for. The caller holds its lock.

    A fetch that is broken off has failed, and no source's error made it: it has no error code. Its end
    is what keeps a claim out that looked at the build before.
    """
    Build.objects.filter(pk=build.pk).update(state=Build.State.CANCELLED, finished_at=Now())
    _let_go(build, code=Value(""))


def fail(build_id: int) -> None:
    """Ends a build that cannot be finished, such as one whose dossier's key is gone: what stood stands."""
    with transaction.atomic():
        for build in _locked(Build.objects.filter(pk=build_id, finished_at=None), wait=True):
            Build.objects.filter(pk=build.pk).update(state=Build.State.FAILED, finished_at=Now())
            _let_go(build, code=Coalesce(NullIf("error_code", Value("")), Value("deadline")))


def _let_go(build: Build, code: Value | Coalesce) -> None:
    """Ends the open fetches of a build with this error code, and empties all of them."""
    is_open = Q(state__in=Fetch.OPEN)
    build.fetches.update(
        state=Case(When(is_open, then=Value(Fetch.State.FAILED)), default=F("state")),
        error_code=Case(When(is_open, then=code), default=F("error_code")),
        payload_sealed=None,
        lease_token=None,
        lease_until=None,
        next_attempt_at=None,
    )


def _locked(builds: QuerySet[Build], *, wait: bool = False) -> Sequence[Build]:
    """The first of the builds to be due, with their dossiers."""
    rows = builds.select_related("dossier").only("started_at", "dossier__provenance").order_by("deadline_at")
    return list(rows.select_for_update(of=("self",), no_key=True, skip_locked=not wait)[:_MOST_AT_ONCE])


def _end_fetches(builds: Sequence[Build], which: Q, code: str) -> None:
    """Ends those of the builds' fetches with this error code; of one that is past its deadline, what its last
    call met says more than that time is over."""
    dossiers = {each.pk: each.dossier for each in builds}
    rows = Fetch.objects.filter(which, build__in=dossiers.keys())
    ended = []
    for row in rows.select_for_update(of=("self",), no_key=True).defer("payload_sealed"):
        known = row.error_code if code == "deadline" else ""
        failed = Failed(code=known or code, attempts=row.attempts)
        end = building.given_up(dossiers[row.build_id], row.source, failed)
        ended.append((row.pk, end.state.value, end.origin, end.fetched_at, end.error_code))
    if ended:
        with connection.cursor() as cursor:
            cursor.execute(_END, [list(column) for column in zip(*ended, strict=True)])


_END = """
update orchestrator_fetch as f
   set state = e.state, origin = e.origin, fetched_at = e.fetched_at, error_code = e.error_code,
       payload_sealed = null, next_attempt_at = null, lease_token = null, lease_until = null
  from unnest(%s::bigint[], %s::text[], %s::text[], %s::timestamptz[], %s::text[])
       as e (id, state, origin, fetched_at, error_code)
 where f.id = e.id
"""
