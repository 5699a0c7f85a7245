"""How the OpenAPI documents describe what the three sources share."""

from typing import Any

from drf_spectacular.extensions import OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse
from rest_framework import serializers

from sources.common.fields import CpfField
from sources.common.paging import DEFAULT_LIMIT, DEFAULT_SIZE, LARGEST_LIMIT, LARGEST_NUMBER, LARGEST_SIZE

CPF_SCHEMA = {"type": "string", "pattern": "^[0-9]{11}$"}

OBJECT_ID = {"type": "string", "pattern": "^[0-9a-fA-F]{24}$"}
MONEY_PATTERN = "^-?[0-9]{1,12}([.][0-9]{1,2})?$"

LARGEST_MONEY = 10**12 - 1

NOT_FOUND = {404: OpenApiResponse(description="There is no such thing.")}


def whole_number(default: int) -> dict[str, Any]:
    """The schema of a whole number from 1 in the query, as `paging.positive` reads it."""
    return {"type": "integer", "minimum": 1, "maximum": LARGEST_NUMBER, "default": default}


CURSOR_PARAMETERS = [
    OpenApiParameter(
        "cursor",
        {"type": "string", "format": "cursor"},
        description="`next_cursor` of the answer before; without it the list is read from its start.",
    ),
    OpenApiParameter(
        "limit", whole_number(DEFAULT_LIMIT), description=f"At most {LARGEST_LIMIT}: more counts as that."
    ),
]
PAGE_PARAMETERS = [
    OpenApiParameter("page", whole_number(1), description="From 1; beyond the last one is a 404."),
    OpenApiParameter(
        "page_size", whole_number(DEFAULT_SIZE), description=f"At most {LARGEST_SIZE}: more counts as that."
    ),
    OpenApiParameter(
        "Link",
        OpenApiTypes.STR,
        OpenApiParameter.HEADER,
        response=[200],
        description="The first, the last and the neighbouring pages (RFC 8288).",
    ),
]
CPF_PARAMETER = OpenApiParameter(
    "cpf", CPF_SCHEMA, OpenApiParameter.QUERY, description="Only the customer with this CPF."
)
CPF_OF_PATH = OpenApiParameter("cpf", CPF_SCHEMA, OpenApiParameter.PATH)


class CpfSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """What is taken is 11 digits; what is stored may be anything, and lacking is answered as ""."""

    target_class = "sources.common.fields.CpfField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """The schema of what is taken, or of what is answered."""
        return CPF_SCHEMA if direction == "request" else {"type": "string"}


class MoneySchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """BRL is taken as a decimal text or as a number; it is answered as the field says."""

    target_class = "sources.common.fields.MoneyField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> dict[str, Any]:
        """The schema of what is taken, or of what is answered."""
        if direction == "request":
            number = {"minimum": -LARGEST_MONEY, "maximum": LARGEST_MONEY, "multipleOf": 0.01}
            return {"type": ["string", "number"], "pattern": MONEY_PATTERN, **number}
        if not getattr(self.target, "coerce_to_string", True):
            return {"type": "number"}
        return {"type": "string", "pattern": MONEY_PATTERN}


class BatchQuestion(serializers.Serializer[None]):
    """The CPFs asked for."""

    cpfs = serializers.ListField(child=CpfField(), min_length=1, max_length=1000)


class CpfsAnswer(serializers.Serializer[None]):
    """One part of the list of CPFs."""

    cpfs = serializers.ListField(child=CpfField())
    next_cursor = serializers.CharField(allow_null=True)
