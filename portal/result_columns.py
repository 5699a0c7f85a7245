"""The columns of a run's results in a spreadsheet: which there are follows from what sources declare."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from orchestrator.dossiers import Presence, Section, Source
from portal import declared, formats
from portal.results import Result

Cell = str | int | bool | Decimal | datetime | None


@dataclass(frozen=True, kw_only=True)
class Columns:
    """Some columns that are read together: their names, and their cells for a result."""

    names: tuple[str, ...]
    cells: Callable[[Result], Sequence[Cell]]


def columns(sources: Iterable[Source], *, with_lines: bool) -> list[Columns]:
    """All columns, in order. `with_lines`: those of a list say in which line somebody stood."""
    sources = tuple(sources)
    return [
        *([Columns(names=("line",), cells=lambda result: [result.line])] if with_lines else []),
        _PERSON,
        *(_standing(source) for source in sources),
        *(_sums(source, section) for source in sources for section in source.sections if section.total),
    ]


def _person(result: Result) -> Iterator[Cell]:
    view = result.view
    name = view.person.get("name") if view else None
    yield formats.cpf(view.cpf) if view else None  # its points keep its zeros in a spreadsheet
    yield result.outcome
    yield result.restored
    yield result.reason.message if result.reason else None
    yield None if name is None else str(name)
    yield result.dossier_id
    yield view.version if view else None
    yield view.completeness if view else None
    yield view.checked_at if view else None


_PERSON = Columns(
    names=(
        "cpf",
        "outcome",
        "restored",
        "reason",
        "name",
        "dossier_id",
        "version",
        "completeness",
        "checked_at",
    ),
    cells=lambda result: list(_person(result)),
)


def _standing(source: Source) -> Columns:
    """How the source stands in a dossier, in the words of a request's status, and what went wrong."""

    def cells(result: Result) -> Sequence[Cell]:
        block = result.view.blocks.get(source.name) if result.view else None
        provenance = result.view.provenance.get(source.name) if result.view else None
        error = result.errors.get(source.name) or (provenance.error_code if provenance else None)
        if block is None:
            return ["failed" if error else None, error]
        if block.presence is Presence.MISSING:
            return ["failed", error]
        known = "not_found" if block.presence is Presence.NOT_FOUND else "ok"
        return ["stale" if error else known, error]

    return Columns(names=(f"{source.name}_state", f"{source.name}_error"), cells=cells)


def _sums(source: Source, section: Section) -> Columns:
    """How many rows a section has, and what they add up to; empty where nothing is known."""
    split = declared.totalled_by(section)
    words = tuple(split.choices or ()) if split else ()

    def cells(result: Result) -> Sequence[Cell]:
        rows = declared.rows_of(result.view, source, section) if result.view else None
        if rows is None:
            return [None] * len(names)
        totals = declared.totals_of(section, rows)
        other = sum((amount for word, amount in totals.items() if word not in words), Decimal("0.00"))
        return [len(rows), *(totals[word] for word in words), other]

    rest = f"{section.key}_total_other" if words else f"{section.key}_total"
    names = (f"{section.key}_rows", *(f"{section.key}_total_{word}" for word in words), rest)
    return Columns(names=names, cells=cells)
