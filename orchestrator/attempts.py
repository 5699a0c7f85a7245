"""The calls to the sources, one by one."""

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now


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
            models.Index(
                fields=["source", "ended_at"], condition=Q(error_code=""), name="answers_of_a_source"
            ),
        ]
