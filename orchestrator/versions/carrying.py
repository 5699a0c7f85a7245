"""What stands of a source after it was tried: the one rule, for single requests and for runs. Pure.

`live` and `cache` are said of a block that was parsed from an answer, and of nothing else.
"""

from collections.abc import Mapping
from typing import Any

from msgspec import Struct

from orchestrator.records.dossiers import Presence, Provenance

Encoded = Mapping[str, Any]  # content.encode of a block
GOOD = ("live", "cache")  # of these origins is an answer of the last try


class Result(Struct, frozen=True, kw_only=True):
    """What stands of a source; `block` is None where no answer stands behind it: it is carried or missing."""

    block: Encoded | None
    provenance: Provenance


class Brought(Result, frozen=True, kw_only=True):
    """A block that was parsed from an answer. Of its provenance the origin is live or cache."""


class Failed(Struct, frozen=True, kw_only=True):
    """Why a source brought nothing."""

    code: str
    attempts: int


class Stood(Struct, frozen=True, kw_only=True):
    """What stood of a source, and where it is said to have come from; None where nothing is kept of it."""

    block: Encoded | None = None
    provenance: Provenance | None = None

    @property
    def known(self) -> Provenance | None:
        """Where the block came from; None where there is none: a missing one came from nowhere."""
        has_block = self.block is not None and self.block["presence"] != Presence.MISSING
        return self.provenance if has_block and self.provenance and self.provenance.origin else None

    @property
    def is_good(self) -> bool:
        """Whether it is the answer of the last try: neither missing nor carried."""
        return self.known is not None and self.known.origin in GOOD

    def is_younger_than(self, brought: Brought) -> bool:
        """Whether somebody else has asked since: then what was brought is no news."""
        ours, brought_at = self.known and self.known.fetched_at, brought.provenance.fetched_at
        return bool(ours and brought_at and ours > brought_at)


def stands(tried: Brought | Failed | None, stood: Stood) -> Result:
    """What stands after a try; None: the source was not asked."""
    if isinstance(tried, Brought) and not (stood.block and stood.is_younger_than(tried)):
        return tried
    if isinstance(tried, Failed):
        return Result(block=None, provenance=carried(stood.known, tried))
    if stood.known:
        return Result(block=stood.block if stood.is_good else None, provenance=stood.known)
    said = stood.provenance
    missing = Provenance(
        origin=None,
        fetched_at=None,
        attempts=said.attempts if said else 0,
        error_code=said.error_code if said else None,
    )
    return Result(block=None, provenance=missing)


def carried(known: Provenance | None, failed: Failed) -> Provenance:
    """What is said of a block whose source failed: carried with its age, or missing where none is known."""
    return Provenance(
        origin="carried" if known else None,
        fetched_at=known.fetched_at if known else None,
        attempts=failed.attempts,
        error_code=failed.code,
    )
