"""The OpenAPI description of dossiers and diffs, built from what the sources declare."""

from collections.abc import Iterable
from typing import Any

from drf_spectacular.extensions import OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema

from orchestrator.records.dossiers import Presence
from orchestrator.records.sources import Column, Kind, Section
from portal.access import dossiers
from portal.api.serializers import ERROR_CODES, ORIGINS
from portal.presenting import declarations

Schema = dict[str, Any]

MONEY: Schema = {
    "type": "string",
    "pattern": r"^-?[0-9]+\.[0-9]{2}$",
    "examples": ["1000.00"],
    "description": "BRL. What a source answered as a JSON number with more decimals is rounded half-even; "
    "as text it may have two at most, or its part is put aside as `bad_answer`.",
}
INSTANT: Schema = {"type": "string", "format": "date-time"}
CONTESTED: Schema = {
    "what": {"type": "string"},
    "since": INSTANT,
    "resolved_at": {**INSTANT, "type": ["string", "null"]},
}
KINDS: dict[Kind, Schema] = {
    Kind.TEXT: {"type": "string"},
    Kind.MONEY: MONEY,
    Kind.DATE: {"type": "string", "format": "date"},
    Kind.INSTANT: INSTANT,
    Kind.DAY: {
        "type": "string",
        "format": "date",
        "description": "The day that the source wrote, whatever the time and the offset beside it.",
    },
    Kind.IDENTIFIER: {"type": ["string", "integer"]},
}
ROW: Schema = {"type": "object"}
PRESENCE: Schema = {"type": "string", "enum": [presence.value for presence in Presence]}


class DossierSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # has no types
    """A dossier, with one property per declared section."""

    target_class = "portal.api.serializers.DossierSerializer"

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """The schema of `dossier_json.dossier`."""
        sources = dossiers.sources()
        sections = [section for source in sources for section in source.sections]
        return closed(
            {
                "id": {"type": "integer"},
                "cpf": {"type": "string", "pattern": "^[0-9]{11}$"},
                **{key: value(column) for key, column in declarations.person_columns(sources).items()},
                **{section.key: rows(section) for section in sections},
                "totals": closed({section.key: total(section) for section in sections if section.total}),
                "version": {"type": ["integer", "null"], "description": "Null before the first one."},
                "latest_version": {"type": ["integer", "null"]},
                "completeness": nullable({"type": "string", "enum": ["complete", "partial"]}),
                "created_at": nullable(INSTANT),
                "checked_at": nullable(INSTANT),
                "blocks": {"type": "object", "additionalProperties": block(), "description": "By source."},
                "contested": {
                    **listed(closed(CONTESTED)),
                    "description": "What the person contests in this version, or contested until then.",
                },
                "divergences": listed(
                    closed({"field": {"type": "string"}, "values": {"type": "object"}}),
                ),
            }
        )


class DiffSchema(OpenApiSerializerExtension):  # type: ignore[no-untyped-call]  # has no types
    """A diff, whose rows are those of the declared sections."""

    target_class = "portal.api.serializers.DiffSerializer"

    def map_serializer(self, auto_schema: AutoSchema, direction: str) -> Schema:
        """The schema of `dossier_json.diff`."""
        word, number = {"type": "string"}, {"type": "integer"}
        declared = [section for source in dossiers.sources() for section in source.sections]
        return closed(
            {
                "from": number,
                "to": number,
                "presence": listed(closed({"source": word, "before": PRESENCE, "after": PRESENCE})),
                "person": listed(closed({"source": word, "field": word, "before": {}, "after": {}})),
                "sections": listed(moved_section(declared)),
                "totals": {
                    **closed({section.key: moved_total(section) for section in declared if section.total}),
                    "description": "Of every section that has one, moved or not; null where unknown.",
                },
            }
        )


def without_unknown_inputs(result: Schema, **_context: Any) -> Schema:
    """drf-spectacular's last step: what is taken in has no other fields than those described."""
    for name, described in result["components"]["schemas"].items():
        if name.endswith("Request"):  # as the inputs are called, beside the answers
            described["additionalProperties"] = False
    return result


def value(column: Column) -> Schema:
    """One declared value, or null."""
    described = {**KINDS[column.kind], "title": column.label.en}
    if column.choices:
        described["description"] = "Known words: " + ", ".join(column.choices) + "."
    return nullable(described)


def rows(section: Section) -> Schema:
    """A declared section: a list of rows (or one row); null where nothing is known (or there is no row)."""
    item = closed({column.key: value(column) for column in section.columns})
    if section.single:
        unsure = "Null where there is none, and where nothing is known: `presence` in `blocks` tells which."
        return {**nullable(item), "title": section.label.en, "description": unsure}
    return {**nullable(listed(item)), "title": section.label.en}


def total(section: Section) -> Schema:
    """A section's total in BRL; by the words of its first column of known words, if it has one."""
    if column := section.totalled_by:
        by_word = {"type": "object", "additionalProperties": MONEY}
        return nullable({**by_word, "description": f"By {column.key}."})
    return nullable(MONEY)


def moved_section(declared: Iterable[Section]) -> Schema:
    """What changed in a section."""
    return closed(
        {
            "source": {"type": "string"},
            "section": {
                "type": "string",
                "description": "One of those declared, or of those of older versions.",
                "examples": [section.key for section in declared],
            },
            "comparable": {
                "type": "boolean",
                "description": "False where a source failed on either side, or was not yet asked for the "
                "section: then nothing is known to have moved.",
            },
            "added": listed(ROW),
            "removed": listed(ROW),
            "changed": {
                **listed(closed({"before": ROW, "after": ROW})),
                "description": "Rows told to be the same: by the source's identifier, or else those of which "
                "at most two values differ.",
            },
            "never_asked": {
                "type": "boolean",
                "description": "Not comparable because the source was not yet asked.",
            },
        }
    )


def moved_total(section: Section) -> Schema:
    """A section's total in both versions."""
    return closed({"before": total(section), "after": total(section)})


def block() -> Schema:
    """Where one source's part comes from."""
    return closed(
        {
            "presence": PRESENCE,
            "origin": nullable({"type": "string", "enum": ORIGINS}),
            "fetched_at": nullable(INSTANT),
            "attempts": {"type": "integer"},
            "error_code": nullable({"type": "string", "enum": ERROR_CODES}),
        }
    )


def listed(item: Schema) -> Schema:
    """A list of these."""
    return {"type": "array", "items": item}


def closed(properties: Schema) -> Schema:
    """An object that always has all of these."""
    return {"type": "object", "properties": properties, "required": list(properties)}


def nullable(schema: Schema) -> Schema:
    """This, or null."""
    types = schema["type"] if isinstance(schema["type"], list) else [schema["type"]]
    made = {**schema, "type": [*types, "null"]}
    if "enum" in schema:
        made["enum"] = [*schema["enum"], None]
    return made
