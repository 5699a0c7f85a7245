"""What the sources have told about the people of a pass, and what their dossiers become by it. Writes
nothing."""

import dataclasses
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from hashlib import blake2b
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from orchestrator import content
from orchestrator.batch.counting.tallies import Failures
from orchestrator.batch.work import writing
from orchestrator.batch.work.parking import Part
from orchestrator.batch.work.writing import Kept, Standing
from orchestrator.clients import registry
from orchestrator.clients.parsing import answers
from orchestrator.errors import BadAnswer
from orchestrator.models import Chunk
from orchestrator.records.dossiers import Block, Provenance
from orchestrator.records.runs import Failure
from orchestrator.sealing import envelopes
from orchestrator.versions import carrying, snapshots
from orchestrator.versions.carrying import Brought, Failed, Stood
from orchestrator.versions.snapshots import Conclusion, Content


class SourceAnswer:
    """One source's part of a pass: of each place, by its CPF, an item, a failure, or not asked."""

    def __init__(self, part: Part, cpfs: Sequence[str]) -> None:
        self.call = part.call
        self._asked = set(cpfs)
        self._items: Mapping[str, bytes | BadAnswer] = {}
        self._failure: Failure | None = None
        self._parser = parser(part.call.source)
        try:
            if part.call.error_code is None:
                self._items = answers.by_cpf(cpfs, part.body)
        except BadAnswer as error:
            self.call = dataclasses.replace(
                self.call, error_code=error.code, reason=str(error), retryable=True
            )
        if self.call.error_code is not None:
            self._failure = Failure(code=self.call.error_code, retryable=self.call.retryable)

    def raw(self, cpf: str) -> bytes | None:
        """A person's item as it came, empty where the source does not know them; None where it failed
        or was not asked."""
        if self._failure is not None or cpf not in self._asked:
            return None
        item = self._items.get(cpf, b"")
        return None if isinstance(item, BadAnswer) else item

    def block(self, cpf: str) -> Block | Failure | None:
        """A person's block, or why there is none; None where the source was not asked about them."""
        if cpf not in self._asked:
            return None
        if self._failure is not None:
            return self._failure
        block = self._parser.block(cpf, self._items.get(cpf))
        return Failure(code=block.code, retryable=True) if isinstance(block, BadAnswer) else block


@cache
def parser(source: str) -> answers.Parser:
    """Reads a source's answers by what it declares; made once."""
    return answers.Parser(registry.by_name()[source])


def answers_hash(dossier_id: int, raw: Sequence[bytes]) -> bytes:
    """What tells whether raw answers are those that a version was made of, read as they are now."""
    return envelopes.answers_hash(dossier_id, (reading(), *raw))


@cache
def reading() -> bytes:
    """Moves when what the sources declare moves: the same answers may then say something else. Made once."""
    fingerprints = [content.fingerprint(source) for source in registry.SOURCES]
    return blake2b(repr(fingerprints).encode(), digest_size=8).digest()


def asked(chunk: Chunk, cpfs: Sequence[str], source: str) -> list[str]:
    """The CPFs of a chunk about whom its pass asks a source."""
    return list(cpfs) if chunk.asks is None else [cpfs[place] for place in chunk.asks.get(source, ())]


_Blocks = Mapping[str, Any]  # by source a block, why there is none, or None where it was not asked


class PassMember(Struct, frozen=True, kw_only=True):
    """Somebody of a pass: the place in the chunk, and the dossier as it stood."""

    place: int
    cpf: str
    standing: Standing


@dataclass(kw_only=True)
class Decisions:
    """By dossier what is to be kept; by place who was skipped, and which sources failed and how."""

    people: dict[int, PassMember] = field(default_factory=dict)  # by dossier
    kept: dict[int, Kept] = field(default_factory=dict)  # by dossier
    before: dict[int, Content] = field(default_factory=dict)  # what changed versions replace
    skipped: dict[int, int] = field(default_factory=dict)  # with the version that stands
    failures: dict[int, dict[str, Failure]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Earlier:
    """What earlier passes over a chunk came to: by place who failed there, and since when its run goes."""

    failures: Failures
    since: datetime


class Deciding:
    """Decides for one pass. `began_at` is when it began, and so what is said of its answers' age."""

    def __init__(
        self, told: Mapping[str, SourceAnswer], *, began_at: datetime, attempts: int, earlier: Earlier
    ) -> None:
        self._told, self._began_at, self._attempts, self._earlier = told, began_at, attempts, earlier
        self._live = Provenance(origin="live", fetched_at=began_at, attempts=attempts, error_code=None)
        self._all_live = _text(dict.fromkeys(told, self._live))
        self.made = Decisions()

    def decide(self, people: Iterable[PassMember]) -> Decisions:
        """Most people's answers are, byte by byte, those of the last time: they need not be read again."""
        moved: list[PassMember] = []
        for person in people:
            checked_at, known_hash = person.standing.checked_at, person.standing.answers_hash
            if checked_at is not None and checked_at > self._began_at:  # by somebody else
                self.made.skipped[person.place] = person.standing.latest_version
            elif known_hash and self._hash(person) == known_hash:
                self._keep(person, Kept(changed=False, completeness="complete", provenance=self._all_live))
            else:
                moved.append(person)
        hashes = writing.hashes(person.standing for person in moved)
        lacking: list[tuple[PassMember, _Blocks]] = []
        for person in moved:  # one after the other: what is read of one person is written while it is at hand
            blocks: _Blocks = {source: answer.block(person.cpf) for source, answer in self._told.items()}
            if any(block is None or isinstance(block, Failure) for block in blocks.values()):
                lacking.append((person, blocks))  # something of what stood is needed
            else:
                self._decide_whole(person, blocks, hashes)
        contents, closed = writing.contents(person.standing for person, _ in lacking)
        for person, blocks in lacking:
            if code := closed.get(person.standing.id):
                self._shut_out(person, blocks, code)
            else:
                self._decide_lacking(person, blocks, contents.get(person.standing.id, {}), hashes)
        self._look_back(contents, hashes)
        return self.made

    def _hash(self, person: PassMember) -> bytes | None:
        raw = []
        for answer in self._told.values():
            if (part := answer.raw(person.cpf)) is None:
                return None
            raw.append(part)
        return answers_hash(person.standing.id, raw)

    def _keep(self, person: PassMember, kept: Kept) -> None:
        self.made.people[person.standing.id] = person
        self.made.kept[person.standing.id] = kept

    def _decide_whole(self, person: PassMember, blocks: _Blocks, hashes: Mapping[int, bytes]) -> None:
        """Every answer was read: only so may their hash stand for what was read from them."""
        results = {
            source: carrying.stands(Brought(block=content.encode(block), provenance=self._live), _NOTHING)
            for source, block in blocks.items()
        }
        decision = snapshots.decide(person.standing.id, results, {}, hashes.get(person.standing.id))
        self._keep(person, _kept(decision, self._all_live, self._hash(person)))

    def _decide_lacking(
        self, person: PassMember, blocks: _Blocks, stood: Content, hashes: Mapping[int, bytes]
    ) -> None:
        failures = {source: each for source, each in blocks.items() if isinstance(each, Failure)}
        if failures:
            self.made.failures[person.place] = failures
        known = snapshots.provenance_of(orjson.loads(person.standing.provenance))
        tried = {
            source: self._tried(person, source, block, known.get(source)) for source, block in blocks.items()
        }
        if all(isinstance(each, Failed) for each in tried.values()):
            return  # nothing was fetched at all: what stood stands
        results = {
            source: carrying.stands(each, Stood(block=stood.get(source), provenance=known.get(source)))
            for source, each in tried.items()
        }
        decision = snapshots.decide(person.standing.id, results, stood, hashes.get(person.standing.id))
        self._keep(person, _kept(decision, _text(decision.provenance), None))

    def _shut_out(self, person: PassMember, blocks: _Blocks, code: str) -> None:
        """What stood cannot be read, and so nothing of it carried: no source can mend that."""
        asked = [source for source, block in blocks.items() if block is not None]
        self.made.failures[person.place] = dict.fromkeys(asked, Failure(code=code, retryable=False))

    def _tried(
        self, person: PassMember, source: str, block: Any, known: Provenance | None
    ) -> Brought | Failed | None:
        """What a source's part of this pass came to; None where it was not asked, nor has failed before.

        A failure of an earlier pass counts where what stands does not tell of it: then nothing was saved,
        for everything failed, and nobody has asked since the run began.
        """
        if isinstance(block, Failure):
            return Failed(code=block.code, attempts=self._attempts)
        if block is not None:
            return Brought(block=content.encode(block), provenance=self._live)
        code = self._earlier.failures.get(str(person.place), {}).get(source)
        if code is None or (known and known.error_code == code):
            return None
        answered_at = known.fetched_at if known and known.origin in carrying.GOOD else None
        if answered_at and answered_at > self._earlier.since:
            return None
        return Failed(code=code, attempts=self._attempts - 1)

    def _look_back(self, contents: Mapping[int, Content], hashes: Mapping[int, bytes]) -> None:
        """What stood before, for the tallies of what changed; where it was only hashed in an older form,
        nothing did."""
        changed = [
            self.made.people[pk].standing
            for pk, kept in self.made.kept.items()
            if kept.changed and pk not in contents
        ]
        opened, _ = writing.contents(changed)
        for pk, stood in opened.items():
            kept = self.made.kept[pk]
            if snapshots.is_same(pk, kept.content_hash, stood, hashes[pk]):
                self.made.kept[pk] = replace(kept, changed=False, rehash=True)
        self.made.before = {**contents, **opened}


_NOTHING = Stood()


def _kept(decision: Conclusion, provenance: str, answers_hash: bytes | None) -> Kept:
    return Kept(
        changed=decision.changed,
        completeness=decision.completeness,
        provenance=provenance,
        content=decision.content,
        content_hash=decision.content_hash,
        answers_hash=answers_hash,
        rehash=decision.rehash,
        negative=decision.negative,
    )


def _text(provenance: Mapping[str, Provenance]) -> str:
    return orjson.dumps(snapshots.stored_provenance(provenance)).decode()
