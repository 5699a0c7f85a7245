"""How the OpenAPI documents describe what the three sources share."""

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers

from sources.common.fields import CpfField

CURSOR_PARAMETERS = [
    OpenApiParameter("cursor", OpenApiTypes.STR, description="`next_cursor` of the answer before"),
    OpenApiParameter("limit", OpenApiTypes.INT, description="1000 unless given, at most 10000"),
]


class BatchQuestion(serializers.Serializer[None]):
    """The CPFs asked for."""

    cpfs = serializers.ListField(child=CpfField(), min_length=1, max_length=1000)


class CpfsAnswer(serializers.Serializer[None]):
    """One part of the list of CPFs."""

    cpfs = serializers.ListField(child=CpfField())
    next_cursor = serializers.CharField(allow_null=True)


class Problem(serializers.Serializer[None]):
    """An error that is about no field."""

    detail = serializers.CharField()
