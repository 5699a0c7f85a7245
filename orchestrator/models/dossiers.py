"""Dossiers and their versions."""

from typing import Any

from django.db import models
from django.db.models import Q

_UNHELD: dict[str, Any] = {"related_name": "+", "null": True, "db_index": False, "db_constraint": False}


class Dossier(models.Model):
    """One person. `provenance` tells where each standing block came from; it may move alone.

    Of somebody erased the row stays, with the keyed hash and no key. A new ask makes a new dossier in the
    same row: `created_at` tells the two apart, and numbers of versions are never used twice.
    """

    cpf_lookup = models.BinaryField(unique=True)  # sealing.lookups; the data key is wrapped for this hash
    lookup_key = models.CharField(max_length=63, db_default="")  # its id; LOOKUP_KEY has none
    cpf_sealed = models.BinaryField()  # by the data key
    data_key = models.BinaryField()  # wrapped by a master key; destroying it erases the person
    # What a version calls the person, by the data key (versions.names), and which version; 0: not noted yet.
    name_sealed = models.BinaryField(db_default=b"")
    name_version = models.PositiveIntegerField(db_default=0)
    latest_version = models.PositiveIntegerField(default=0)  # 0: none yet
    erased_version = models.PositiveIntegerField(db_default=0)  # up to this one, versions were erased
    completeness = models.CharField(max_length=8, blank=True)
    provenance = models.JSONField(default=dict)  # by source: records.Provenance
    checked_at = models.DateTimeField(null=True)
    answers_hash = models.BinaryField(db_default=b"")  # of raw answers, all read, that say what stands
    created_at = models.DateTimeField(auto_now_add=True)

    @property
    def has_version(self) -> bool:
        """Whether a version stands."""
        return self.latest_version > self.erased_version


class Snapshot(models.Model):
    """One version of a dossier: immutable. A build made it, or a run did."""

    pk = models.CompositePrimaryKey("dossier_id", "number")
    dossier = models.ForeignKey(Dossier, models.CASCADE, related_name="snapshots", db_index=False)
    number = models.PositiveIntegerField()
    content_sealed = models.BinaryField()  # empty: erased
    content_hash = models.BinaryField()
    completeness = models.CharField(max_length=8)
    provenance = models.JSONField()  # as it was when the version was saved
    # Neither is checked by PostgreSQL: a version outlives the build or the run that made it (retention).
    build = models.ForeignKey("Build", models.DO_NOTHING, **_UNHELD)
    run = models.ForeignKey("Run", models.DO_NOTHING, **_UNHELD)
    pinned = models.BooleanField(db_default=False)  # retention leaves it
    decided_at = models.DateTimeField(null=True)  # the last time that somebody decided by it: likewise
    negative = models.BooleanField(null=True)  # whether it tells of debts; null: saved before that was noted
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
