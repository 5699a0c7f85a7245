"""A source's answer that unfolds to a thousand times its length is given up at the limit, and costs no more
memory than an answer of that limit."""

import gzip
import os
import subprocess
import sys
import zlib
from collections.abc import Callable

import pytest
import zstandard

from tests.fakes.source import FakeSource, Handler, serving
from tests.stack import ROOT

UNFOLDED = 192 << 20
ZEROS = bytes(1 << 20)
# Asks once, and says what came of it and the most memory that it took, in KiB, beyond what it began with.
ASKS = """
import resource, sys
from ops.service.env import select_settings
select_settings()
import django
django.setup()
from orchestrator import conf
from orchestrator.clients import alpha
from orchestrator.clients.http import HttpClient
from orchestrator.errors import SourceError
client = HttpClient(alpha.SOURCE, conf.Endpoint(url=sys.argv[1], client_id="x", client_secret="x"))
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
try:
    client.fetch(["52998224725"])
    came = "answered"
except SourceError as error:
    came = error.code
print(came, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


def gzipped() -> bytes:
    packed = zlib.compressobj(9, wbits=31)
    return b"".join(packed.compress(ZEROS) for _ in range(UNFOLDED >> 20)) + packed.flush()


def deflated() -> bytes:
    packed = zlib.compressobj(9)
    return b"".join(packed.compress(ZEROS) for _ in range(UNFOLDED >> 20)) + packed.flush()


def zstandardized() -> bytes:
    packed = zstandard.ZstdCompressor(level=3).compressobj()
    return b"".join(packed.compress(ZEROS) for _ in range(UNFOLDED >> 20)) + packed.flush()


def twice() -> bytes:
    return gzip.compress(gzipped())


def in_many_members() -> bytes:
    return gzip.compress(ZEROS) * (UNFOLDED >> 20)


BOMBS: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "gzip": ("gzip", gzipped, "too_large"),
    "deflate": ("deflate", deflated, "too_large"),
    "gzip in many members": ("gzip", in_many_members, "too_large"),
    # Not asked for, and not even unfolded.
    "zstd": ("zstd", zstandardized, "bad_answer"),
    "gzip in gzip": ("gzip, gzip", twice, "bad_answer"),
}


@pytest.mark.parametrize("kind", BOMBS)
def test_a_bomb_is_given_up_at_the_limit_without_being_held(kind: str) -> None:
    encoding, make, code = BOMBS[kind]
    bomb = make()

    def throw(handler: Handler) -> None:
        handler.send(200, bomb, Content_Encoding=encoding)

    with serving(FakeSource("alpha", always=throw)) as source:
        came, more = ask(source.url)
    assert came == code
    assert more < 64 << 10, f"{more} KiB more for an answer of 5 MiB at most"


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "zstd", "br", "gzip, gzip", "nonsense"])
def test_an_encoding_that_was_not_asked_for_or_is_not_what_it_says_is_a_bad_answer(encoding: str) -> None:
    with serving(
        FakeSource("alpha", always=lambda handler: handler.send(200, b"[]", Content_Encoding=encoding))
    ) as source:
        assert ask(source.url)[0] == "bad_answer"


def ask(url: str) -> tuple[str, int]:
    """What came of one call, in a process of its own, and the KiB that it took."""
    ended = subprocess.run(
        [sys.executable, "-c", ASKS, url],
        cwd=ROOT,
        env=os.environ,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert ended.returncode == 0, ended.stderr
    came, more = ended.stdout.split()[-2:]
    return came, int(more)
