"""What went to the log, as the services write it."""

import io
import json
import logging.config
from collections.abc import Callable
from typing import Any

from django.conf import settings


def captured() -> Callable[[], list[dict[str, Any]]]:
    """From now on lines are kept; gives what reads those since the last look, parsed."""
    stream = io.StringIO()
    console = {**settings.LOGGING["handlers"]["console"], "stream": stream}
    logging.config.dictConfig({**settings.LOGGING, "handlers": {"console": console}})

    def read() -> list[dict[str, Any]]:
        text = stream.getvalue()
        stream.truncate(stream.seek(0))
        return [json.loads(line) for line in text.splitlines()]

    return read
