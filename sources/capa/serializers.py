"""What Capa accepts. Its answers are made in `answers`."""

from typing import Any

from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ops.service.api.fields import TextField
from sources.capa.documents import FinancialTransaction, LastPurchase
from sources.common.fields import CpfField, InstantField, MoneyField
from sources.common.mongo import object_id
from sources.common.schemas import OBJECT_ID

TYPES = ("Credit", "Debit")
PAYMENT_TYPES = ("CreditCard", "DebitCard", "PaymentSlip", "Money")


@extend_schema_field(OBJECT_ID)
class ObjectIdField(serializers.CharField):
    """The id of a stored document: 24 hexadecimal digits."""

    default_error_messages = {"object_id": _("An id is a string of 24 hexadecimal digits.")}

    def to_internal_value(self, data: Any) -> Any:
        """The ObjectId."""
        key = object_id(data)
        if key is None:
            self.fail("object_id")
        return key


class PurchaseSerializer(serializers.Serializer[Any]):
    """What a transaction and a last purchase have in common."""

    id = serializers.CharField(read_only=True)
    description = TextField(max_length=1000, allow_blank=True, default="")
    value = MoneyField(coerce_to_string=False)
    date = InstantField()
    cpf = CpfField()
    PaymentType = serializers.ChoiceField(PAYMENT_TYPES, allow_blank=True, default="", source="payment_type")


class TransactionSerializer(PurchaseSerializer):
    """A transaction; a date without an offset is in the time zone of São Paulo."""

    type = serializers.ChoiceField(TYPES, allow_blank=True, default="")

    def create(self, validated_data: dict[str, Any]) -> FinancialTransaction:
        """Saves the transaction, and a debit by credit card as the last purchase too."""
        saved: FinancialTransaction = FinancialTransaction(**validated_data).save()
        if (saved.type, saved.payment_type) == ("Debit", "CreditCard"):
            purchase = {name: value for name, value in validated_data.items() if name not in ("cpf", "type")}
            LastPurchase.objects(cpf=saved.cpf).update_one(  # one document per CPF, replaced or added
                upsert=True, **{f"set__{name}": value for name, value in purchase.items()}
            )
        return saved


class ChangedTransactionSerializer(TransactionSerializer):
    """A transaction as PUT takes it: whole, with its `id` in the body."""

    id = ObjectIdField()


class ConsultedSerializer(serializers.Serializer[Any]):
    """A record that a CPF was read."""

    id = serializers.CharField(read_only=True)
    date = InstantField()
    cpf = CpfField()
    description = serializers.CharField()
    client = serializers.CharField()


class BatchItem(serializers.Serializer[Any]):
    """All that Capa knows of a CPF."""

    cpf = CpfField()
    financial_transactions = TransactionSerializer(many=True)
    last_purchase = PurchaseSerializer(allow_null=True)


class ResultSerializer(serializers.Serializer[Any]):
    """The original's answer to PUT and DELETE."""

    result = serializers.CharField()
