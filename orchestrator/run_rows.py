"""What is kept of a run beside its chunks: their sum, and the rows of its list that were not taken."""

from functools import reduce
from operator import add

from django.db import models
from django.db.models import F

OUTCOMES = ("failed", "partial", "new", "changed", "unchanged", "skipped", "cancelled")  # tallies.Totals
COUNTED = reduce(add, map(F, OUTCOMES))


class RunCounts(models.Model):
    """The sum over a run's chunks, so that a look at the run costs the same however many it has.

    Whoever moves a chunk moves it in the same transaction (`batch.counts`), and locks it last: run,
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
    sources = models.JSONField(default=dict)  # by source: batch.counts.OfSource
    changes = models.JSONField(default=dict)  # as in a chunk
    most_changed = models.JSONField(default=list)  # as in a chunk
    lately = models.JSONField(default=list)  # the last minute's work: batch.rates.Work


class RejectedRow(models.Model):
    """A row of a list that could not be taken, and why; never its value."""

    run = models.ForeignKey("orchestrator.Run", models.CASCADE, related_name="rejected_rows", db_index=False)
    line = models.PositiveIntegerField()
    code = models.CharField(max_length=16)
    message = models.CharField(max_length=200)
    repeats = models.PositiveIntegerField(null=True)  # the line that has the same CPF

    class Meta:
        constraints = [models.UniqueConstraint(fields=["run", "line"], name="rejected_rows_of_a_run")]
