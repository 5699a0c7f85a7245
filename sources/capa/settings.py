"""Capa: bank transactions, last purchases and the log of consulted CPFs, in MongoDB; clients and
tokens in PostgreSQL."""

from sources.common.settings import *

MONGO_URL = mongodb_url()
MONGO_DATABASE = mongodb_database()
READINESS = {**READINESS, "mongodb": "sources.common.mongo.ping"}
SPECTACULAR_SETTINGS = openapi(
    "Capa",
    "Bank transactions, last purchases, and who consulted a CPF. Values are JSON numbers in BRL, dates are "
    "in the time zone of São Paulo. A field that a stored document lacks is answered with its zero value: "
    '`""`, `0`, and `0001-01-01T00:00:00Z` for a date.',
)
