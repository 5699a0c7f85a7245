"""Beta's documents, in the collection and with the names of the original.

Fields are optional in storage, for other systems feed it; the API asks for all of them.
"""

from mongoengine import Document, EmbeddedDocument, fields


class PatrimonyDocument(EmbeddedDocument):  # type: ignore[misc]  # mongoengine has no types
    """Something that a customer owns, and its worth in BRL."""

    value = fields.Decimal128Field()
    description = fields.StringField(max_length=1000)
    meta = {"strict": False}


class SourceIncomeDocument(EmbeddedDocument):  # type: ignore[misc]
    """What a customer earns, in BRL."""

    value = fields.Decimal128Field()
    description = fields.StringField(max_length=1000)
    meta = {"strict": False}


class CustomerDocument(Document):  # type: ignore[misc]
    """A person, known by a CPF of 11 digits."""

    cpf = fields.StringField(required=True, regex=r"\A[0-9]{11}\Z")
    date_birth = fields.DateTimeField()
    name = fields.StringField(max_length=100)
    address = fields.StringField(max_length=150)
    patrimonies = fields.EmbeddedDocumentListField(PatrimonyDocument)
    sources_income = fields.EmbeddedDocumentListField(SourceIncomeDocument)
    meta = {
        "collection": "customer_document",
        "strict": False,
        "auto_create_index": False,  # `migrate` creates them
        "indexes": [{"fields": ["cpf"], "unique": True, "name": "cpf_unique"}],
    }
