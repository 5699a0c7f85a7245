"""Answers that were given, kept for a day."""

from django.db import models
from django.db.models.functions import Now


class KeptAnswer(models.Model):
    """What was answered to a client's request under a key. It is there if and only if what was asked is.

    The key and what was asked are keyed hashes: from a plain one a CPF could be told, there are so few.
    """

    owner = models.CharField(max_length=120)  # client:<client id>
    key = models.BinaryField(max_length=32)
    asked = models.BinaryField(max_length=32)
    status = models.PositiveSmallIntegerField()
    body = models.JSONField()  # ids and addresses
    location = models.CharField(max_length=500)
    created_at = models.DateTimeField(db_default=Now(), db_index=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["owner", "key"], name="one_answer_for_each_key")]
