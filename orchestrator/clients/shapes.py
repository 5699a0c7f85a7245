"""The shape of a source's item, made of what the source declares, for msgspec to check. Pure.

msgspec's refusals may quote what they met; `refusal` says the same by key and row, never by value.
"""

import re
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, Struct, UnsetType

from orchestrator.records import Column, Kind, Section, Source

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.MONEY: Any,  # a text or a number: `values` tells
    Kind.DATE: str,
    Kind.INSTANT: str,
    Kind.DAY: str,
    Kind.IDENTIFIER: str | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)],  # what JSON's readers agree on
}

_PLACE = re.compile(r" - at `\$(?P<path>[^`]*)`$")
_STEP = re.compile(r"\.(?P<key>[^.\[]+)|\[(?P<index>[0-9]+)\]")
_LACKING = re.compile(r"Object missing required field `(?P<key>[^`]+)`")
_EXPECTED = re.compile(r"Expected `(?P<type>[^`]+)`, got")
_REFUSALS = {
    "array": "is not a list",
    "object": "is not an object",
    "object | null": "is not an object",
    "str": "is not a text",
    "int | str": "is neither a text nor a whole number",
}
_OTHER = "is none of what is documented"

_Fields = dict[str, tuple[str, Any]]  # the source's key and the type of each, by its name in the struct


def decoder(source: Source) -> msgspec.json.Decoder[Any]:
    """Reads an item of a source as a struct: `cpf`, `person_KEY` of each of the person's values, and
    `section_KEY` of each section: structs of the values by key, one struct, or None.

    Numbers with a fraction come as their text, never as floats.
    """
    person = {f"person_{each.key}": (_source_key(each), _type(each)) for each in source.person}
    sections = {f"section_{each.key}": (_source_key(each), _rows(each)) for each in source.sections}
    return msgspec.json.Decoder(_struct(person | sections, ("cpf", *source.required_keys)), float_hook=str)


def unread(section: Section) -> list[str]:
    """The names of what has only to be there in a row."""
    return list(_unread(map(_source_key, section.columns), section.required_keys))


def _source_key(declared: Column | Section) -> str:
    return declared.source_key or declared.key


def _type(column: Column) -> Any:
    return _TYPES[column.kind] if column.choices is None else Literal["", *column.choices]


def _rows(section: Section) -> Any:
    columns = {each.key: (_source_key(each), _type(each)) for each in section.columns}
    row: Any = _struct(columns, section.required_keys)
    return row | None if section.single else list[row]


def _struct(fields: _Fields, required: Sequence[str]) -> type[Struct]:
    fields = fields | _unread((key for key, _ in fields.values()), required)
    cpf = ("cpf", str) if "cpf" in required else ("cpf", str | UnsetType, UNSET)
    return msgspec.defstruct(
        "Shape",
        [*((name, kind) for name, (_, kind) in fields.items()), cpf],
        rename={name: key for name, (key, _) in fields.items()},
        gc=False,
    )


def _unread(keys: Iterable[str], required: Iterable[str]) -> _Fields:
    known = {"cpf", *keys}
    return {f"unread_{key}": (key, Raw) for key in required if key not in known}


def refusal(error: msgspec.ValidationError, what: str) -> str:
    """Which key of which row is not as declared, without what it is; `what` where it is the whole."""
    said = str(error)
    place = _PLACE.search(said)
    steps = list(_STEP.finditer(place["path"])) if place else []
    if lacking := _LACKING.match(said):
        return _named(steps, f"{lacking['key']} is missing")
    expected = _EXPECTED.match(said)
    reason = _REFUSALS.get(expected["type"], "") if expected else ""
    if not steps or steps[-1]["key"] is None:
        return _named(steps, f"{what} {reason or _OTHER}")
    return _named(steps[:-1], f"{steps[-1]['key']} {reason or _OTHER}")


def _named(steps: Iterable[re.Match[str]], reason: str) -> str:
    """`debts, row 2: value is missing`."""
    where = [step["key"] or f"row {int(step['index']) + 1}" for step in steps]
    return f"{', '.join(where)}: {reason}" if where else reason
