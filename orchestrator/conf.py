"""The orchestrator's settings, from the environment, with their defaults; workers check all at start.

Seconds, bytes and counts are in the names' own units; every default is DESIGN's.
"""

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import time
from functools import cache
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured

from ops.service.env import env, required, secret, stack_dir
from orchestrator import hosts


def _keys(name: str, text: str) -> dict[str, bytes]:
    """Keys by id from `id:base64` each, apart by commas or lines."""
    pairs = [part.partition(":") for part in re.split(r"[,\s]+", text.strip()) if part]
    keys = {key_id: _key(name, encoded) for key_id, _, encoded in pairs}
    if len(keys) < len(pairs) or not all(key_id.isascii() and 0 < len(key_id) < 64 for key_id in keys):
        raise ImproperlyConfigured(f"{name}: each key needs an id of its own, of 1 to 63 ASCII characters.")
    return keys


def _key(name: str, encoded: str) -> bytes:
    try:
        key = base64.b64decode(encoded, validate=True)
    except binascii.Error:
        key = b""
    if len(key) != 32:
        raise ImproperlyConfigured(f"{name}: a key must be 32 bytes in base64 (`openssl rand -base64 32`).")
    return key


@cache
def master_keys() -> Mapping[str, bytes]:
    """The rotating master keys by id, the current one first: `MASTER_KEYS=new:base64,old:base64`. Read once:
    a file that changes changes nothing of a process that runs."""
    return _keys("MASTER_KEYS", required("MASTER_KEYS", "Give at least one, as id:base64 of 32 bytes."))


@cache
def lookup_keys() -> Mapping[str, bytes]:
    """The keys of the HMACs by which dossiers are found, by id, the one to come first:
    `LOOKUP_KEYS=new:base64`, and `LOOKUP_KEY`, which has no id, behind. Read once.

    Which of them hashes who is new is PostgreSQL's to say (`sealing.lookups`).
    """
    named = secret("LOOKUP_KEYS")
    first = secret("LOOKUP_KEY") if named else required("LOOKUP_KEY", "Give base64 of 32 random bytes.")
    return _keys("LOOKUP_KEYS", named) | ({"": _key("LOOKUP_KEY", first)} if first else {})


def lookup_key() -> bytes:
    """The first of them: by it contents are compared and kept copies named, which may differ for a while."""
    return next(iter(lookup_keys().values()))


def erasure_register() -> Path:
    """The file that names every erasure, kept with the master keys: `ERASURE_REGISTER`."""
    return Path(env.str("ERASURE_REGISTER", default="") or stack_dir() / "erasures.jsonl")


def redis_url() -> str:
    """The Redis server of the kept copies (and of the messages, unless `BROKER_URL` is given)."""
    return required("REDIS_URL", "Give the Redis server: redis://:password@host:6379/0.")


@dataclass(frozen=True, kw_only=True)
class Endpoint:
    """Where a source is, and the client that may read it."""

    url: str
    client_id: str
    client_secret: str


def endpoint(source: str) -> Endpoint:
    """Reads `SOURCE_<NAME>_URL`, an address that a source may have (`hosts`), `_CLIENT_ID` and
    `_CLIENT_SECRET`."""
    prefix = f"SOURCE_{source.upper()}"
    hint = f"Give the address and the read-only OAuth client of the source {source}."
    url = required(f"{prefix}_URL", hint).rstrip("/")
    if why_not := hosts.refusal(url):
        raise ImproperlyConfigured(f"{prefix}_URL {why_not}.")
    return Endpoint(
        url=url,
        client_id=required(f"{prefix}_CLIENT_ID", hint),
        client_secret=required(f"{prefix}_CLIENT_SECRET", hint),
    )


def cache_seconds(source: str) -> int:
    """How long a source's answer may be served again: `CACHE_SECONDS_<NAME>`."""
    defaults = {"alpha": 15 * 60, "beta": 24 * 3600, "capa": 5 * 60}
    return int(env.int(f"CACHE_SECONDS_{source.upper()}", default=defaults.get(source, 5 * 60)))


def per_second(source: str) -> int:
    """The most calls to a source that begin within a second, over all workers: `SOURCE_<NAME>_PER_SECOND`."""
    return _count(f"SOURCE_{source.upper()}_PER_SECOND", 50)


def at_once(source: str) -> int:
    """The most calls to a source under way at once, over all workers: `SOURCE_<NAME>_AT_ONCE`."""
    return _count(f"SOURCE_{source.upper()}_AT_ONCE", 20)


def bulk_at_once(source: str) -> int:
    """The most bulk calls to a source under way at once, besides: `SOURCE_<NAME>_BULK_AT_ONCE`."""
    return _count(f"SOURCE_{source.upper()}_BULK_AT_ONCE", 2)


def nightly_at() -> time | None:
    """When the nightly run begins, by the clocks of São Paulo: `NIGHTLY_AT=03:00`; None where it is off."""
    text = env.str("NIGHTLY_AT", default="03:00")
    if text == "off":
        return None
    try:
        return time.fromisoformat(text).replace(tzinfo=None)
    except ValueError:
        raise ImproperlyConfigured(
            f"NIGHTLY_AT is {text!r}; it must be a time such as 03:00, or off."
        ) from None


def _count(name: str, default: int) -> int:
    number = int(env.int(name, default=default))
    if number < 1:
        raise ImproperlyConfigured(f"{name} is {number}; it must be a whole number from 1.")
    return number


def require(sources: Iterable[str]) -> None:
    """Reads all that has no default, so that a worker that lacks something stops at its start."""
    master_keys(), lookup_keys(), redis_url()
    for source in sources:
        endpoint(source), cache_seconds(source), per_second(source), at_once(source), bulk_at_once(source)
    nightly_at()
    if max(RETENTION_DAYS, RETENTION_POSITIVE_DAYS, DECISION_DAYS) > ACCESS_RECORD_DAYS:
        raise ImproperlyConfigured(
            f"ACCESS_RECORD_DAYS is {ACCESS_RECORD_DAYS}; it must not be below RETENTION_DAYS, "
            "RETENTION_POSITIVE_DAYS and DECISION_DAYS: who has looked at a version is known for as long as "
            "it is kept."
        )
    if RUN_LEASE_SECONDS <= RUN_PATIENCE_SECONDS + RUN_CALL_SECONDS:
        raise ImproperlyConfigured(
            f"RUN_LEASE_SECONDS is {RUN_LEASE_SECONDS:g}; it must be above RUN_PATIENCE_SECONDS and "
            "RUN_CALL_SECONDS together, or who waits for a source is killed as if it hung."
        )


CONNECT_SECONDS: float = env.float("SOURCE_CONNECT_SECONDS", default=2.0)
READ_SECONDS: float = env.float("SOURCE_READ_SECONDS", default=5.0)
CALL_SECONDS: float = env.float("SOURCE_CALL_SECONDS", default=8.0)
CA_BUNDLE: str = env.str("SOURCE_CA_BUNDLE", default="")  # a file; empty: the usual authorities
ANSWER_BYTES: int = env.int("SOURCE_ANSWER_BYTES", default=5 * 1024 * 1024)
MAX_ATTEMPTS: int = env.int("FETCH_MAX_ATTEMPTS", default=3)
BACKOFF_FIRST_SECONDS: float = env.float("FETCH_BACKOFF_FIRST_SECONDS", default=0.5)
BACKOFF_LAST_SECONDS: float = env.float("FETCH_BACKOFF_LAST_SECONDS", default=4.0)
DEADLINE_SECONDS: float = env.float("BUILD_DEADLINE_SECONDS", default=30.0)
# What is accepted waits for its turn, for so long at most. What interactive workers are given at once: as
# many fetches as they have threads together, so that little waits where nobody takes turns.
WAITING_SECONDS: float = env.float("WAITING_SECONDS", default=120.0)
FETCHES_AT_ONCE: int = env.int("FETCHES_AT_ONCE", default=16)
# More is not accepted while what comes before it takes longer than this; but of each owner so many are.
WAITING_ACCEPTED_SECONDS: float = env.float("WAITING_ACCEPTED_SECONDS", default=60.0)
WAITING_BURST: int = env.int("WAITING_BURST", default=100)
BREAKER: bool = env.bool("BREAKER", default=True)  # on, off
BREAKER_CALLS: int = env.int("BREAKER_CALLS", default=20)  # the last so many calls count …
BREAKER_WINDOW_SECONDS: float = env.float("BREAKER_WINDOW_SECONDS", default=60.0)  # … unless nobody called
BREAKER_FEWEST_CALLS: int = env.int("BREAKER_FEWEST_CALLS", default=10)
BREAKER_RATIO: float = env.float("BREAKER_RATIO", default=0.5)
BREAKER_OPEN_SECONDS: float = env.float("BREAKER_OPEN_SECONDS", default=10.0)
LEASE_SECONDS: float = env.float("FETCH_LEASE_SECONDS", default=12.0)
SWEEP_SECONDS: float = env.float("SWEEP_SECONDS", default=2.0)
ENDING_SECONDS: float = env.float("SWEEP_ENDING_SECONDS", default=0.5)  # between looks for what is overdue
QUARANTINE_CLAIMS: int = env.int("QUARANTINE_CLAIMS", default=2)  # more deaths than these: poisoned
WORKER_ASKED_SECONDS: float = env.float("WORKER_ASKED_SECONDS", default=10.0)
WORKER_SILENT_SECONDS: float = env.float("WORKER_SILENT_SECONDS", default=45.0)
RESEND_SECONDS: float = env.float("SWEEP_RESEND_SECONDS", default=10.0)

# Runs: many dossiers renewed together, in chunks. A source answers about 1000 people at most.
RUN_CHUNK: int = min(env.int("RUN_CHUNK", default=1000), 1000)
RUN_CHUNKS_AT_ONCE: int = env.int("RUN_CHUNKS_AT_ONCE", default=4)
# What one task of a chunk may take: its lease begins with the task, which is killed when it ends.
RUN_LEASE_SECONDS: float = env.float("RUN_LEASE_SECONDS", default=60.0)
RUN_RESEND_SECONDS: float = env.float("RUN_RESEND_SECONDS", default=90.0)  # a chunk that nobody began
RUN_ANSWER_SECONDS: int = env.int("RUN_ANSWER_SECONDS", default=600)  # an answer waits for who saves it
RUN_CALL_SECONDS: float = env.float("RUN_CALL_SECONDS", default=15.0)
RUN_ANSWER_BYTES: int = env.int("RUN_ANSWER_BYTES", default=50 * 1024 * 1024)
RUN_PATIENCE_SECONDS: float = env.float(
    "RUN_PATIENCE_SECONDS", default=20.0
)  # for a source's part of a chunk
RUN_ATTEMPTS: int = env.int("RUN_ATTEMPTS", default=2)  # calls for that part in one pass
RUN_PASSES: int = env.int("RUN_PASSES", default=3)  # what failed is asked again later in the run …
RUN_RETRY_SECONDS: float = env.float("RUN_RETRY_SECONDS", default=60.0)  # … so much later
RUN_MOST_LOST: int = env.int("RUN_MOST_LOST", default=5)  # deaths seen over a chunk until it is halved
# Patience and a call together stay below WORKER_SILENT_SECONDS: who waits does not answer.
# A source that fails so often in a row makes a run pause, each time twice as long; after so many pauses
# the run goes on without it, and tries at its end what failed.
RUN_ERROR_BUDGET: int = env.int("RUN_ERROR_BUDGET", default=4)
RUN_PAUSE_SECONDS: float = env.float("RUN_PAUSE_SECONDS", default=60.0)
RUN_PAUSES: int = env.int("RUN_PAUSES", default=3)
# An uploaded list is read by a process of its own, which may take so much processor time, and memory in all.
LIST_SECONDS: float = env.float("LIST_SECONDS", default=30.0)
LIST_MEMORY_MIB: int = env.int("LIST_MEMORY_MIB", default=512)
# What is kept for how long: versions that nobody pinned, those that tell of debts (CDC, art. 43, § 1) and
# those that tell of none (Lei 12.414/2011, art. 14); who looked at them, for longer; requests that ended, and
# the details of runs. Who asked for somebody is known for the six months of which a person may ask (art. 6,
# IV). What persons asked of us and was answered: for as long as damage can be claimed (CDC, art. 27).
RETENTION_DAYS: int = env.int("RETENTION_DAYS", default=5 * 365)
RETENTION_POSITIVE_DAYS: int = env.int("RETENTION_POSITIVE_DAYS", default=15 * 365)
ACCESS_RECORD_DAYS: int = env.int("ACCESS_RECORD_DAYS", default=16 * 366)
HISTORY_DAYS: int = env.int("HISTORY_DAYS", default=184)
PERSON_REQUEST_DAYS: int = env.int("PERSON_REQUEST_DAYS", default=5 * 365)
# A version that somebody decided by, from the last decision: likewise, since it proves what was known then.
DECISION_DAYS: int = env.int("DECISION_DAYS", default=5 * 365)
