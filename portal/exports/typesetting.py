"""Sets documents as PDF (tagged, PDF/A-3a and PDF/UA-1), each in a process of its own: see `typesetter`."""

import os
import re
import subprocess
import sys
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import BoundedSemaphore

import orjson
import structlog

from orchestrator.errors import Busy, InvalidInput

log = structlog.get_logger(__name__)

_HERE = Path(__file__).parent
# Isolated, and without our environment: the child has no secret to lose.
_TYPESETTER = (sys.executable, "-I", "-X", "utf8", str(_HERE / "typesetter.py"))
_SECONDS = 30  # of a processor: 5,000 rows take two
_MEMORY = 2 << 30  # of addresses, in bytes: 5,000 rows take half of it
_CLOCK = 3  # on a busy machine a process waits longer than it works
_KEPT = ("LD_LIBRARY_PATH",)  # a Python may need it to start
_AT_ONCE = BoundedSemaphore(2)
_PATIENCE = 10  # seconds until somebody else's document is done
_REFUSED = 3  # the child's status where Typst says why
_PROBE = b"""#set document(title: "-", date: datetime(year: 2000, month: 1, day: 1))
#for character in json(bytes(sys.inputs.characters)) { par(character) }
"""
_COMPLAINT = re.compile(rb'(?:the text|disallowed codepoint) `"(\\u\{[0-9a-f]+\}|[^`]+?)"`')


class NotSet(Exception):
    """Typst did not set a document. Holds nothing of it."""


class ManyDocuments(Busy):
    """Others are having documents set: to be asked again."""

    code = "documents"


def typeset(template: str, inputs: Mapping[str, str], *, at: datetime) -> bytes:
    """The PDF of one of our templates, which reads `inputs` as data; the same ones, and the same instant,
    give the same bytes.

    Raises NotSet, ManyDocuments, and InvalidInput (field `format`, code `too_large`) for what takes more
    time or memory than a document may.
    """
    status, answer = _run(_template(template), inputs, int(at.timestamp()))
    if status == _REFUSED:
        raise NotSet
    return answer


def lacking(characters: Collection[str]) -> frozenset[str]:
    """Those of these characters that the fonts cannot show. Raises as `typeset`."""
    if not characters:
        return frozenset()
    asked = {"characters": orjson.dumps(sorted(characters)).decode()}
    status, answer = _run(_PROBE, asked, 0)
    if status != _REFUSED:
        return frozenset()
    named = (found[1].decode() for found in _COMPLAINT.finditer(answer))
    return frozenset(chr(int(each[3:-1], 16)) if each.startswith("\\u{") else each for each in named)


def _run(template: bytes, inputs: Mapping[str, str], at: int) -> tuple[int, bytes]:
    """The child's status and what it wrote. All goes by pipes: no argument, no file, no log tells of it."""
    if not _AT_ONCE.acquire(timeout=_PATIENCE):
        raise ManyDocuments(retry_after=_PATIENCE)
    try:
        with TemporaryDirectory(prefix="typeset-") as root:
            order = {"template": template.decode(), "inputs": inputs, "at": at, "root": root}
            limits = {"seconds": _SECONDS, "memory": _MEMORY}
            done = subprocess.run(  # noqa: S603  # nosec B603  # our own program; data goes by its input
                _TYPESETTER,
                input=orjson.dumps({**order, **limits}),
                stdout=subprocess.PIPE,
                stderr=subprocess.DEVNULL,  # it may quote the text
                cwd=root,
                env=_environment(),
                timeout=_SECONDS * _CLOCK,
                check=False,
            )
    except subprocess.TimeoutExpired:
        log.warning("document.too_slow", seconds=_SECONDS * _CLOCK)
        raise _too_large() from None
    finally:
        _AT_ONCE.release()
    if done.returncode not in (0, _REFUSED):
        log.warning("document.typesetter_died", status=done.returncode)
        # A limit ends it by a signal; else it broke, such as where Typst is not installed, or panicked.
        raise _too_large() if done.returncode < 0 else NotSet
    return done.returncode, done.stdout


def _environment() -> dict[str, str]:
    kept = {name: os.environ[name] for name in _KEPT if name in os.environ}
    return {**kept, "RAYON_NUM_THREADS": "1"}


def _too_large() -> InvalidInput:
    return InvalidInput("format", "too_large", "The PDF of this dossier would be too large.")


@cache
def _template(name: str) -> bytes:
    return (_HERE / f"{name}.typ").read_bytes()
