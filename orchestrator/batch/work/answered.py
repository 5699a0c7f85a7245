"""What the sources have told about the people of one pass."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import cache
from hashlib import blake2b

from orchestrator import content
from orchestrator.batch.work.parking import Part
from orchestrator.clients import registry
from orchestrator.clients.parsing import answers
from orchestrator.errors import BadAnswer
from orchestrator.models import Chunk
from orchestrator.records.dossiers import Block
from orchestrator.records.runs import BulkCall, Failure
from orchestrator.sealing import envelopes


class Answer:
    """One source's part of a pass: of each place, by its CPF, an item, a failure, or not asked."""

    def __init__(self, part: Part, cpfs: Sequence[str]) -> None:
        self.call = part.call
        self._asked = set(cpfs)
        self._items: Mapping[str, bytes | BadAnswer] = {}
        self._failure: Failure | None = None
        self._parser = _parser(part.call.source)
        try:
            if part.call.error_code is None:
                self._items = answers.by_cpf(cpfs, part.body)
        except BadAnswer as error:
            self.call = replace(self.call, error_code=error.code, reason=str(error), retryable=True)
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
def _parser(source: str) -> answers.Parser:
    return answers.Parser(registry.by_name()[source])


def answers_hash(dossier_id: int, raw: Sequence[bytes]) -> bytes:
    """What tells whether raw answers are those that a version was made of, read as they are now."""
    return envelopes.answers_hash(dossier_id, (_reading(), *raw))


@cache
def _reading() -> bytes:
    """Moves when what the sources declare moves: the same answers may then say something else."""
    fingerprints = [content.fingerprint(source) for source in registry.SOURCES]
    return blake2b(repr(fingerprints).encode(), digest_size=8).digest()


def asked(chunk: Chunk, cpfs: Sequence[str], source: str) -> list[str]:
    """The CPFs of a chunk about whom its pass asks a source."""
    return list(cpfs) if chunk.asks is None else [cpfs[place] for place in chunk.asks.get(source, ())]


def calls(told: Mapping[str, Answer]) -> list[BulkCall]:
    """The calls of a pass, as they turned out once the answers were read."""
    return [answer.call for answer in told.values() if answer.call.asked]
