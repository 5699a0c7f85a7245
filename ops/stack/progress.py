"""What the person at the terminal sees while a long step runs (on stderr; stdout is for results)."""

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager


@contextmanager
def step(title: str) -> Iterator[None]:
    """Says what is being done, and how long it took."""
    began = time.monotonic()
    print(f"→ {title} …", file=sys.stderr, flush=True)
    yield
    say(f"✓ {title} ({time.monotonic() - began:.1f} s)")


def say(text: str) -> None:
    """One line."""
    print(text, file=sys.stderr, flush=True)
