"""The truth, in PostgreSQL: dossiers and versions, asks, builds and fetches.

No column holds a CPF or a payload in the clear: `sealing` is the way in and out.
"""

import uuid

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator.records import Purpose


class Dossier(models.Model):
    """One person. `provenance` tells where each standing block came from; it may move alone."""

    cpf_lookup = models.BinaryField(unique=True)  # sealing.lookup
    cpf_sealed = models.BinaryField()  # by the data key
    data_key = models.BinaryField()  # wrapped by a master key; destroying it erases the person
    latest_version = models.PositiveIntegerField(default=0)  # 0: none yet
    completeness = models.CharField(max_length=8, blank=True)
    provenance = models.JSONField(default=dict)  # by source: records.Provenance
    checked_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(auto_now_add=True)


class Snapshot(models.Model):
    """One version of a dossier: immutable."""

    pk = models.CompositePrimaryKey("dossier_id", "number")
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="snapshots", db_index=False)
    number = models.PositiveIntegerField()
    content_sealed = models.BinaryField()
    content_hash = models.BinaryField()
    completeness = models.CharField(max_length=8)
    provenance = models.JSONField()  # as it was when the version was saved
    build = models.OneToOneField("Build", models.PROTECT, related_name="snapshot")
    created_at = models.DateTimeField()


class Build(models.Model):
    """The work of one dossier's renewal; at most one is active (not finished) per dossier."""

    class State(models.TextChoices):
        """`active` is queued or running, which its fetches tell apart."""

        ACTIVE = "active"
        COMPLETE = "complete"
        PARTIAL = "partial"
        FAILED = "failed"
        CANCELLED = "cancelled"

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="builds")
    state = models.CharField(max_length=9, choices=State.choices, default=State.ACTIVE)
    outcome = models.CharField(max_length=11, blank=True)  # new_version, unchanged
    created_at = models.DateTimeField(auto_now_add=True)
    deadline_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)  # by the sweeper; who accepts a build does not note it
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
        ]


class DossierRequest(models.Model):
    """One person's ask. It ends with its build, or when it is cancelled."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    build = models.ForeignKey(Build, models.PROTECT, related_name="requests")
    purpose = models.CharField(max_length=24, choices=[(purpose, purpose) for purpose in Purpose])
    owner = models.CharField(max_length=120, db_index=True)  # user:<id>, client:<client id>
    fresh = models.BooleanField()
    created_at = models.DateTimeField(auto_now_add=True)
    cancelled_at = models.DateTimeField(null=True)


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
    """One live call to a source: the history of a fetch, and, over all, the source's health."""

    fetch = models.ForeignKey(Fetch, models.CASCADE, related_name="history")
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
            models.Index(
                fields=["source", "ended_at"], condition=Q(error_code=""), name="answers_of_a_source"
            ),
        ]


class Worker(models.Model):
    """A Celery worker, and when it last proved that it consumes: it answers what its own queue brings."""

    name = models.CharField(max_length=200, unique=True)  # Celery's: interactive@host
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    proved_at = models.DateTimeField(db_default=Now())
    asked_at = models.DateTimeField(null=True)  # the oldest question that it has not answered
