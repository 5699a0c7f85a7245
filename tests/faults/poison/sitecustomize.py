"""Put on PYTHONPATH, it makes every Celery worker die of an answer that holds the word POISON.

It stands for a parser that crashes: the process is gone at once, with all that its pool was doing.
"""

import os
import signal
import sys
from typing import Any

if "worker" in sys.orig_argv:
    import orjson

    _loads = orjson.loads

    def loads(text: Any) -> Any:
        """Parses, or dies."""
        if isinstance(text, bytes) and b"POISON" in text:
            os.kill(os.getpid(), signal.SIGKILL)
        return _loads(text)

    orjson.loads = loads
