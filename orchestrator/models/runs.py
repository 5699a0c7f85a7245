"""Runs, their chunks and the sum over them, and the rows of a list that were not taken."""

from functools import reduce
from operator import add

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q
from django.db.models.functions import Now

from orchestrator.records.requests import Purpose

OUTCOMES = ("failed", "partial", "new", "changed", "unchanged", "skipped", "cancelled")  # records.runs.Totals
COUNTED = reduce(add, map(F, OUTCOMES))


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
    team = models.CharField(max_length=40, db_default="", blank=True)  # as DossierRequest's
    over_everybody = models.BooleanField(db_default=False)  # a nightly run, or what failed in one
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
    budgets = models.JSONField(default=dict)  # by source: batch.schedule.budgets.Budget
    row_counts = models.JSONField(default=dict)  # of a list: records.runs.ListRows
    list_digest = models.BinaryField(null=True)  # of a list: a keyed hash, by which the same one is known
    file_sealed = models.BinaryField(null=True)  # of a list: its file's name, by sealing.file_names
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
        indexes = [
            models.Index(fields=["created_at"], condition=Q(finished_at=None), name="active_runs"),
            models.Index(
                fields=["team", "owner", "created_at"],
                condition=Q(over_everybody=False),
                name="runs_of_teams",
            ),
            models.Index(
                fields=["list_digest"], condition=Q(list_digest__isnull=False), name="lists_by_digest"
            ),
        ]


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
    saved = models.TextField(blank=True)  # a letter a place: batch.counting.tallies.Saved
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


class RunCounts(models.Model):
    """The sum over a run's chunks, so that a look at the run costs the same however many it has.

    Whoever moves a chunk moves it in the same transaction (`batch.counting.counts`), and locks it last: run,
    chunk, counts is the order. It outlives the chunks.
    """

    run = models.OneToOneField("orchestrator.Run", models.CASCADE, primary_key=True, related_name="counts")
    size = models.PositiveIntegerField(default=0)  # dossiers
    failed = models.PositiveIntegerField(default=0)
    partial = models.PositiveIntegerField(default=0)
    new = models.PositiveIntegerField(default=0)
    changed = models.PositiveIntegerField(default=0)
    unchanged = models.PositiveIntegerField(default=0)
    skipped = models.PositiveIntegerField(default=0)
    cancelled = models.PositiveIntegerField(default=0)
    waiting_again = models.PositiveIntegerField(default=0)  # dossiers
    sources = models.JSONField(default=dict)  # by source: batch.counting.counts.OfSource
    changes = models.JSONField(default=dict)  # as in a chunk
    most_changed = models.JSONField(default=list)  # as in a chunk
    lately = models.JSONField(default=list)  # the last minute's work: batch.counting.pace.Work


class RejectedRow(models.Model):
    """A row of a list that could not be taken, and why; never its value."""

    run = models.ForeignKey("orchestrator.Run", models.CASCADE, related_name="rejected_rows", db_index=False)
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=16)
    message = models.CharField(max_length=200)
    repeats = models.PositiveIntegerField(null=True)  # the line that has the same CPF

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="rejected_rows_of_a_run")]
