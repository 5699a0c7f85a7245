"""What Beta accepts. Its answers are made in `answers`."""

from typing import Any

from bson import ObjectId
from django.utils.translation import gettext_lazy as _
from mongoengine.errors import NotUniqueError
from rest_framework import serializers

from ops.service.api.fields import TextField
from sources.beta.documents import CustomerDocument, PatrimonyDocument, SourceIncomeDocument
from sources.common.fields import AT_MOST, BirthField, CpfField, MoneyField, cpf_taken

EMBEDDED = {"patrimonies": PatrimonyDocument, "sources_income": SourceIncomeDocument}


class ValueSerializer(serializers.Serializer[Any]):
    """An asset or a source of income; whole, for these rows have no id to change them by."""

    value = MoneyField()
    description = TextField(max_length=1000)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Adds `_cls`, which is answered and, where a body has it, ignored."""
        return {**super().get_fields(), "_cls": serializers.CharField(read_only=True)}

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """Also a partial change of the customer gives rows whole."""
        lacking = [name for name in ("value", "description") if name not in attrs]
        if lacking:
            raise serializers.ValidationError({name: [_("This field is required.")] for name in lacking})
        return attrs


class PatrimonySerializer(ValueSerializer):
    """An asset."""


class SourceIncomeSerializer(ValueSerializer):
    """A source of income."""


class CustomerSerializer(serializers.Serializer[ObjectId]):
    """A customer; a list that the body names replaces the stored one, others stay."""

    id = serializers.CharField(read_only=True)
    cpf = CpfField()
    date_birth = BirthField()
    name = TextField(max_length=100)
    address = TextField(max_length=150)
    patrimonies = PatrimonySerializer(many=True, required=False, **AT_MOST)
    sources_income = SourceIncomeSerializer(many=True, required=False, **AT_MOST)

    def get_fields(self) -> dict[str, serializers.Field[Any, Any, Any, Any]]:
        """Adds `_cls`, as ValueSerializer does."""
        return {**super().get_fields(), "_cls": serializers.CharField(read_only=True)}

    def create(self, validated_data: dict[str, Any]) -> ObjectId:
        """Saves a new document, and gives its id."""
        try:
            key: ObjectId = CustomerDocument(**_stored(validated_data)).save().pk
        except NotUniqueError:
            raise cpf_taken() from None
        return key

    def update(self, instance: ObjectId, validated_data: dict[str, Any]) -> ObjectId:
        """Saves what the body names, in one step; other fields stand, whatever shape they have."""
        new = {f"set__{name}": value for name, value in _stored(validated_data).items()}
        try:
            if new:
                CustomerDocument.objects(pk=instance).update_one(**new)
        except NotUniqueError:
            raise cpf_taken() from None
        return instance


def _stored(data: dict[str, Any]) -> dict[str, Any]:
    """Validated values as the document's fields take them."""
    return {
        name: [EMBEDDED[name](**row) for row in value] if name in EMBEDDED else value
        for name, value in data.items()
    }
