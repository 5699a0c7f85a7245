"""Capa: bank transactions, last purchases and the log of consulted CPFs, in MongoDB; clients and
tokens in PostgreSQL."""

from ops.service.env import env
from sources.common.settings import *

MONGO_URL = mongodb_url()
MONGO_DATABASE = mongodb_database()
# Who consulted a CPF is kept for six months, the longest of which have 184 days: a person may ask who did
# in the last six (Lei 12.414/2011, art. 6, IV), and accesses are kept so long (Lei 12.965/2014, art. 15).
CONSULTED_DAYS: int = env.int("CONSULTED_DAYS", default=184)
READINESS = {**READINESS, "mongodb": "sources.common.mongo.ping"}
SPECTACULAR_SETTINGS = openapi(
    "Capa",
    "Bank transactions, last purchases, and who consulted a CPF. Values are JSON numbers in BRL, dates are "
    "in the time zone of São Paulo. A field that a stored document lacks is answered with its zero value: "
    '`""`, `0`, and `0001-01-01T00:00:00Z` for a date.',
)
