"""Alpha: customers and their debts, in PostgreSQL."""

from sources.common.settings import *

SPECTACULAR_SETTINGS = openapi(
    "Alpha", "Customers and their debts. Money is a decimal string in BRL, dates are ISO 8601."
)
