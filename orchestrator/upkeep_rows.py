"""What upkeep notes: who works, and how far it has come."""

from django.db import models
from django.db.models.functions import Now


class Worker(models.Model):
    """A Celery worker, and when it last proved that it consumes: it answers what its own queue brings."""

    name = models.CharField(max_length=200, unique=True)  # Celery's: interactive@host
    host = models.CharField(max_length=200)
    pid = models.PositiveIntegerField()
    started_at = models.DateTimeField(db_default=Now())
    proved_at = models.DateTimeField(db_default=Now())
    asked_at = models.DateTimeField(null=True)  # the oldest question that it has not answered


class Walk(models.Model):
    """How far a walk has come that is too long for one go; the next one goes on there."""

    name = models.CharField(max_length=20, primary_key=True)
    position = models.JSONField()
