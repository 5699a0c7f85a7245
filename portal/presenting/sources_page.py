"""How the sources do, laid out for reading: a card each, with its state in words and a small chart; and when
everybody was last renewed."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from math import ceil

from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from orchestrator.records.conditions import Circuit, Gate, Latency, SourceHealth
from orchestrator.records.runs import RunStatus
from orchestrator.records.sources import Source
from portal.presenting import declarations, formats, words
from portal.presenting.runs import run_pages
from portal.presenting.runs.run_pages import RunLine
from portal.presenting.words import Sign, Words

CHOICES = (1, 6, 24, 48)  # hours
SLOT, ABOVE, BELOW = 10, 44, 20  # the chart's units: a slice's width, room for what answered and failed
LEAST = 2  # the height of a single call among thousands


@dataclass(frozen=True, kw_only=True)
class Bar:
    """One slice: what answered goes up from the middle, what failed goes down."""

    x: int
    answered: int
    top: int
    failed: int
    told: str


@dataclass(frozen=True, kw_only=True)
class Chart:
    """The slices as bars; `told` says the same in words."""

    bars: tuple[Bar, ...]
    width: int
    told: str


@dataclass(frozen=True, kw_only=True)
class Card:
    """One source, written out; what is not known is empty."""

    key: str
    label: str
    sign: Sign
    explanation: Words
    note: Words
    pause: str
    calls: int
    share: str
    errors: tuple[tuple[Words, int], ...]
    latencies: tuple[tuple[str, str], ...]
    bulk_calls: int
    bulk_latencies: tuple[tuple[str, str], ...]
    last_answer_at: datetime | None
    last_answer: str
    last_error_at: datetime | None
    last_error: str
    chart: Chart


def state(gate: Gate, *, is_degraded: bool) -> str:
    """A source's state as one of `words.SOURCE_STATES`, by its gate and its last minutes."""
    if gate.circuit is Circuit.OPEN:
        return "suspended"
    if gate.paused_seconds is not None:
        return "paused"
    if gate.circuit is Circuit.HALF_OPEN:
        return "probing"
    return "unstable" if is_degraded else "working"


def cards(healths: Iterable[SourceHealth], sources: Iterable[Source]) -> tuple[Card, ...]:
    """A card for each source."""
    labels, told = declarations.labels(sources), []
    for health in healths:
        standing = state(health.gate, is_degraded=health.is_degraded)
        if standing == "working" and not health.calls:
            standing = "idle"
        pause = health.gate.paused_seconds
        card = Card(
            key=health.source,
            label=labels.get(health.source, health.source),
            sign=words.SOURCE_STATES[standing],
            explanation=words.SOURCE_EXPLANATIONS.get(standing, ""),
            note=words.CIRCUIT_NOTES[health.gate.circuit],
            pause="" if pause is None else f"{ceil(pause)} s",
            calls=health.calls,
            share=formats.share(health.answered, health.calls),
            errors=tuple((words.error(code), number) for code, number in health.errors.items()),
            latencies=_latencies(health.latency),
            bulk_calls=health.bulk.calls,
            bulk_latencies=_latencies(health.bulk.latency),
            last_answer_at=health.last_answer_at,
            last_answer=formats.age(health.last_answer_at) if health.last_answer_at else "",
            last_error_at=health.last_error_at,
            last_error=formats.age(health.last_error_at) if health.last_error_at else "",
            chart=_chart(health),
        )
        told.append(card)
    return tuple(told)


def _latencies(latency: Latency) -> tuple[tuple[str, str], ...]:
    measured = (("p50", latency.p50), ("p95", latency.p95), ("p99", latency.p99))
    return tuple((name, formats.duration(seconds)) for name, seconds in measured if seconds is not None)


def _chart(health: SourceHealth) -> Chart:
    """The slices as bars; in words the totals, and between when something failed."""
    of_a_day = health.hours <= 24
    begins = [
        f"{localtime(part.began_at):%H:%M}" if of_a_day else formats.this_year(part.began_at)
        for part in health.slices
    ]
    ends = [*begins[1:], _("agora")]
    # Units a call, one scale up and down.
    most_answered = max((part.answered for part in health.slices), default=0)
    most_failed = max((part.failed for part in health.slices), default=0)
    scale = min(ABOVE / max(most_answered, 1), BELOW / max(most_failed, 1))
    bars = []
    for number, (part, began, ended) in enumerate(zip(health.slices, begins, ends, strict=True)):
        answered, failed = (
            max(LEAST, round(calls * scale)) if calls else 0 for calls in (part.answered, part.failed)
        )
        told = _("%(span)s: %(answered)d respondidas, %(failed)d com falha") % {
            "span": f"{began}–{ended}",
            "answered": part.answered,
            "failed": part.failed,
        }
        bars.append(Bar(x=number * SLOT, answered=answered, top=ABOVE - answered, failed=failed, told=told))
    told = _("Consultas ao longo do tempo: %(answered)d respondidas e %(failed)d com falha.") % {
        "answered": health.answered,
        "failed": health.calls - health.answered,
    }
    if failing := [number for number, part in enumerate(health.slices) if part.failed]:
        between = {"first": begins[failing[0]], "last": ends[failing[-1]]}
        told += " " + _("As falhas foram entre %(first)s e %(last)s.") % between
    return Chart(bars=tuple(bars), width=len(bars) * SLOT, told=told)


@dataclass(frozen=True, kw_only=True)
class Renewal:
    """The last run that renewed everybody, a later one that did not, and the runs under way."""

    run_id: int | None
    at: datetime | None
    age: str
    later: RunLine | None
    under_way: tuple[RunLine, ...]

    @classmethod
    def of(
        cls, complete: RunStatus | None, last_night: RunStatus | None, under_way: Iterable[RunStatus]
    ) -> "Renewal":
        """By the last complete run over everybody, the last one that has ended, and those under way."""
        at = complete.finished_at if complete else None
        is_later = last_night and (complete is None or last_night.id > complete.id)
        return cls(
            run_id=complete.id if complete else None,
            at=at,
            age=formats.age(at) if at else "",
            later=run_pages.lines([last_night], {})[0] if last_night and is_later else None,
            under_way=run_pages.lines(under_way, {}),
        )
