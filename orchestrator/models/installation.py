"""What an installation knows of itself: its workers, the keys in use, since when it has nights,
and how far its upkeep has come."""

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


class KeyInUse(models.Model):
    """A key that something is sealed with, or found by: nothing starts while the settings lack it."""

    class Role(models.TextChoices):
        """A master key seals; a lookup key finds, and by the youngest row's is hashed who is new."""

        MASTER = "master"
        LOOKUP = "lookup"

    role = models.CharField(max_length=6, choices=Role.choices)
    key_id = models.CharField(max_length=63, blank=True)  # of LOOKUP_KEY it is empty
    fingerprint = models.BinaryField(db_default=b"")  # sealing.fingerprint; empty until one starts with it
    first_used_at = models.DateTimeField(db_default=Now())

    class Meta:
        constraints = [models.UniqueConstraint(fields=["role", "key_id"], name="keys_in_use")]


class Installation(models.Model):
    """The one row that tells since when nightly runs are owed."""

    nights_since = models.DateTimeField(db_default=Now())


class Walk(models.Model):
    """How far a walk has come that is too long for one go; the next one goes on there."""

    name = models.CharField(max_length=20, primary_key=True)
    position = models.JSONField()


class RetentionReport(models.Model):
    """What retention has deleted on one day (of São Paulo): its rounds of that day, added up."""

    day = models.DateField(primary_key=True)
    rounds = models.PositiveIntegerField(default=0)
    deleted = models.JSONField(default=dict)  # by kind: rows
    ended_at = models.DateTimeField(db_default=Now())  # the last round
