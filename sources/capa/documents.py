"""Capa's documents, in the collections and with the field names of the original.

Values are Decimal128, where the original kept doubles; both are read. Fields are optional in
storage, for other systems feed it.
"""

from mongoengine import Document, fields

CPF = r"\A[0-9]{11}\Z"


def _meta(collection: str, *indexes: dict[str, object]) -> dict[str, object]:
    return {
        "collection": collection,
        "strict": False,
        "auto_create_index": False,
        "indexes": [*indexes] or [{"fields": ["cpf", "id"], "name": "cpf_id"}],
    }


class FinancialTransaction(Document):  # type: ignore[misc]  # mongoengine has no types
    """A bank transaction in BRL; `type` is Credit or Debit."""

    description = fields.StringField()
    value = fields.Decimal128Field()
    date = fields.DateTimeField()
    cpf = fields.StringField(required=True, regex=CPF)
    type = fields.StringField()
    payment_type = fields.StringField(db_field="PaymentType")
    meta = _meta("FinancialTransactions")


class LastPurchase(Document):  # type: ignore[misc]
    """The last debit by credit card of a CPF."""

    description = fields.StringField()
    value = fields.Decimal128Field()
    date = fields.DateTimeField()
    cpf = fields.StringField(required=True, regex=CPF)
    payment_type = fields.StringField(db_field="PaymentType")
    meta = _meta("LastPurchases", {"fields": ["cpf"], "name": "cpf_unique", "unique": True})


class ConsultedCpf(Document):  # type: ignore[misc]
    """That a CPF was read, or all of a roster at once: when, what of it, and by which client."""

    date = fields.DateTimeField(required=True)
    cpf = fields.StringField(regex=CPF)
    roster = fields.BinaryField()
    description = fields.StringField()
    client = fields.StringField()
    meta = _meta(
        "ConsultedCPF",
        {"fields": ["cpf", "id"], "name": "cpf_id"},
        {"fields": ["roster", "id"], "name": "roster_id", "sparse": True},
    )


class Roster(Document):  # type: ignore[misc]
    """CPFs that are read together: kept once, by their digest, however often that happens."""

    digest = fields.BinaryField(primary_key=True)
    cpfs = fields.ListField(fields.StringField(regex=CPF))
    date = fields.DateTimeField(required=True)  # last read
    meta = _meta("ConsultedRosters", {"fields": ["cpfs"], "name": "cpfs"})
