"""Asks, the builds that they wait for, a build's fetches, and each call to a source."""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator.records.requests import Purpose


class Build(models.Model):
    """The work of one dossier's renewal; at most one is active (not finished) per dossier.

    It waits until its turn comes, which is its owner's: of those who asked, the one whose turn comes first.
    """

    class State(models.TextChoices):
        """`active` is waiting, sent or at work."""

        ACTIVE = "active"
        COMPLETE = "complete"
        PARTIAL = "partial"
        FAILED = "failed"
        CANCELLED = "cancelled"

    dossier = models.ForeignKey("orchestrator.Dossier", models.PROTECT, related_name="builds")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    outcome = models.CharField(max_length=11, blank=True)  # new_version, unchanged
    owner = models.CharField(max_length=120, db_default="")  # as DossierRequest's
    precedence = models.PositiveSmallIntegerField(db_default=1)  # of the owner's class: turns.precedence
    created_at = models.DateTimeField(auto_now_add=True)
    started_at = models.DateTimeField(null=True)  # its turn has come, and it was sent
    deadline_at = models.DateTimeField()  # while it waits: if it were started at the last moment
    sent_at = models.DateTimeField(null=True)  # once more, by the sweeper
    endings = models.PositiveSmallIntegerField(db_default=0)  # how often the sweeper began to end it
    finished_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["dossier"], condition=Q(finished_at=None), name="one_active_build_per_dossier"
            ),
        ]
        indexes = [
            models.Index(fields=["created_at"], condition=Q(finished_at=None), name="active_builds"),
            models.Index(
                fields=["precedence", "owner", "id"],
                condition=Q(finished_at=None, started_at=None),
                name="waiting_builds",
            ),
            models.Index(
                fields=["precedence", "started_at"],
                condition=Q(finished_at=None, started_at__isnull=False),
                name="started_builds",
            ),
            models.Index(fields=["deadline_at"], condition=Q(finished_at=None), name="builds_by_deadline"),
            models.Index(
                fields=["finished_at"], condition=Q(finished_at__isnull=False), name="builds_by_end"
            ),
        ]


class DossierRequest(models.Model):
    """One person's ask. It ends with its build, or when it is cancelled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    build = models.ForeignKey(Build, models.PROTECT, related_name="requests")
    purpose = models.CharField(max_length=24, choices=[(purpose, purpose) for purpose in Purpose])
    owner = models.CharField(max_length=120)  # user:<id>, client:<client id>
    team = models.CharField(
        max_length=40, db_default="", blank=True
    )  # for whom: opaque; empty for nobody else
    standing_version = models.PositiveIntegerField(null=True)  # then, 0 for none; null: it opens nothing
    fresh = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["owner", "created_at"], name="asks_of_owners"),
            models.Index(fields=["team", "created_at"], condition=~Q(team=""), name="asks_of_teams"),
        ]


class Fetch(models.Model):
    """One source's part of a build.

    Who holds the lease may write the outcome; `lease_token` fences off who held it before. One whose
    lease ran out without an outcome may have killed its worker: only the quarantine worker takes it.
    """

    class State(models.TextChoices):
        """Pending, fetching and waiting_retry are open; the others are outcomes."""

        PENDING = "pending"
        FETCHING = "fetching"
        WAITING_RETRY = "waiting_retry"
        OK = "ok"
        NOT_FOUND = "not_found"
        STALE = "stale"
        FAILED = "failed"

    WAITING = (State.PENDING, State.WAITING_RETRY)
    OPEN = (*WAITING, State.FETCHING)
    GOOD = (State.OK, State.NOT_FOUND)

    build = models.ForeignKey(Build, models.CASCADE, related_name="fetches", db_index=False)
    source = models.CharField(max_length=32)
    state = models.CharField(max_length=13, choices=State.choices, default=State.PENDING)
    fresh = models.BooleanField()
    attempts = models.PositiveSmallIntegerField(default=0)  # live calls begun
    max_attempts = models.PositiveSmallIntegerField()
    next_attempt_at = models.DateTimeField(null=True)
    lease_token = models.UUIDField(null=True)
    lease_until = models.DateTimeField(null=True)
    quarantined_at = models.DateTimeField(null=True)  # when it was last sent to the quarantine worker
    quarantine_claims = models.PositiveSmallIntegerField(default=0)  # begun there since its last outcome
    origin = models.CharField(max_length=7, blank=True)  # live, cache, carried
    fetched_at = models.DateTimeField(null=True)
    error_code = models.CharField(max_length=16, blank=True)
    payload_sealed = models.BinaryField(null=True)  # emptied when the build ends

    class Meta:
        constraints = [models.UniqueConstraint(fields=["build", "source"], name="one_fetch_per_source")]


class Attempt(models.Model):
    """One live call to a source: the history of a fetch, and, over all, the source's health.

    A run's calls are about many people, or for a page of the source's list: they have no fetch.
    """

    fetch = models.ForeignKey("orchestrator.Fetch", models.CASCADE, related_name="history", null=True)
    source = models.CharField(max_length=32)
    number = models.PositiveSmallIntegerField()
    ended_at = models.DateTimeField(db_default=Now())
    seconds = models.FloatField()
    error_code = models.CharField(max_length=16, blank=True)  # empty: it answered
    reason = models.CharField(max_length=200, blank=True)  # names keys, never values
    status_code = models.PositiveSmallIntegerField(null=True)
    retry_in_seconds = models.FloatField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["source", "ended_at"], name="attempts_of_a_source"),
            models.Index(fields=["ended_at"], condition=Q(fetch=None), name="calls_of_runs"),
            models.Index(
                fields=["source", "ended_at"], condition=Q(error_code=""), name="answers_of_a_source"
            ),
        ]
