"""The shapes of figures and flags for the OpenAPI document."""

from typing import TYPE_CHECKING, Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from portal.figures.declared import DECLARED
from portal.figures.records import Known, Tone, Unit

if TYPE_CHECKING:
    from portal.api.serializers import Field

UNITS = [unit.value for unit in Unit]
KNOWN = [known.value for known in Known]
TONES = [tone.value for tone in Tone]


@extend_schema_field({"type": ["string", "integer", "null"]})
class FigureValueField(serializers.Field[Any, Any, Any, Any]):
    """What a figure comes to, by its unit."""


@extend_schema_field({"type": "string", "pattern": r"^-?[0-9]+\.[0-9]{2}$", "examples": ["1000.00"]})
class AmountField(serializers.Field[Any, Any, Any, Any]):
    """BRL."""


class BothLanguagesSerializer(serializers.Serializer[None]):
    """Words for people."""

    pt = serializers.CharField()
    en = serializers.CharField()


class LabelledSerializer(serializers.Serializer[None]):
    """What has a name for people."""

    def get_fields(self) -> "dict[str, Field]":
        """`label` is a serializer's own word, so it cannot be an attribute."""
        return {"label": BothLanguagesSerializer(), **super().get_fields()}


class BasisSerializer(serializers.Serializer[None]):
    """A section that a figure was reckoned from."""

    section = serializers.CharField()
    known = serializers.ChoiceField(
        choices=KNOWN,
        help_text="fresh: of the last check; stale: of an earlier one, since the last failed; not_found: the "
        "source does not know the person; missing: it failed, and nothing is known; never_asked.",
    )
    carried = serializers.BooleanField(help_text="Of an earlier check, also where that was not_found.")
    fetched_at = serializers.DateTimeField(allow_null=True)
    rows = serializers.IntegerField(allow_null=True, help_text="Null where nothing is known.")

    def get_fields(self) -> "dict[str, Field]":
        """`source` is a serializer's own word, so it cannot be an attribute."""
        named = serializers.CharField(allow_blank=True, help_text="Blank where none declares the section.")
        return {"source": named, **super().get_fields()}


class LeftOutSerializer(serializers.Serializer[None]):
    """Rows that a figure does not count."""

    rows = serializers.IntegerField()
    amount = AmountField(allow_null=True, help_text="Null where it is unknown, or not to be told.")
    reason = BothLanguagesSerializer()


class FigureSerializer(LabelledSerializer):
    """A figure with its formula and all that it stands on."""

    formula = BothLanguagesSerializer()
    unit = serializers.ChoiceField(choices=UNITS)
    value = FigureValueField(
        help_text="Null is unknown, never nought. brl: a string with two places; share: part of one, with "
        "three; months: with one; count and days: integers; date: ISO 8601; level: high, medium or low."
    )
    none = serializers.BooleanField(
        help_text="All that it stands on is known and comes to no value, such as the oldest of no debts: "
        "then null is not unknown."
    )
    unknown = BothLanguagesSerializer(allow_null=True, help_text="Why the value is null.")
    against = AmountField(allow_null=True, help_text="An amount to hold it against: the mínimo existencial.")
    as_of = serializers.DateTimeField(
        allow_null=True, help_text="When the oldest of what it stands on was fetched."
    )
    stale = serializers.ListField(
        child=serializers.CharField(), help_text="Sources of which it stands on an earlier answer."
    )
    basis = BasisSerializer(many=True)
    left_out = LeftOutSerializer(many=True)


class AgeSerializer(LabelledSerializer):
    """Debts of one range of ages; those older than five years are in none."""

    days = serializers.IntegerField(allow_null=True, help_text="At most; null: more than the range before.")
    rows = serializers.IntegerField()
    amount = AmountField()


class MonthSerializer(serializers.Serializer[None]):
    """What came and went in a month of São Paulo's calendar."""

    month = serializers.RegexField(r"^[0-9]{4}-[0-9]{2}$")
    since = serializers.DateField(help_text="The first day that is covered.")
    until = serializers.DateField(help_text="The last one.")
    whole = serializers.BooleanField(help_text="False of the first transaction's month and the last one's.")
    credits = AmountField()
    debits = AmountField()
    net = AmountField()


class SpendingSerializer(serializers.Serializer[None]):
    """Debits of one description."""

    text = serializers.CharField(allow_null=True, help_text="Null: the rest, and what has no description.")
    rows = serializers.IntegerField()
    amount = AmountField()


class FlagSerializer(serializers.Serializer[None]):
    """What a reader should not miss."""

    key = serializers.CharField()
    tone = serializers.ChoiceField(choices=TONES)
    words = BothLanguagesSerializer()
    section = serializers.CharField(
        allow_null=True, help_text="Whose rows show it; null: the sources, or the person's values."
    )


class FigureSetSerializer(serializers.Serializer[None]):
    """All figures, by their keys."""

    def get_fields(self) -> "dict[str, Field]":
        """One a declared figure."""
        return {key: FigureSerializer(help_text=each.label.en) for key, each in DECLARED.items()}


class FiguresSerializer(serializers.Serializer[None]):
    """The figures of a dossier at a version, what is drawn of it, and its flags."""

    dossier_id = serializers.IntegerField()
    version = serializers.IntegerField(allow_null=True, help_text="Null before the first one.")
    at = serializers.DateTimeField(
        help_text="The instant that ages are reckoned to: now, or, of a version that stands no more, when it "
        "was saved."
    )
    figures = FigureSetSerializer()
    debts_by_age = AgeSerializer(many=True, allow_null=True, help_text="Null where debts are unknown.")
    months = MonthSerializer(many=True, allow_null=True, help_text="Null where transactions are unknown.")
    spending = SpendingSerializer(many=True, allow_null=True, help_text="Largest first; null likewise.")
    flags = FlagSerializer(many=True)
