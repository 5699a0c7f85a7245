"""What became of everything that was accepted: by the API, and by the database, which must agree."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from itertools import pairwise
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg2

from tests.stack import Analyst, Stack, eventually

Span = tuple[datetime, datetime]


@dataclass(frozen=True, kw_only=True)
class Account:
    """How many requests ended how, and what their dossiers look like afterwards."""

    accepted: int
    ended: Counter[str]
    versions: int
    duplicates: int
    recovered_seconds: float  # the longest from a fault's end to the end of a request that met it


def account(
    stack: Stack, receipts: list[dict[str, Any]], faults: Iterable[Span] = (), seconds: float = 75.0
) -> Account:
    """Waits until every request has ended, and looks at all that they left behind.

    Fails where one has not ended, the API and the database tell different stories, a dossier's
    versions are not 1…n, or a version was saved that says what the one before it said.
    """
    analyst = Analyst(stack, stack.session("portal"))
    ended = [analyst.follow(receipt, seconds=seconds) for receipt in receipts]
    with database(stack) as cursor:
        # Also what nobody got a receipt for, because the connection was cut.
        eventually(lambda: _unfinished(cursor), until=lambda builds: builds == 0, seconds=seconds)
        for status in ended:
            _agree(cursor, status)
        dossiers = sorted({status["dossier_id"] for status in ended})
        versions = [_versions(cursor, dossier_id) for dossier_id in dossiers]
    for dossier_id, hashes in zip(dossiers, versions, strict=True):
        assert analyst.dossier(dossier_id)["version"] == (len(hashes) or None)
    duplicates = sum(_doubled(hashes) for hashes in versions)
    assert not duplicates
    return Account(
        accepted=len(receipts),
        ended=Counter(status["state"] for status in ended),
        versions=sum(map(len, versions)),
        duplicates=duplicates,
        recovered_seconds=max((_recovery(ended, fault) for fault in faults), default=0.0),
    )


def _unfinished(cursor: Any) -> int:
    cursor.execute("select count(*) from orchestrator_build where finished_at is null")
    (number,) = cursor.fetchone()
    cursor.connection.rollback()  # the next look sees what has happened since
    return int(number)


def _recovery(ended: list[dict[str, Any]], fault: Span) -> float:
    """Seconds from the fault's end to the end of the last request that was under way during it."""
    began, over = fault
    met = [
        _instant(status["finished_at"])
        for status in ended
        if _instant(status["requested_at"]) <= over and _instant(status["finished_at"]) >= began
    ]
    return max((max(met) - over).total_seconds(), 0.0) if met else 0.0


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(text)


def _agree(cursor: Any, status: Mapping[str, Any]) -> None:
    """The rows say what the API says."""
    cursor.execute(
        "select case when r.cancelled_at is null then b.state else 'cancelled' end, b.outcome, b.dossier_id"
        " from orchestrator_dossierrequest r join orchestrator_build b on b.id = r.build_id where r.id = %s",
        [status["request_id"]],
    )
    assert cursor.fetchone() == (status["state"], status["outcome"] or "", status["dossier_id"])
    cursor.execute(
        "select f.source, f.state, f.origin, f.error_code, f.attempts, f.payload_sealed is null"
        " from orchestrator_dossierrequest r join orchestrator_fetch f on f.build_id = r.build_id"
        " where r.id = %s",
        [status["request_id"]],
    )
    told = {
        (name, part["state"], part["origin"] or "", part["error_code"] or "", part["attempts"], True)
        for name, part in status["sources"].items()
    }
    assert set(cursor.fetchall()) == told


def _versions(cursor: Any, dossier_id: int) -> list[bytes]:
    """The content's hash of each version in turn; they are numbered 1…n, and the dossier says n."""
    cursor.execute(
        "select number, content_hash from orchestrator_snapshot where dossier_id = %s order by number",
        [dossier_id],
    )
    rows = cursor.fetchall()
    cursor.execute("select latest_version from orchestrator_dossier where id = %s", [dossier_id])
    (latest,) = cursor.fetchone()
    assert [number for number, _ in rows] == list(range(1, latest + 1)), (dossier_id, rows, latest)
    return [bytes(content_hash) for _, content_hash in rows]


def _doubled(hashes: list[bytes]) -> int:
    return sum(one == other for one, other in pairwise(hashes))


@contextmanager
def database(stack: Stack) -> Iterator[Any]:
    """A cursor on the portal's database, as the application's role."""
    server = urlsplit(stack.state["engines"]["database_url"])
    connection = psycopg2.connect(urlunsplit(server._replace(path="/delta_db")))
    try:
        with connection.cursor() as cursor:
            yield cursor
    finally:
        connection.close()
