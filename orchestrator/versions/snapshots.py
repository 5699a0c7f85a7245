"""Versions: should one be saved, saving it, and loading it."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

import msgspec
import orjson
from msgspec import Raw, Struct
from orjson import Fragment

from orchestrator import conf, content
from orchestrator.clients.registry import SOURCES, by_name, in_order
from orchestrator.errors import DestroyedKey, NotFound
from orchestrator.models import Build, Dossier, Snapshot
from orchestrator.records.dossiers import Block, Provenance
from orchestrator.sealing import envelopes
from orchestrator.versions import names
from orchestrator.versions.carrying import GOOD, Result, Stood

_Bytes = bytes | memoryview
Content = Mapping[str, Mapping[str, Any]]  # by source: content.encode of its block, or that read as JSON

# The form in which facts are written: it stands before content that is sealed, and after a hash, where the
# id of the hash's key follows. The first form has none. To be moved with what `content` writes for the same
# facts.
_FORM = b"\x02"
_DIGEST_BYTES = 32
_MOVES = (  # of a dossier, with what is saved of it
    "latest_version",
    "answers_hash",
    "name_sealed",
    "name_version",
    "provenance",
    "completeness",
    "checked_at",
)


class Conclusion(Struct, frozen=True, kw_only=True):
    """What stands now, and whether it differs from what stood.

    `rehash`: it does not, but what stood is hashed in an older form, or by another key. `negative`: it tells
    of debts.
    """

    content: bytes
    content_hash: bytes
    changed: bool
    rehash: bool
    negative: bool
    completeness: str
    provenance: Mapping[str, Provenance]


def decide(
    dossier_id: int, results: Mapping[str, Result], standing: Content, standing_hash: bytes | None
) -> Conclusion:
    """What stands after these results. Pure.

    A source whose result has no block keeps the one that stood, or is missing. The content is
    hashed without ages, origins and the order of rows, so that a version is saved only when a
    presence or a value moved. What stands and was hashed in an older form is hashed again, where
    `standing` is given: who decides for many opens only what then seems to have changed.
    """
    missing = content.encode(content.MISSING)
    blocks = {
        source: result.block if result.block is not None else standing.get(source, missing)
        for source, result in results.items()
    }
    written = envelopes.canonical(blocks)
    digest = hashed(dossier_id, written)
    rehash = is_same(dossier_id, digest, standing, standing_hash)
    return Conclusion(
        content=written,
        content_hash=digest,
        changed=digest != standing_hash and not rehash,
        rehash=rehash,
        negative=any(blocks[source]["sections"].get(key) for source, key in _negative() if source in blocks),
        completeness="complete"
        if all(result.block is not None for result in results.values())
        else "partial",
        provenance={source: result.provenance for source, result in results.items()},
    )


@cache
def _negative() -> list[tuple[str, str]]:
    """The sections that are held against a person, as sources declare them; read once."""
    return [
        (source.name, section.key) for source in SOURCES for section in source.sections if section.negative
    ]


def hashed(dossier_id: int, written: bytes) -> bytes:
    """The hash of written content."""
    return envelopes.content_hash(dossier_id, ordered(written)) + hash_form()


def hash_form() -> bytes:
    """What stands behind a hash: two are of one content, or of two, only where this is the same."""
    return _FORM + next(iter(conf.lookup_keys())).encode()


def is_same(dossier_id: int, digest: bytes, standing: Content, standing_hash: bytes | None) -> bool:
    """Whether content is what stands, which was hashed in an older form, or by another key."""
    if not standing or not standing_hash or standing_hash[_DIGEST_BYTES:] == digest[_DIGEST_BYTES:]:
        return False
    return digest == hashed(dossier_id, envelopes.canonical(standing))


class _Written(Struct):
    """A block of written content: no more of it is read than where a row ends."""

    presence: Raw
    person: Raw
    sections: dict[str, list[Raw]]


_blocks = msgspec.json.Decoder(dict[str, _Written])


def ordered(written: bytes) -> bytes:
    """Content as it is hashed: each section's rows as texts in one order, for a source's own order is
    no content."""
    return envelopes.canonical(
        {
            source: {
                "presence": Fragment(bytes(block.presence)),
                "person": Fragment(bytes(block.person)),
                "sections": {
                    key: sorted([str(row, "utf-8") for row in rows]) for key, rows in block.sections.items()
                },
            }
            for source, block in _blocks.decode(written).items()
        }
    )


def latest(dossier: Dossier) -> tuple[Content, bytes | None]:
    """The standing content and its hash; empty and None before the first version."""
    if not dossier.has_version:
        return {}, None
    snapshot = Snapshot.objects.get(dossier=dossier, number=dossier.latest_version)
    return _standing(dossier, snapshot), bytes(snapshot.content_hash)


def save(dossier: Dossier, build: Build, decision: Conclusion, at: datetime) -> bool:
    """Saves version n+1 if the content changed, and what moved in any case; says whether it did.

    The caller holds the dossier's lock, inside its transaction.
    """
    provenance = stored_provenance(decision.provenance)
    if decision.changed:
        dossier.latest_version += 1
        dossier.answers_hash = b""  # of other answers than these
        new = sealed(dossier.data_key, dossier.cpf_lookup, dossier.latest_version, decision.content)
        dossier.name_sealed, dossier.name_version = new.name, dossier.latest_version
        Snapshot.objects.create(
            dossier=dossier,
            number=dossier.latest_version,
            content_sealed=new.content,
            content_hash=decision.content_hash,
            completeness=decision.completeness,
            negative=decision.negative,
            provenance=provenance,
            build=build,
            created_at=at,
        )
    elif decision.rehash:
        standing = Snapshot.objects.filter(dossier=dossier, number=dossier.latest_version)
        standing.update(content_hash=decision.content_hash)
    dossier.provenance = provenance
    dossier.completeness = decision.completeness
    dossier.checked_at = at
    dossier.save(update_fields=_MOVES)
    return decision.changed


def stood(dossier: Dossier, standing: Content, source: str) -> Stood:
    """What stands of a source before a try; `standing` is the latest content."""
    provenance = provenance_of(dossier.provenance).get(source)
    return Stood(block=standing.get(source), provenance=provenance)


def good_sources(dossier: Dossier) -> set[str]:
    """The sources whose standing block is an answer of the last try: neither missing nor carried."""
    return {source for source, part in provenance_of(dossier.provenance).items() if part.origin in GOOD}


def find(dossier: Dossier, number: int) -> Snapshot:
    """A version's row; raises NotFound, and DestroyedKey of one that was erased."""
    if 0 < number <= dossier.erased_version:
        raise DestroyedKey("the person's data were erased")
    try:
        return Snapshot.objects.get(dossier=dossier, number=number)
    except Snapshot.DoesNotExist:
        raise NotFound(f"There is no version {number} of this dossier.") from None


def blocks(dossier: Dossier, snapshot: Snapshot) -> dict[str, Block]:
    """A version's blocks by source, in the registry's order."""
    stored, declared = _standing(dossier, snapshot), by_name()
    return {name: content.decode(declared.get(name), stored[name]) for name in in_order(stored)}


def stored_provenance(provenance: Mapping[str, Provenance]) -> dict[str, Any]:
    """Undone by `provenance_of`."""
    return {
        source: {
            "origin": part.origin,
            "fetched_at": part.fetched_at.isoformat() if part.fetched_at else None,
            "attempts": part.attempts,
            "error_code": part.error_code,
        }
        for source, part in provenance.items()
    }


def provenance_of(stored: Mapping[str, Mapping[str, Any]]) -> dict[str, Provenance]:
    """Provenance by source from its stored form."""
    return {
        source: Provenance(
            origin=part["origin"],
            fetched_at=datetime.fromisoformat(part["fetched_at"]) if part["fetched_at"] else None,
            attempts=part["attempts"],
            error_code=part["error_code"],
        )
        for source, part in stored.items()
    }


def _standing(dossier: Dossier, snapshot: Snapshot) -> Content:
    return unsealed(dossier.data_key, dossier.cpf_lookup, snapshot.number, snapshot.content_sealed)


class Sealed(Struct, frozen=True, kw_only=True):
    """A new version as it is kept: its content in its row, and the name in it beside the dossier."""

    content: bytes
    name: bytes


def sealed(data_key: _Bytes, cpf_lookup: _Bytes, number: int, content: bytes) -> Sealed:
    """What is kept of a version's content; raises Unreadable."""
    key = envelopes.data_key(data_key, cpf_lookup)
    packed = _FORM + envelopes.pack(content)
    return Sealed(content=key.seal(packed, _context(number)), name=names.sealed(key, names.written(content)))


def unsealed(data_key: _Bytes, cpf_lookup: _Bytes, number: int, content_sealed: _Bytes) -> Content:
    """Undoes `sealed`, and brings what was written in an older form into the present one; raises
    Unreadable."""
    key = envelopes.data_key(data_key, cpf_lookup)
    if not content_sealed:
        raise DestroyedKey("the person's data were erased")
    packed = key.unseal(bytes(content_sealed), _context(number))
    stored: Content = orjson.loads(envelopes.unpack(packed.removeprefix(_FORM)))
    if packed.startswith(_FORM):
        return stored
    declared = by_name()
    blocks = {name: content.decode(declared.get(name), block) for name, block in stored.items()}
    written = envelopes.canonical({name: content.encode(block) for name, block in blocks.items()})
    rewritten: Content = orjson.loads(written)
    return rewritten


def _context(number: int) -> bytes:
    return b"version:%d" % number
