"""What Alpha accepts. Its answers are made in `answers`."""

from typing import Any

from django.db import IntegrityError, transaction
from django.utils.translation import gettext_lazy as _
from rest_framework import serializers
from rest_framework.exceptions import ValidationError

from ops.service.api.fields import TextField
from ops.service.api.problems import Words
from sources.alpha.models import Customer, Debt
from sources.common.fields import AT_MOST, CpfField, DateField, IdField, MoneyField, cpf_taken


class DebtSerializer(serializers.ModelSerializer[Debt]):
    """A debt; with an `id` it is one that the customer already has."""

    id = IdField(required=False)
    value = MoneyField()
    date = DateField()
    customer = serializers.IntegerField(source="customer_id", read_only=True)

    class Meta:
        model = Debt
        fields = ("id", "value", "date", "customer")


class CustomerSerializer(serializers.ModelSerializer[Customer]):
    """A customer; debts that the body does not name stay as they are."""

    debts = DebtSerializer(many=True, required=False, **AT_MOST)
    cpf = CpfField()
    name = TextField(max_length=100)
    address = TextField(max_length=150)

    class Meta:
        model = Customer
        fields = ("id", "debts", "cpf", "name", "address")

    def validate_debts(self, debts: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """An item with an `id` must be a debt of this customer, one without must be whole."""
        own = set(self.instance.debts.values_list("id", flat=True)) if self.instance else set()
        errors: list[dict[str, list[Words]]] = []
        for debt in debts:
            if "id" not in debt:
                lacking = [name for name in ("value", "date") if name not in debt]
                errors.append({name: [_("This field is required.")] for name in lacking})
            else:
                errors.append({} if debt["id"] in own else {"id": [_("This customer has no such debt.")]})
        if any(errors):
            raise ValidationError(errors)
        return debts

    def create(self, validated_data: dict[str, Any]) -> Customer:
        """Saves the customer and the debts together, or nothing."""
        return self._save(Customer(), validated_data)

    def update(self, instance: Customer, validated_data: dict[str, Any]) -> Customer:
        """Saves what the body names, together or not at all."""
        return self._save(instance, validated_data)

    def _save(self, customer: Customer, data: dict[str, Any]) -> Customer:
        debts = data.pop("debts", [])
        for name, value in data.items():
            setattr(customer, name, value)
        try:
            with transaction.atomic():
                customer.save()
                for debt in debts:
                    values = {name: value for name, value in debt.items() if name != "id"}
                    if "id" in debt:
                        customer.debts.filter(pk=debt["id"]).update(**values)
                    else:
                        customer.debts.create(**values)
        except IntegrityError:
            raise cpf_taken() from None
        return customer
