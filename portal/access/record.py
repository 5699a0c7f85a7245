"""The record of access: who looked at whose data or did what with them. It is only ever added to."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum

from django.db import connection

from portal.access.readers import Reader


class Action(StrEnum):
    """What was done. Looks count once for a reader, a version and a quarter of an hour; acts always, and so
    does each search that finds nobody."""

    LOOK = "look"
    DIFF = "diff"
    HEADLINE = "headline"  # a name and a CPF, in a list or above a request
    FIND = "find"  # by a CPF, or by a name that is not kept; also that somebody is known, told before an ask
    EXPORT = "export"
    ASK = "ask"
    RETRY = "retry"
    CANCEL = "cancel"
    FOLLOW = "follow"
    PIN = "pin"
    UNPIN = "unpin"
    DECIDE = "decide"
    RUN_START = "run_start"
    RUN_PAUSE = "run_pause"
    RUN_RESUME = "run_resume"
    RUN_CANCEL = "run_cancel"
    RUN_RETRY = "run_retry"
    REPORT = "report"
    CONTEST = "contest"
    ERASE = "erase"
    RECORD_READ = "record_read"
    ROLE_CHANGE = "role_change"
    ACCOUNT_CHANGE = "account_change"


LOOKS = frozenset({Action.LOOK, Action.DIFF, Action.HEADLINE, Action.FIND})


class Verdict(StrEnum):
    """What came of it."""

    SHOWN = "shown"
    DONE = "done"
    NOT_FOUND = "not_found"  # it does not exist, or is not this reader's: they are told the same
    REFUSED = "refused"


@dataclass(frozen=True, kw_only=True)
class AccessEntry:
    """A record to be added. `person` is a keyed hash, `people` those of an export's part; `amount` is how
    many rows or dossiers were shown; `basis` why it was allowed: own, team, all."""

    action: Action
    outcome: Verdict
    basis: str = ""
    purpose: str = ""
    dossier_id: int | None = None
    version: int | None = None
    run_id: int | None = None
    person: bytes | None = None
    people: Sequence[bytes] | None = None
    amount: int = 0
    detail: str = ""


_INTEGER, _BIGINT = 2**31 - 1, 2**63 - 1  # an address may hold more
_APPEND = "select access_append(%s, %s, %s, %s, %s, %s, %s, %s, %s, %s, %s::bytea[], %s, %s, %s)"


def add(reader: Reader, *entries: AccessEntry) -> None:
    """Writes down what a reader is about to be shown, or has done. Raises DatabaseError where it cannot be
    written: then nothing is to be shown."""
    with connection.cursor() as cursor:
        for entry in entries:
            cursor.execute(
                _APPEND,
                [
                    reader.owner,
                    reader.team,
                    entry.action,
                    entry.outcome,
                    entry.basis,
                    entry.purpose,
                    _kept(entry.dossier_id, _BIGINT),
                    _kept(entry.version, _INTEGER),
                    _kept(entry.run_id, _BIGINT),
                    entry.person,
                    _array(entry.people),
                    entry.amount,
                    entry.detail,
                    _counts_once(entry),
                ],
            )


def _kept(number: int | None, most: int) -> int | None:
    """A number as its column holds it; one that no row can have names nothing."""
    return number if number is None or number <= most else None


def _counts_once(entry: AccessEntry) -> bool:
    """Not a search that found nobody, nor a list of people: which they were only the people say, who are not
    compared."""
    is_look = entry.people is None and (entry.action in LOOKS or entry.outcome == Verdict.NOT_FOUND)
    return is_look and (entry.action != Action.FIND or entry.dossier_id is not None)


def _array(people: Iterable[bytes] | None) -> str | None:
    """As the text of one array: of a list, psycopg2 makes an expression of as many values."""
    if people is None:
        return None
    return "{" + ",".join(f'"\\\\x{each.hex()}"' for each in people) + "}"
