"""Who was erased: what is left of them."""

from django.db import models
from django.db.models import Q


class Erasure(models.Model):
    """One erasure of one dossier, which its id and its beginning name exactly. It holds the keyed hash of the
    CPF, and neither the CPF nor anything of the person."""

    dossier_id = models.BigIntegerField()
    created_at = models.DateTimeField()  # of the dossier
    lookup = models.BinaryField()  # sealing.lookup
    erased_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)  # empty: done by the register, which has none
    owner = models.CharField(max_length=120)  # as DossierRequest's; or `terminal`, `register`
    removed = models.JSONField(default=dict)  # by kind: how much
    finished_at = models.DateTimeField(
        null=True
    )  # null: the key is gone, and something is still to be removed

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["dossier_id", "created_at"], name="one_erasure_per_dossier")
        ]
        indexes = [
            models.Index(fields=["id"], condition=Q(finished_at=None), name="erasures_under_way"),
            models.Index(fields=["lookup"], name="erasures_by_lookup"),
        ]
