"""What was decided by a version of a dossier."""

from django.db import models


class VersionDecision(models.Model):
    """A decision or a note, written once: a trigger refuses every change but that it is emptied, which an
    erasure does. What it says, and of which kind it is, are sealed by the dossier's data key."""

    dossier = models.ForeignKey("orchestrator.Dossier", models.CASCADE, related_name="+", db_index=False)
    number = models.PositiveIntegerField()  # of the version; that may be older than is kept
    content_sealed = models.BinaryField()  # empty: erased
    owner = models.CharField(max_length=120)  # as DossierRequest's
    created_at = models.DateTimeField()

    class Meta:
        db_table = "orchestrator_decision"
        indexes = [
            models.Index(fields=["dossier", "number"], name="decisions_by_version"),
            models.Index(fields=["created_at"], name="decisions_by_age"),  # as retention walks
        ]
