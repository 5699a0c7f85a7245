"""The record of access as auditors read it: searched, taken away, checked, and what stands out in it."""

from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import connection

from portal.access import deciding, record
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May

A_PAGE = 100
_AT_ONCE = 2000


@dataclass(frozen=True, kw_only=True)
class Line:
    """One record, as it is read."""

    month: date
    chain: int
    position: int
    at: datetime
    actor: str
    team: str
    action: str
    outcome: str
    basis: str
    purpose: str
    dossier_id: int | None
    version: int | None
    run_id: int | None
    person: str  # the keyed hash, as hex; empty where it is about nobody, or about many
    people: tuple[str, ...]
    amount: int
    detail: str


@dataclass(frozen=True, kw_only=True)
class Wanted:
    """What is looked for; what is empty does not matter. `people` are the keyed hashes of one person."""

    actor: str = ""
    people: Sequence[bytes] = ()
    dossier_id: int | None = None
    action: str = ""
    outcome: str = ""
    around: datetime | None = None  # an hour before it to an hour after it
    since: date | None = None  # days of São Paulo, both included
    until: date | None = None

    def conditions(self) -> tuple[str, dict[str, Any]]:
        """As a condition of SQL, and its values."""
        values: dict[str, Any] = {
            "actor": self.actor,
            "people": [bytes(each) for each in self.people],
            "dossier": self.dossier_id,
            "action": self.action,
            "outcome": self.outcome,
            "around": self.around,
            "since": self.since,
            "until": self.until,
            "zone": settings.TIME_ZONE,
        }
        of_person = "(person = any(%(people)s::bytea[]) or people && %(people)s::bytea[])"
        chosen = {
            "actor = %(actor)s": self.actor,
            of_person: self.people,
            "dossier_id = %(dossier)s": self.dossier_id,
            "action = %(action)s": self.action,
            "outcome = %(outcome)s": self.outcome,
            "at between %(around)s - interval '1 hour' and %(around)s + interval '1 hour'": self.around,
            "at >= %(since)s::timestamp at time zone %(zone)s": self.since,
            "at < (%(until)s::timestamp + interval '1 day') at time zone %(zone)s": self.until,
        }
        return " and ".join(["true", *(text for text, given in chosen.items() if given)]), values


# The condition is put together of constants, and holds no value.
_SELECT = """
select month, chain, position, at, actor, team, action, outcome, basis, purpose, dossier_id, version, run_id,
       coalesce(encode(person, 'hex'), ''), array(select encode(each, 'hex') from unnest(people) as each),
       amount, detail
  from access_record where {condition} {more}
 order by at desc {limit}
"""


def search(reader: Reader, wanted: Wanted, before: datetime | None = None) -> list[Line]:
    """A page of records, the newest first; those before an instant, if given. That they were read is
    recorded too. Raises PermissionDenied."""
    deciding.require(reader, May.READ_RECORD)
    record.add(reader, AccessEntry(action=Action.RECORD_READ, outcome=Verdict.SHOWN))
    return list(
        _lines(wanted, "and (%(before)s::timestamptz is null or at < %(before)s)", A_PAGE, before=before)
    )


def everything(reader: Reader, wanted: Wanted) -> Generator[Line, None, None]:
    """All records that are looked for, the newest first; streamed. Raises PermissionDenied."""
    deciding.require(reader, May.READ_RECORD)
    record.add(reader, AccessEntry(action=Action.RECORD_READ, outcome=Verdict.SHOWN, detail="taken away"))
    return _streamed(wanted)


def of_person(people: Sequence[bytes], dossier_id: int | None, since: date) -> list[Line]:
    """Who looked at a person's data, or took them away, since a day; for the person's own report. Looks at
    their dossier are found by its number too, also once the key of the hashes in them is retired."""
    theirs = "(person = any(%(theirs)s::bytea[]) or people && %(theirs)s::bytea[] or dossier_id = %(own)s)"
    wanted, hashes = Wanted(since=since), [bytes(each) for each in people]
    return list(_lines(wanted, f"and outcome = 'shown' and {theirs}", None, theirs=hashes, own=dossier_id))


def readers_of(dossier_id: int, people: Sequence[bytes], since: datetime) -> list[str]:
    """Who was shown a dossier since then: alone, or in a file that they took away, by the hashes in it."""
    with connection.cursor() as cursor:
        cursor.execute(_READERS, {"dossier": dossier_id, "people": list(people), "since": since})
        return [actor for (actor,) in cursor.fetchall()]


def _lines(wanted: Wanted, more: str, limit: int | None, **values: Any) -> Iterator[Line]:
    condition, given = wanted.conditions()
    statement = _SELECT.format(condition=condition, more=more, limit="limit %(limit)s")
    with connection.cursor() as cursor:
        cursor.execute(statement, {**given, **values, "limit": limit})
        for row in cursor.fetchall():
            yield _line(row)


def _streamed(wanted: Wanted) -> Generator[Line, None, None]:
    """By a cursor of PostgreSQL's, which holds one snapshot: memory does not grow with the record. It is held
    by no transaction, which the server would end under somebody whose line is slow."""
    condition, given = wanted.conditions()
    statement = "declare wanted no scroll cursor with hold for " + _SELECT.format(
        condition=condition, more="", limit=""
    )
    with connection.cursor() as cursor:
        cursor.execute(statement, given)
        try:
            while rows := _fetched(cursor):
                yield from map(_line, rows)
        finally:
            cursor.execute("close wanted")


def _fetched(cursor: Any) -> list[tuple[Any, ...]]:
    cursor.execute(f"fetch {_AT_ONCE} from wanted")
    rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def _line(row: tuple[Any, ...]) -> Line:
    names = Line.__dataclass_fields__
    line = dict(zip(names, row, strict=True))
    return Line(**{**line, "people": tuple(line["people"])})


@dataclass(frozen=True, kw_only=True)
class Anomaly:
    """Something that stands out: which kind, whose, in the hour or day that began then, how often."""

    kind: str  # many_people, outside_hours, without_ask, guesses
    actor: str
    at: datetime
    number: int


def anomalies(reader: Reader, days: int) -> list[Anomaly]:
    """What stands out in the last days, the newest first: many people in an hour, looks outside working
    hours, looks at what a colleague asked for, and looks at what does not exist or is others'."""
    deciding.require(reader, May.READ_RECORD)
    values: dict[str, Any] = {
        "days": timedelta(days=days),
        "zone": settings.TIME_ZONE,
        "many": settings.ACCESS_MANY_PEOPLE,
        "guesses": settings.ACCESS_MANY_GUESSES,
        "opens": settings.ACCESS_HOURS[0],
        "closes": settings.ACCESS_HOURS[1],
    }
    with connection.cursor() as cursor:
        cursor.execute(_ANOMALIES, values)
        return [Anomaly(kind=kind, actor=actor, at=at, number=n) for kind, actor, at, n in cursor.fetchall()]


_ANOMALIES = """
with everything as (
     select *, at at time zone %(zone)s as here from access_record where at > now() - %(days)s),
     lately as (
     select * from everything where action in ('look', 'diff', 'headline', 'find', 'export')),
     told (kind, actor, at, number) as (
     select 'many_people', actor, date_trunc('hour', at),
            count(distinct dossier_id) + sum(coalesce(cardinality(people), 0))
       from lately where outcome = 'shown'
      group by actor, date_trunc('hour', at)
     having count(distinct dossier_id) + sum(coalesce(cardinality(people), 0)) > %(many)s
      union all
     select 'outside_hours', actor, date_trunc('day', here) at time zone %(zone)s, count(*)
       from lately
      where outcome = 'shown' and actor like 'user:%%'
        and (extract(isodow from here) > 5
             or extract(hour from here) < %(opens)s or extract(hour from here) >= %(closes)s)
      group by actor, date_trunc('day', here)
      union all
     select 'without_ask', actor, date_trunc('day', here) at time zone %(zone)s,
            count(distinct dossier_id) + sum(coalesce(cardinality(people), 0))
       from lately where outcome = 'shown' and actor like 'user:%%' and basis in ('team', 'all')
      group by actor, date_trunc('day', here)
      union all
     select 'guesses', actor, date_trunc('hour', at), count(*)
       from everything where outcome in ('not_found', 'refused')
      group by actor, date_trunc('hour', at)
     having count(*) >= %(guesses)s)
select kind, actor, at, number from told order by at desc, number desc limit 500
"""
_READERS = """
select distinct actor from access_record
 where at > %(since)s and outcome = 'shown' and (actor like 'user:%%' or actor like 'client:%%')
   and (dossier_id = %(dossier)s or people && %(people)s::bytea[])
"""
