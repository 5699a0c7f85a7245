"""What the dossiers of a pass become, by what the sources have told. Writes nothing."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import orjson
from msgspec import Struct
from msgspec.structs import replace

from orchestrator import content, snapshots
from orchestrator.batch import answered, writing
from orchestrator.batch.answered import Answer, Failure
from orchestrator.batch.writing import Kept, Standing
from orchestrator.records import Block, Provenance
from orchestrator.snapshots import Content, Result

_GOOD = ("live", "cache")
_Blocks = Mapping[str, Any]  # by source a block, why there is none, or None where it was not asked


class Person(Struct, frozen=True, kw_only=True):
    """Somebody of a pass: the place in the chunk, and the dossier as it stood."""

    place: int
    cpf: str
    standing: Standing


@dataclass(kw_only=True)
class Decisions:
    """By dossier what is to be kept; by place who was skipped, and which sources failed and how."""

    people: dict[int, Person] = field(default_factory=dict)  # by dossier
    kept: dict[int, Kept] = field(default_factory=dict)  # by dossier
    before: dict[int, Content] = field(default_factory=dict)  # what changed versions replace
    skipped: set[int] = field(default_factory=set)
    failures: dict[int, dict[str, Failure]] = field(default_factory=dict)


class Deciding:
    """Decides for one pass. `began_at` is when it began, and so what is said of its answers' age."""

    def __init__(self, told: Mapping[str, Answer], *, began_at: datetime, attempts: int) -> None:
        self._told, self._began_at, self._attempts = told, began_at, attempts
        self._live = self._provenance("live", began_at, None)
        self._all_live = _text(dict.fromkeys(told, self._live))
        self.made = Decisions()

    def decide(self, people: Iterable[Person]) -> Decisions:
        """Most people's answers are those of the last time: they need not be read again."""
        moved = [person for person in people if not self._is_skipped(person) and not self._is_same(person)]
        hashes = writing.hashes(person.standing for person in moved)
        lacking: list[tuple[Person, _Blocks]] = []
        for person in moved:  # one after the other: what is read of one person is written while it is at hand
            blocks: _Blocks = {source: answer.block(person.cpf) for source, answer in self._told.items()}
            if _lacks(blocks):
                lacking.append((person, blocks))
            else:
                fetched = {source: self._fetched(block) for source, block in blocks.items()}
                self._decide(person, fetched, {}, hashes, self._all_live)
        contents = writing.contents(person.standing for person, _ in lacking)
        for person, blocks in lacking:
            self._decide_lacking(person, blocks, contents, hashes)
        self._look_back(contents)
        return self.made

    def _is_skipped(self, person: Person) -> bool:
        checked_at = person.standing.checked_at
        if checked_at is None or checked_at <= self._began_at:
            return False
        self.made.skipped.add(person.place)
        return True

    def _is_same(self, person: Person) -> bool:
        """Whether all answers are, byte by byte, those that the latest version was made of."""
        standing = person.standing
        if not standing.answers_hash or self._hash(person) != standing.answers_hash:
            return False
        self._keep(person, Kept(changed=False, completeness="complete", provenance=self._all_live))
        return True

    def _hash(self, person: Person) -> bytes | None:
        raw = []
        for answer in self._told.values():
            if (part := answer.raw(person.cpf)) is None:
                return None
            raw.append(part)
        return answered.answers_hash(person.standing.id, raw)

    def _keep(self, person: Person, kept: Kept) -> None:
        self.made.people[person.standing.id] = person
        self.made.kept[person.standing.id] = kept

    def _decide_lacking(
        self,
        person: Person,
        blocks: _Blocks,
        contents: Mapping[int, Content],
        hashes: Mapping[int, bytes],
    ) -> None:
        failures = {source: each for source, each in blocks.items() if isinstance(each, Failure)}
        if failures:
            self.made.failures[person.place] = failures
        if len(failures) == len(blocks):
            return  # nothing was fetched at all: what stood stands
        stood = contents.get(person.standing.id, {})
        self._decide(person, self._results(person.standing, blocks, stood), stood, hashes)

    def _decide(
        self,
        person: Person,
        results: Mapping[str, Result],
        stood: Content,
        hashes: Mapping[int, bytes],
        provenance: str | None = None,
    ) -> None:
        pk = person.standing.id
        decision = snapshots.decide(pk, results, stood, hashes.get(pk))
        kept = Kept(
            changed=decision.changed,
            completeness=decision.completeness,
            provenance=provenance or _text(decision.provenance),
            content=decision.content,
            content_hash=decision.content_hash,
            answers_hash=self._hash(person),
            rehash=decision.rehash,
        )
        self._keep(person, kept)

    def _results(self, standing: Standing, blocks: _Blocks, stood: Content) -> dict[str, Result]:
        known = snapshots.provenance_of(orjson.loads(standing.provenance))
        return {
            source: self._result(block, known.get(source), stood.get(source))
            for source, block in blocks.items()
        }

    def _result(self, block: Any, known: Provenance | None, stood: Mapping[str, Any] | None) -> Result:
        """What a source brought, what it brought in an earlier pass, or what is carried."""
        if isinstance(block, Failure):
            origin = "carried" if known and known.origin else None
            fetched_at = known.fetched_at if known and origin else None
            return Result(block=None, provenance=self._provenance(origin, fetched_at, block.code))
        if block is None:
            known = known or self._provenance(None, None, None)
            return Result(block=stood if known.origin in _GOOD else None, provenance=known)
        return self._fetched(block)

    def _fetched(self, block: Block) -> Result:
        return Result(block=content.encode(block), provenance=self._live)

    def _provenance(self, origin: str | None, fetched_at: datetime | None, code: str | None) -> Provenance:
        return Provenance(origin=origin, fetched_at=fetched_at, attempts=self._attempts, error_code=code)

    def _look_back(self, contents: Mapping[int, Content]) -> None:
        """What stood before, for the tallies of what changed; where it was only hashed in an older form,
        nothing did."""
        changed = [
            self.made.people[pk].standing
            for pk, kept in self.made.kept.items()
            if kept.changed and pk not in contents
        ]
        opened = writing.contents(changed)
        for pk, stood in opened.items():
            if snapshots.hashed(pk, stood) == self.made.kept[pk].content_hash:
                self.made.kept[pk] = replace(self.made.kept[pk], changed=False, rehash=True)
        self.made.before = {**contents, **opened}


def _lacks(blocks: _Blocks) -> bool:
    """Whether something of what stood is needed beside what came."""
    return any(block is None or isinstance(block, Failure) for block in blocks.values())


def _text(provenance: Mapping[str, Provenance]) -> str:
    return orjson.dumps(snapshots.stored_provenance(provenance)).decode()
