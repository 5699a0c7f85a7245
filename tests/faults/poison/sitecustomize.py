"""Put on PYTHONPATH, it makes every Celery worker die of an answer that holds the word POISON, and hang
of one that holds ENDLESS.

It stands for a parser that crashes: the process is gone at once, with all that its pool was doing; or
for one that never comes to an end.
"""

import os
import signal
import sys
import time
from typing import Any

if "worker" in sys.orig_argv:
    import msgspec

    _Decoder: Any = msgspec.json.Decoder

    class Decoder:
        """Parses, or dies."""

        def __init__(self, *types: Any, **options: Any) -> None:
            self._decoder = _Decoder(*types, **options)

        def __class_getitem__(cls, _: Any) -> type["Decoder"]:
            return cls

        def decode(self, text: Any) -> Any:
            """What the text says."""
            if b"POISON" in bytes(text):
                os.kill(os.getpid(), signal.SIGKILL)
            if b"ENDLESS" in bytes(text):
                time.sleep(3600)
            return self._decoder.decode(text)

    msgspec.json.Decoder = Decoder  # type: ignore[misc, assignment]
