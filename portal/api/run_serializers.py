"""What the API takes in about runs, and the shapes of what it answers for the OpenAPI document."""

from dataclasses import fields
from typing import TYPE_CHECKING

from rest_framework import serializers

from ops.service.api.fields import WholeNumberField
from orchestrator.records.runs import Totals
from portal.api.serializers import ERROR_CODES, PURPOSES
from portal.exports import files

if TYPE_CHECKING:
    from portal.api.serializers import Field

KINDS = ["nightly", "list", "retry"]
STATES = ["running", "paused", "complete", "partial", "failed", "cancelled"]
MEMBER_ERROR_CODES = [*ERROR_CODES, "unknown_key", "unreadable", "erased"]
OUTCOMES = [*(total.name for total in fields(Totals)), "waiting"]
_BIGGEST = 2**63 - 1


class RunAskSerializer(serializers.Serializer[None]):
    """A run to start."""

    kind = serializers.ChoiceField(choices=["nightly"], help_text="Everybody's dossier is refreshed.")


class ListUploadSerializer(serializers.Serializer[None]):
    """A list of CPFs to build."""

    file = serializers.FileField(
        allow_empty_file=True,  # the list's reader says what is wrong with it
        help_text="One file: CSV or XLSX with a column `cpf`, at most 100,000 rows and 20 MiB.",
    )
    sheet = serializers.CharField(
        default="",
        allow_blank=True,
        help_text="The worksheet, where more than one that is visible has a column `cpf`.",
    )
    purpose = serializers.ChoiceField(choices=PURPOSES)
    allow_invalid_check_digits = serializers.BooleanField(
        default=False, help_text="Builds CPFs all the same whose check digits do not match."
    )


class RunRangeSerializer(serializers.Serializer[None]):
    """Which runs to list."""

    limit = WholeNumberField(min_value=1, max_value=200, default=50)
    before = WholeNumberField(
        min_value=1, max_value=_BIGGEST, required=False, help_text="Those older than the run with this id."
    )


class ResultsFormatSerializer(serializers.Serializer[None]):
    """What file to write."""

    format = serializers.ChoiceField(choices=list(files.FORMATS), default="csv")


class RunAcceptedSerializer(serializers.Serializer[None]):
    """The receipt of a run."""

    run_id = serializers.IntegerField()
    status_url = serializers.URLField()


class ListAcceptedSerializer(RunAcceptedSerializer):
    """The receipt of a list."""

    existing = serializers.BooleanField(
        help_text="The same list was sent before, a short while ago: it is that run, and none was started."
    )


class RunTotalsSerializer(serializers.Serializer[None]):
    """How many dossiers ended how; each counts once, by the first that holds.

    `skipped` are those whom somebody else had checked meanwhile, `cancelled` those to whom a cancelled
    run had not come. When a run has ended their sum is its `total`.
    """

    def get_fields(self) -> "dict[str, Field]":
        """`partial` is a serializer's own word, so it cannot be an attribute."""
        return {total.name: serializers.IntegerField() for total in fields(Totals)}


class RunRowsSerializer(serializers.Serializer[None]):
    """The rows of a list."""

    accepted = serializers.IntegerField()
    restored = serializers.IntegerField(help_text="Of those: whose lost leading zeros were put back.")
    duplicates = serializers.IntegerField(help_text="Built once.")
    rejected = serializers.IntegerField()
    sheet = serializers.CharField(allow_null=True, help_text="The worksheet that was read; null of CSV.")


class RunSourceSerializer(serializers.Serializer[None]):
    """How a source did during a run, by its bulk calls."""

    calls = serializers.IntegerField()
    answered = serializers.IntegerField()
    median_seconds = serializers.FloatField(allow_null=True, help_text="Of the answered calls, to 5 %.")
    lacking = serializers.IntegerField(help_text="Dossiers that still lack its answer.")
    listed = serializers.IntegerField(allow_null=True, help_text="CPFs that it listed; null in other runs.")
    list_error_code = serializers.CharField(
        allow_null=True, help_text="Why its list was not read to the end."
    )
    list_tries = serializers.IntegerField(help_text="How often in a row that has failed.")
    list_max_tries = serializers.IntegerField(help_text="After so many the run goes on without that list.")
    list_next_try_at = serializers.DateTimeField(allow_null=True, help_text="While it is tried again later.")
    given_up = serializers.BooleanField(help_text="The run goes on without it.")

    def get_fields(self) -> "dict[str, Field]":
        """`errors` is a serializer's own word, so it cannot be an attribute."""
        failed = "How many calls failed, by error code."
        counts = serializers.DictField(child=serializers.IntegerField(), help_text=failed)
        return {**super().get_fields(), "errors": counts}


class RunSummarySerializer(serializers.Serializer[None]):
    """Where a run stands, in short. `total` may grow while it is `planning`."""

    run_id = serializers.IntegerField()
    kind = serializers.ChoiceField(choices=KINDS)
    state = serializers.ChoiceField(choices=STATES)
    business_date = serializers.DateField(allow_null=True, help_text="Of a run that the clock began.")
    parent_id = serializers.IntegerField(allow_null=True, help_text="The run whose failures it retries.")
    retry_ids = serializers.ListField(child=serializers.IntegerField())
    purpose = serializers.ChoiceField(choices=PURPOSES)
    owner = serializers.CharField()
    created_at = serializers.DateTimeField()
    finished_at = serializers.DateTimeField(allow_null=True)
    paused_at = serializers.DateTimeField(allow_null=True, help_text="Since when it is paused.")
    resume_at = serializers.DateTimeField(allow_null=True, help_text="Of a run that paused by itself.")
    paused_for = serializers.ListField(
        child=serializers.CharField(), help_text="The sources whose failing made it pause."
    )
    waiting_night = serializers.DateField(
        allow_null=True, help_text="The business date whose run is owed and waits for this one."
    )
    overtaken = serializers.BooleanField(
        help_text="It was paused for more than a day, so that the next nightly run ended it."
    )
    planning = serializers.BooleanField()
    total = serializers.IntegerField()
    done = serializers.IntegerField()
    totals = RunTotalsSerializer()
    per_second = serializers.FloatField(allow_null=True)
    seconds_left = serializers.FloatField(allow_null=True)
    rows = RunRowsSerializer(allow_null=True, help_text="Of an uploaded list.")
    erased = serializers.IntegerField(help_text="People who were left out: their data are erased.")
    details_deleted_at = serializers.DateTimeField(
        allow_null=True,
        help_text="Since then `failed`, `rejected` and `results` answer 410; totals are kept.",
    )


class MostChangedSerializer(serializers.Serializer[None]):
    """A dossier of which many rows changed."""

    dossier_id = serializers.IntegerField()
    rows = serializers.IntegerField()


class RunStatusSerializer(RunSummarySerializer):
    """Where a run stands, source by source, and what it changed."""

    file_name = serializers.CharField(
        allow_null=True,
        help_text="What the uploaded list was called, while its details are kept; null of other runs, and to"
        " who may not see the run's members.",
    )
    sources = serializers.DictField(child=RunSourceSerializer(), help_text="By source name.")
    changes = serializers.DictField(
        child=serializers.IntegerField(),
        help_text="How many dossiers changed, by `source.section`, `source.person` or `source.presence`.",
    )
    most_changed = MostChangedSerializer(many=True)
    waiting_again = serializers.IntegerField(help_text="Dossiers that will be asked about again.")


class RunMemberSerializer(serializers.Serializer[None]):
    """What a run did to one dossier."""

    dossier_id = serializers.IntegerField()
    outcome = serializers.ChoiceField(choices=OUTCOMES)
    line = serializers.IntegerField(allow_null=True, help_text="Of the uploaded list.")
    restored = serializers.BooleanField()

    def get_fields(self) -> "dict[str, Field]":
        """`errors` is a serializer's own word, so it cannot be an attribute."""
        why = "By source: why its answer is lacking."
        codes = serializers.DictField(
            child=serializers.ChoiceField(choices=MEMBER_ERROR_CODES), help_text=why
        )
        return {**super().get_fields(), "errors": codes}


class RejectedLineSerializer(serializers.Serializer[None]):
    """A row of a list that is not built; its value is not kept."""

    line = serializers.IntegerField()
    code = serializers.CharField()
    message = serializers.CharField()
    repeats = serializers.IntegerField(allow_null=True, help_text="The line that has the same CPF.")
