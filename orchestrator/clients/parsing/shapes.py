"""The shape of a source's item, made of what the source declares, for msgspec to check. Pure.

msgspec's refusals may quote what they met; `refusal` says the same by key and row, never by value.
"""

import re
from collections.abc import Iterable
from decimal import Decimal
from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, Raw, UnsetType

from orchestrator.records.sources import Column, Kind, Section, Source

_TYPES: dict[Kind, Any] = {
    Kind.TEXT: str,
    Kind.MONEY: Any,  # a text or a number: `values` tells
    Kind.DATE: str,
    Kind.INSTANT: str,
    Kind.DAY: str,
    Kind.IDENTIFIER: str | Annotated[int, Meta(ge=-(2**63), le=2**63 - 1)],  # no larger bound can be given
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

CPF = "cpf"
_DEFAULT: dict[Any, tuple[Any]] = {str | UnsetType: (UNSET,)}

_FLOAT_DIGITS = 15  # as many as every double-precision number keeps


class Shape:
    """What is read of an object: some values, that other keys are there, and whose it is.

    Made of each value's name in `type`, its key, and its type there. `names` has the names by key: a key
    is read once, whatever reads it. Raises ValueError where that asks for two types.
    """

    def __init__(self, values: Iterable[tuple[str, str, Any]], required: Iterable[str]) -> None:
        self.names: dict[str, str] = {}
        kinds: dict[str, Any] = {}
        for name, key, kind in values:
            if kinds.setdefault(key, kind) != kind:
                raise ValueError(f"{key} is declared with two types")
            self.names.setdefault(key, name)
        unread = dict.fromkeys(required, Raw) | {CPF: str if CPF in required else str | UnsetType}
        kinds = kinds | {key: kind for key, kind in unread.items() if key not in kinds}
        for key in kinds:
            self.names.setdefault(key, f"other_{len(self.names)}__")
        self.type = msgspec.defstruct(
            "Shape",
            [(self.names[key], kind, *_DEFAULT.get(kind, ())) for key, kind in kinds.items()],
            rename={name: key for key, name in self.names.items()},
            kw_only=True,
            gc=False,
        )


def row(section: Section) -> Shape:
    """One row of a section, its values by our keys."""
    columns = [(each.key, source_key(each), _type(each)) for each in section.columns]
    return Shape(columns, section.required_keys)


def item(source: Source, rows: Iterable[Shape]) -> Shape:
    """All about a person, with the shapes of the rows of each section."""
    person = [(f"person_{each.key}", source_key(each), _type(each)) for each in source.person]
    sections = [
        (f"section_{section.key}", source_key(section), _rows(section, shape.type))
        for section, shape in zip(source.sections, rows, strict=True)
    ]
    return Shape([*person, *sections], (CPF, *source.required_keys))


def _rows(section: Section, row: Any) -> Any:
    return row | None if section.single else list[row]


def decoder(shape: Shape) -> msgspec.json.Decoder[Any]:
    """Reads JSON in a shape. Numbers with a fraction come as the Decimals that Python's `repr` says."""
    return msgspec.json.Decoder(shape.type, float_hook=_decimal)


def source_key(declared: Column | Section) -> str:
    """The key in the source's answer."""
    return declared.source_key or declared.key


def _type(column: Column) -> Any:
    return _TYPES[column.kind] if column.choices is None else Literal["", *column.choices]


def _decimal(text: str) -> Decimal:
    """Most numbers are short: then `repr` says what stands there."""
    is_short = len(text) <= _FLOAT_DIGITS and "e" not in text.lower()
    return Decimal(text if is_short else repr(float(text)))


def refusal(error: msgspec.ValidationError, what: str) -> str:
    """Which key of which row is not as declared, without what it is; `what` where it is the whole."""
    said = str(error)
    place = _PLACE.search(said)
    steps = list(_STEP.finditer(place["path"])) if place else []
    if lacking := _LACKING.match(said):
        return _named(steps, f"{lacking['key']} is missing")
    expected = _EXPECTED.match(said)
    reason = _REFUSALS.get(expected["type"], "") if expected else ""
    if not steps:
        return f"{what} {reason or _OTHER}"
    if steps[-1]["key"] is None:
        return _named(steps, f"an item {reason or _OTHER}")
    return _named(steps[:-1], f"{steps[-1]['key']} {reason or _OTHER}")


def _named(steps: Iterable[re.Match[str]], reason: str) -> str:
    """`debts, row 2: value is missing`."""
    where = [step["key"] or f"row {int(step['index']) + 1}" for step in steps]
    return f"{', '.join(where)}: {reason}" if where else reason
