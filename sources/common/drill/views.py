"""`/drill/`: what is switched on, and the switch."""

from dataclasses import asdict
from math import isfinite
from typing import Any, ClassVar

import structlog
from django.utils.translation import gettext_lazy as _
from drf_spectacular.utils import extend_schema
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ops.service.access.authentication import READ_WRITE, client_of
from ops.service.api.fields import FlagField, WholeNumberField
from sources.common.drill.state import LONGEST_WAIT_S, SWITCH, Drill, Fault

LONGEST_DRILL_S = 3600.0
LONGEST_RETRY_AFTER_S = 3600
TOKENS_S = 600.0  # without a token nobody could switch it off
logger = structlog.get_logger("drill")


class NumberField(serializers.FloatField):
    """A finite JSON number; DRF would take "nan" and true for one."""

    def to_internal_value(self, data: Any) -> float:
        """The number as a float."""
        if isinstance(data, bool) or not isinstance(data, int | float) or not isfinite(data):
            self.fail("invalid")
        return super().to_internal_value(data)


class DrillSerializer(serializers.Serializer[Drill]):
    """A misbehaviour of this source."""

    fault = serializers.ChoiceField(choices=[str(fault) for fault in Fault])
    share = NumberField(
        min_value=0, max_value=1, default=1.0, help_text="The part of the calls that misbehave"
    )
    seconds = NumberField(
        min_value=0,
        max_value=LONGEST_DRILL_S,
        allow_null=True,
        default=None,
        help_text="After that long it is over; null: when it is switched (with `tokens`: 600)",
    )
    delay = NumberField(
        min_value=0,
        max_value=LONGEST_WAIT_S,
        allow_null=True,
        default=None,
        help_text="Of `delay`, which needs it: seconds before the true answer",
    )
    status = WholeNumberField(min_value=400, max_value=599, default=503, help_text="Of `errors`: the status")
    retry_after = WholeNumberField(
        min_value=0,
        max_value=LONGEST_RETRY_AFTER_S,
        allow_null=True,
        default=5,
        help_text="Of `limited`: seconds in `Retry-After`; null: no such header",
    )
    tokens = FlagField(default=False, help_text="Whether the token endpoint misbehaves too")
    seconds_left = serializers.FloatField(
        read_only=True, allow_null=True, help_text="Until it is over by itself; null: no end is set"
    )

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        """What one fault needs, and an end where the drill might lock everybody out."""
        if attrs["fault"] == Fault.DELAY and attrs["delay"] is None:
            raise serializers.ValidationError({"delay": [_("This fault needs it.")]})
        if attrs["tokens"] and attrs["seconds"] is None:
            attrs["seconds"] = TOKENS_S
        return {**attrs, "fault": Fault(attrs["fault"])}


class DrillView(APIView):
    """The drill of this process."""

    required_scopes: ClassVar = READ_WRITE

    @extend_schema(responses=DrillSerializer)
    def get(self, request: Request) -> Response:
        """What is switched on now."""
        return Response(_present())

    @extend_schema(request=DrillSerializer, responses=DrillSerializer)
    def post(self, request: Request) -> Response:
        """Switches to another misbehaviour, or with the fault `none` to none; answers what is on now.

        It concerns `/api/customers/batch/`, `/api/customers/cpfs/` and, if asked, `/api/oauth/token/`.
        """
        serializer = DrillSerializer(data=request.data)
        serializer.is_valid(raise_exception=True)
        SWITCH.turn(Drill(**serializer.validated_data))
        logger.warning("drill switched", by=client_of(request).client_id, **_present())
        return Response(_present())


def _present() -> dict[str, Any]:
    drill, left = SWITCH.present()
    return {**asdict(drill), "seconds_left": None if left is None else round(left, 1)}
