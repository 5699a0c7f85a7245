"""The truth, in PostgreSQL: dossiers and versions, asks, builds and fetches.

No column holds a CPF or a payload in the clear: `sealing` is the way in and out.
"""

import uuid
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from orchestrator.attempts import Attempt as Attempt
from orchestrator.installed import Installation as Installation
from orchestrator.installed import KeyInUse as KeyInUse
from orchestrator.installed import Worker as Worker
from orchestrator.records.requests import Purpose
from orchestrator.run_rows import COUNTED
from orchestrator.run_rows import RejectedRow as RejectedRow
from orchestrator.run_rows import RunCounts as RunCounts

_UNHELD: dict[str, Any] = {"related_name": "+", "null": True, "db_index": False, "db_constraint": False}


class Dossier(models.Model):
    """One person. `provenance` tells where each standing block came from; it may move alone."""

    cpf_lookup = models.BinaryField(unique=True)  # sealing.lookup
    cpf_sealed = models.BinaryField()  # by the data key
    data_key = models.BinaryField()  # wrapped by a master key; destroying it erases the person
    latest_version = models.PositiveIntegerField(default=0)  # 0: none yet
    completeness = models.CharField(max_length=8, blank=True)
    provenance = models.JSONField(default=dict)  # by source: records.Provenance
    checked_at = models.DateTimeField(null=True)
    answers_hash = models.BinaryField(db_default=b"")  # of raw answers, all read, that say what stands
    created_at = models.DateTimeField(auto_now_add=True)


class Snapshot(models.Model):
    """One version of a dossier: immutable. A build made it, or a run did."""

    pk = models.CompositePrimaryKey("dossier_id", "number")
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="snapshots", db_index=False)
    number = models.PositiveIntegerField()
    content_sealed = models.BinaryField()
    content_hash = models.BinaryField()
    completeness = models.CharField(max_length=8)
    provenance = models.JSONField()  # as it was when the version was saved
    # Neither is checked by PostgreSQL: a version outlives the build or the run that made it (retention).
    build = models.ForeignKey("Build", models.DO_NOTHING, **_UNHELD)
    run = models.ForeignKey("Run", models.DO_NOTHING, **_UNHELD)
    pinned = models.BooleanField(db_default=False)  # retention leaves it
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["build"], condition=Q(build__isnull=False), name="one_version_per_build"
            ),
        ]
        indexes = [  # in the order in which retention walks over them
            models.Index(
                fields=["created_at", "dossier", "number"], condition=Q(pinned=False), name="versions_by_age"
            )
        ]


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

    dossier = models.ForeignKey(Dossier, models.PROTECT, related_name="builds")
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


class Run(models.Model):
    """Many dossiers renewed together: all of them by night, a list of CPFs, or what failed in a run."""

    class Kind(models.TextChoices):
        """What decides whose dossiers they are."""

        NIGHTLY = "nightly"
        LIST = "list"
        RETRY = "retry"

    class State(models.TextChoices):
        """Running and paused are active; the others are ends."""

        RUNNING = "running"
        PAUSED = "paused"
        COMPLETE = "complete"
        PARTIAL = "partial"
        FAILED = "failed"
        CANCELLED = "cancelled"

    ACTIVE = (State.RUNNING, State.PAUSED)

    kind = models.CharField(max_length=7, choices=Kind.choices)
    state = models.CharField(max_length=9, choices=State.choices, default=State.RUNNING)
    business_date = models.DateField(null=True)  # of a nightly run that the clock began
    parent = models.ForeignKey("self", models.PROTECT, related_name="retries", null=True)
    purpose = models.CharField(max_length=24, choices=[(purpose, purpose) for purpose in Purpose])
    owner = models.CharField(max_length=120)  # user:<id>, client:<client id>, terminal, clock
    created_at = models.DateTimeField(db_default=Now())
    finished_at = models.DateTimeField(null=True)
    paused_at = models.DateTimeField(null=True)  # when it last paused
    resumed_at = models.DateTimeField(null=True)  # when it last went on; calls begun before count no more
    resume_at = models.DateTimeField(null=True)  # paused by itself until then; by a person: null
    overtaken = models.BooleanField(db_default=False)  # paused so long that the next night ended it
    turn_at = models.DateTimeField(null=True)  # when a chunk of it was last sent
    # Planning: who is to be renewed. By source how far its list was read, and what went wrong.
    listing = models.JSONField(default=dict)
    walked_to = models.BigIntegerField(default=0)  # the last dossier, or its parent's chunk, that has a chunk
    erased = models.PositiveIntegerField(db_default=0)  # left out: their keys were destroyed
    planned_at = models.DateTimeField(null=True)
    planner_until = models.DateTimeField(null=True)  # the lease of who plans
    budgets = models.JSONField(default=dict)  # by source: batch.budgets.Budget
    row_counts = models.JSONField(default=dict)  # of a list: records.runs.ListRows
    totals = models.JSONField(null=True)  # when it ended: records.runs.Totals
    forgotten_at = models.DateTimeField(null=True)  # its chunks and rejected rows were too old

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["business_date"], name="one_nightly_run_per_business_date"),
            models.UniqueConstraint(
                fields=["kind"],
                condition=Q(kind="nightly", finished_at=None),
                name="nightly_runs_never_overlap",
            ),
            models.UniqueConstraint(
                fields=["parent"],
                condition=Q(kind="retry", finished_at=None),
                name="one_active_retry_per_run",
            ),
        ]
        indexes = [models.Index(fields=["created_at"], condition=Q(finished_at=None), name="active_runs")]


class Chunk(models.Model):
    """A few hundred dossiers of a run, renewed by three bulk calls and one bulk write.

    A pass asks the sources in `asks` about some places (all of both where it is null); places count
    the dossiers from 0. Messages name the chunk and how many passes have ended: whoever comes first
    does the pass, and what comes after its end finds nothing to do. The lease begins with the work.
    """

    class State(models.TextChoices):
        """Waiting for a pass, in one, or ended."""

        WAITING = "waiting"
        RUNNING = "running"
        ENDED = "ended"
        CANCELLED = "cancelled"

    run = models.ForeignKey(Run, models.CASCADE, related_name="chunks", db_index=False)
    number = models.PositiveIntegerField()
    state = models.CharField(max_length=9, choices=State.choices, default=State.WAITING)
    size = models.PositiveIntegerField()
    cpfs_sealed = models.BinaryField(null=True)  # emptied when the chunk ends
    dossier_ids = ArrayField(models.BigIntegerField(), null=True)  # null: not looked up yet
    lines = ArrayField(models.IntegerField(), null=True)  # of a list: where each stood in the file
    restored = ArrayField(models.IntegerField(), default=list)  # of a list: whose zeros were restored
    passes = models.PositiveSmallIntegerField(default=0)  # ended
    claims = models.PositiveIntegerField(default=0)  # how often it was sent
    lost = models.PositiveSmallIntegerField(default=0)  # in this pass: how often what was fetched was lost
    deaths = models.PositiveSmallIntegerField(db_default=0)  # seen, of who worked on it
    sent_at = models.DateTimeField(null=True)
    began_at = models.DateTimeField(null=True)  # when work on it first began
    lease_until = models.DateTimeField(null=True)  # null: nobody has begun
    due_at = models.DateTimeField(null=True)
    asks = models.JSONField(null=True)
    saved = models.TextField(blank=True)  # a letter a place: batch.tallies.Saved
    failures = models.JSONField(default=dict)  # by place: error codes by source
    versions = ArrayField(models.IntegerField(), null=True)  # by place: made or confirmed; 0: none
    calls = models.JSONField(default=list)  # each bulk call: records.runs.BulkCall
    seconds = models.JSONField(default=dict)  # what the passes took: read, decide, write
    changes = models.JSONField(default=dict)  # by "source.section": how many dossiers changed there
    most_changed = models.JSONField(default=list)  # pairs: dossier, changed rows
    failed = models.PositiveIntegerField(default=0)
    partial = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["run", "number"], name="chunks_of_a_run"),
            models.CheckConstraint(
                condition=Q(ended_at=None) | Q(size=COUNTED),
                name="an_ended_chunk_counts_everybody",
            ),
        ]
        indexes = [
            models.Index(fields=["run", "passes", "number"], condition=Q(ended_at=None), name="open_chunks"),
            models.Index(fields=["run"], condition=Q(state="running"), name="chunks_under_way"),
            models.Index(fields=["run", "number"], condition=~Q(failures={}), name="chunks_with_failures"),
        ]
