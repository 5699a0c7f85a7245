"""What the API takes in, and the shapes of what it answers for the OpenAPI document.

The dossier and its diff are described in `schema.py`, from what the sources declare.
"""

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from ops.service.api.fields import FlagField, WholeNumberField
from orchestrator.records.conditions import Circuit
from orchestrator.records.decisions import DecisionKind
from orchestrator.records.requests import Purpose
from portal.presenting.history import instants

if TYPE_CHECKING:
    Field = serializers.Field[Any, Any, Any, Any]

PURPOSES = [purpose.value for purpose in Purpose]
DECISIONS = [kind.value for kind in DecisionKind]
REQUEST_STATES = ["queued", "running", "complete", "partial", "failed", "cancelled"]
FETCH_STATES = ["pending", "fetching", "waiting_retry", "ok", "not_found", "stale", "failed"]
OUTCOMES = ["new_version", "unchanged"]
ORIGINS = ["live", "cache", "carried"]
ERROR_CODES = [
    "unreachable",
    "timeout",
    "server_error",
    "limited",
    "refused",
    "credentials",
    "bad_answer",
    "too_large",
    "circuit_open",
    "deadline",
    "poisoned",
]
CIRCUITS = [circuit.value for circuit in Circuit]


@extend_schema_field({"type": "string", "format": "cpf"})
class CpfTextField(serializers.CharField):
    """A CPF in whatever form: the orchestrator judges it, in the same words as everywhere."""

    def __init__(self, **options: Any) -> None:
        super().__init__(
            allow_blank=True,
            trim_whitespace=False,
            help_text="11 digits; points, dashes and blanks are taken off.",
            **options,
        )
        self.validators = []


@extend_schema_field({"type": "string", "maxLength": 4000, "pattern": "^[^\\u0000]*$", "default": ""})
class DecisionTextField(serializers.CharField):
    """What is said of a decision: the orchestrator judges it, in the same words as everywhere."""

    def __init__(self, **options: Any) -> None:
        super().__init__(help_text="Blanks around it are taken off. A note has some.", **options)


@extend_schema_field({"type": "string", "format": "as-of", "examples": ["2026-11-01"]})
class AsOfField(serializers.CharField):
    """A day or an instant that has been; given back as an instant."""

    def to_internal_value(self, data: Any) -> Any:
        """Raises InvalidInput, which names the field."""
        return instants.as_of(super().to_internal_value(data), self.field_name or "as_of")


class AskSerializer(serializers.Serializer[None]):
    """An ask for a dossier."""

    cpf = CpfTextField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    fresh = FlagField(default=False, help_text="Bypasses cached copies.")
    allow_invalid_check_digits = FlagField(
        default=False, help_text="Asks for a CPF all the same whose check digits do not match."
    )


class SearchSerializer(serializers.Serializer[None]):
    """A CPF to look for, in the body so that it stays out of every log of addresses."""

    cpf = CpfTextField()


class DiffRangeSerializer(serializers.Serializer[None]):
    """Which two versions to compare."""

    to = WholeNumberField(min_value=1, max_value=2**31 - 1)

    def get_fields(self) -> "dict[str, Field]":
        """`from` is a word of Python's, so it cannot be an attribute."""
        first = WholeNumberField(min_value=1, max_value=2**31 - 1)
        return {"from": first, **super().get_fields()}


class AsOfSerializer(serializers.Serializer[None]):
    """When a dossier is to be told as it stood."""

    as_of = AsOfField(
        required=False,
        help_text="A day (to its end in São Paulo) or an instant by RFC 3339: the version that stood then.",
    )


class HealthRangeSerializer(serializers.Serializer[None]):
    """How far back to look."""

    hours = WholeNumberField(min_value=1, max_value=48, default=6)


class AcceptedSerializer(serializers.Serializer[None]):
    """The receipt of an ask."""

    request_id = serializers.UUIDField()
    dossier_id = serializers.IntegerField()
    status_url = serializers.URLField()


class AttemptSerializer(serializers.Serializer[None]):
    """One call to a source. `error_code` is null where it answered; `reason` names keys, never values."""

    number = serializers.IntegerField()
    started_at = serializers.DateTimeField()
    ended_at = serializers.DateTimeField()
    seconds = serializers.FloatField(help_text="To the millisecond.")
    error_code = serializers.ChoiceField(choices=ERROR_CODES, allow_null=True)
    status_code = serializers.IntegerField(allow_null=True, help_text="HTTP's, if there was one.")
    reason = serializers.CharField(allow_blank=True, help_text="What was wrong, in English.")
    retry_in_seconds = serializers.FloatField(allow_null=True, help_text="Null where no try was to follow.")


class FetchStatusSerializer(serializers.Serializer[None]):
    """One source's part of a request."""

    state = serializers.ChoiceField(choices=FETCH_STATES)
    attempts = serializers.IntegerField()
    max_attempts = serializers.IntegerField()
    next_attempt_at = serializers.DateTimeField(allow_null=True)
    origin = serializers.ChoiceField(choices=ORIGINS, allow_null=True)
    fetched_at = serializers.DateTimeField(allow_null=True)
    error_code = serializers.ChoiceField(choices=ERROR_CODES, allow_null=True)
    history = AttemptSerializer(
        many=True, help_text="The calls that were made, oldest first; a kept copy is none."
    )


class WaitingSerializer(serializers.Serializer[None]):
    """What a request waits for whose turn has not come."""

    ahead = serializers.IntegerField(help_text="Requests whose turn comes before.")
    expected_seconds = serializers.IntegerField(
        help_text="About how long those take, at the rate at which requests ended lately."
    )
    until = serializers.DateTimeField(help_text="When it ends as failed where its turn has still not come.")


class RequestStatusSerializer(serializers.Serializer[None]):
    """Where a request stands. `snapshot_version` is the version that stands now."""

    request_id = serializers.UUIDField()
    dossier_id = serializers.IntegerField()
    purpose = serializers.ChoiceField(choices=PURPOSES)
    fresh = serializers.BooleanField()
    state = serializers.ChoiceField(choices=REQUEST_STATES)
    outcome = serializers.ChoiceField(choices=OUTCOMES, allow_null=True)
    snapshot_version = serializers.IntegerField(allow_null=True)
    requested_at = serializers.DateTimeField()
    deadline_at = serializers.DateTimeField(
        help_text="When it ends at the latest; sooner than was told before, once its turn has come."
    )
    finished_at = serializers.DateTimeField(allow_null=True)
    waiting = WaitingSerializer(allow_null=True, help_text="Null once its turn has come.")
    sources = serializers.DictField(child=FetchStatusSerializer(), help_text="By source name.")


class LatencySerializer(serializers.Serializer[None]):
    """Milliseconds of the calls that were answered; null without any."""

    p50_ms = serializers.FloatField(allow_null=True)
    p95_ms = serializers.FloatField(allow_null=True)
    p99_ms = serializers.FloatField(allow_null=True)


class SliceSerializer(serializers.Serializer[None]):
    """The calls of one part of the hours; the parts are of equal length."""

    began_at = serializers.DateTimeField()
    answered = serializers.IntegerField()
    failed = serializers.IntegerField()


class BulkHealthSerializer(serializers.Serializer[None]):
    """Of those calls the ones that runs made, about many people each."""

    calls = serializers.IntegerField()
    answered = serializers.IntegerField()
    latency = LatencySerializer()


class SourceHealthSerializer(serializers.Serializer[None]):
    """How a source did, by all calls. `open`: nobody calls it; `half_open`: one call at a time tries it."""

    hours = serializers.IntegerField()
    calls = serializers.IntegerField()
    answered = serializers.IntegerField()
    latency = LatencySerializer(help_text="Of the calls about one person.")
    bulk = BulkHealthSerializer()
    last_answer_at = serializers.DateTimeField(allow_null=True, help_text="Also before those hours.")
    last_error_at = serializers.DateTimeField(allow_null=True, help_text="Also before those hours.")
    circuit = serializers.ChoiceField(choices=CIRCUITS)
    paused_seconds = serializers.FloatField(
        allow_null=True,
        help_text="For how long nobody calls it, since it asked us to wait; null: not paused.",
    )
    degraded = serializers.BooleanField(help_text="Whether an ask may well fail there just now.")
    timeline = SliceSerializer(many=True, help_text="Oldest first.")

    def get_fields(self) -> "dict[str, Field]":
        """`source` and `errors` are a serializer's own words, so they cannot be attributes."""
        failed = "How many calls failed, by error code."
        errors = serializers.DictField(child=serializers.IntegerField(), help_text=failed)
        return {"source": serializers.CharField(), **super().get_fields(), "errors": errors}


class VersionSummarySerializer(serializers.Serializer[None]):
    """One line of a dossier's history."""

    version = serializers.IntegerField()
    completeness = serializers.ChoiceField(choices=["complete", "partial"])
    created_at = serializers.DateTimeField()
    pinned = serializers.BooleanField(help_text="Whether it is kept whatever its age.")
    decisions = serializers.IntegerField(help_text="How many were made by it, notes among them.")


class DecideSerializer(serializers.Serializer[None]):
    """A decision or a note, as it is sent."""

    kind = serializers.ChoiceField(choices=DECISIONS)
    text = DecisionTextField(default="", allow_blank=True)


class DecisionSerializer(serializers.Serializer[None]):
    """A decision or a note on a version."""

    id = serializers.IntegerField()
    version = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=DECISIONS)
    text = serializers.CharField(allow_blank=True)
    by = serializers.CharField(help_text="Who decided: user:… or client:….")
    at = serializers.DateTimeField()


class DossierSerializer(serializers.Serializer[None]):
    """A dossier at a version; its shape comes from what the sources declare."""


class DiffSerializer(serializers.Serializer[None]):
    """What changed between two versions; its shape comes from what the sources declare."""


class ProblemSerializer(serializers.Serializer[None]):
    """Why a request was not served: `ops.service.documentation` describes that for every service alike."""
