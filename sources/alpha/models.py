"""Alpha's tables, named as in the original."""

from django.core.validators import RegexValidator
from django.db import models


class Customer(models.Model):
    """A person, known by a CPF of 11 digits."""

    cpf = models.CharField(max_length=11, unique=True, validators=[RegexValidator(r"\A[0-9]{11}\Z")])
    name = models.CharField(max_length=100)
    address = models.CharField(max_length=150)

    class Meta:
        db_table = "customer"


class Debt(models.Model):
    """What a customer owes, in BRL."""

    customer = models.ForeignKey(Customer, on_delete=models.CASCADE, related_name="debts")
    value = models.DecimalField(max_digits=14, decimal_places=2)
    date = models.DateField()

    class Meta:
        db_table = "debt"
