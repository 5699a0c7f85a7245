"""How the sources do, by the calls made to them."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from django.db import connection

from orchestrator.clients import gates
from orchestrator.clients.registry import SOURCES
from orchestrator.records.conditions import BulkHealth, Circuit, Gate, Latency, Slice, SourceHealth

LONGEST_HOURS = 48
_SLICES = 24
_LATELY_MINUTES = 5
_DEGRADED_RATIO = 0.2  # of the calls made lately
_DEGRADED_FEWEST = 5  # calls, before their ratio says anything


def source_health(hours: int = 6) -> tuple[SourceHealth, ...]:
    """Each source's health by the calls of the last hours (1 to 48), runs' too, in the registry's order."""
    chosen = max(1, min(hours, LONGEST_HOURS))
    with connection.cursor() as cursor:
        return tuple(_health(cursor, source.name, chosen) for source in SOURCES)


def is_degraded(gate: Gate, failures: float) -> bool:
    """Whether a source is likely to fail now: `failures` is the share of its calls that failed lately."""
    suspended = gate.circuit in (Circuit.OPEN, Circuit.HALF_OPEN) or gate.paused_seconds is not None
    return suspended or failures >= _DEGRADED_RATIO


def _health(cursor: Any, source: str, hours: int) -> SourceHealth:
    values: dict[str, Any] = {"source": source, "hours": timedelta(hours=hours)}
    cursor.execute(_TOTALS, values)
    calls, answered, latencies, last_answer_at, last_error_at, *bulk = cursor.fetchone()
    cursor.execute(_ERRORS, values)
    errors = dict(cursor.fetchall())
    cursor.execute(_IN_SLICES, values | {"slices": _SLICES, "width": values["hours"] / _SLICES})
    slices = [Slice(began_at=at, answered=good, failed=bad) for at, good, bad in cursor]
    gate = gates.gate(source)
    return SourceHealth(
        source=source,
        hours=hours,
        calls=calls,
        answered=answered,
        errors=errors,
        latency=_latency(latencies),
        bulk=BulkHealth(calls=bulk[0], answered=bulk[1], latency=_latency(bulk[2])),
        last_answer_at=last_answer_at,
        last_error_at=last_error_at,
        gate=gate,
        is_degraded=is_degraded(gate, failures_lately().get(source, 0.0)),
        slices=tuple(slices),
    )


def _latency(seconds: Sequence[float] | None) -> Latency:
    p50, p95, p99 = seconds or (None, None, None)
    return Latency(p50=p50, p95=p95, p99=p99)


def failures_lately() -> dict[str, float]:
    """The share of calls that failed in the last minutes, by source, where there were enough."""
    values: dict[str, Any] = {
        "since": timedelta(minutes=_LATELY_MINUTES),
        "sources": [source.name for source in SOURCES],
        "fewest": _DEGRADED_FEWEST,
    }
    with connection.cursor() as cursor:
        cursor.execute(_LATELY, values)
        return dict(cursor.fetchall())


# What has no fetch is a run's.
_TOTALS = """
select count(*),
       count(*) filter (where error_code = ''),
       percentile_cont(array[0.5, 0.95, 0.99]) within group (order by seconds)
            filter (where error_code = '' and fetch_id is not null),
       (select max(ended_at) from orchestrator_attempt where source = %(source)s and error_code = ''),
       (select max(ended_at) from orchestrator_attempt where source = %(source)s and error_code <> ''),
       count(*) filter (where fetch_id is null),
       count(*) filter (where fetch_id is null and error_code = ''),
       percentile_cont(array[0.5, 0.95, 0.99]) within group (order by seconds)
            filter (where error_code = '' and fetch_id is null)
  from orchestrator_attempt
 where source = %(source)s and ended_at > statement_timestamp() - %(hours)s
"""

_ERRORS = """
select error_code, count(*)
  from orchestrator_attempt
 where source = %(source)s and error_code <> '' and ended_at > statement_timestamp() - %(hours)s
 group by error_code
 order by count(*) desc, error_code
"""

_IN_SLICES = """
select slice.began_at,
       count(a.id) filter (where a.error_code = ''),
       count(a.id) filter (where a.error_code <> '')
  from (select statement_timestamp() - number * %(width)s as began_at
          from generate_series(%(slices)s, 1, -1) as number) as slice
  left join orchestrator_attempt as a
    on a.source = %(source)s and a.ended_at > slice.began_at and a.ended_at <= slice.began_at + %(width)s
 group by slice.began_at
 order by slice.began_at
"""

_LATELY = """
select source, (count(*) filter (where error_code <> ''))::float8 / count(*)
  from orchestrator_attempt
 where ended_at > statement_timestamp() - %(since)s and source = any(%(sources)s)
 group by source
having count(*) >= %(fewest)s
"""
