"""Beta: customers, their assets and their income, in MongoDB; clients and tokens in PostgreSQL."""

from sources.common.settings import *

MONGO_URL = mongodb_url()
MONGO_DATABASE = mongodb_database()
READINESS = {**READINESS, "mongodb": "sources.common.mongo.ping"}
SPECTACULAR_SETTINGS = openapi(
    "Beta",
    "Customers, their assets and their sources of income. Money is a decimal string in BRL. A field that "
    'a stored document lacks is answered with its zero value: `""`, `"0.00"`, `[]`, and '
    "`0001-01-01T00:00:00Z` for an instant.",
)
