"""Log lines as JSON, in which no address, payload or exception message can appear.

Routes of the original carry a CPF in the address, and the messages of database errors quote
the values that they are about. So the access log names the route's pattern, and a traceback is
its exception types and its frames, without their messages.
"""

import logging
import sys
from pathlib import Path
from traceback import walk_tb
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict

# Loggers whose messages quote what was sent, and what is said instead.
QUOTING = {
    "django.request": "request failed",
    "django.security": "request refused",
    "django.server": "request served",
    "gunicorn.error": "request could not be read or answered",
    "celery.worker.consumer": "message refused: it is none of our tasks",
}
# Of these loggers only the messages that begin so: the others tell how the process does.
QUOTING_STARTS = {
    "gunicorn.error": ("Invalid request from", "Error handling request"),
    "celery.worker.consumer": ("Received ", "Can't decode "),
}


class WithoutAddress(logging.Filter):
    """Replaces messages that would quote what a client sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record in place; nothing is dropped."""
        family = next((name for name in QUOTING if record.name.startswith(name)), None)
        if family and str(record.msg).lstrip().startswith(QUOTING_STARTS.get(family, "")):
            record.msg, record.args = QUOTING[family], ()
        return True


def frames_only(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Turns `exc_info` into types and frames: messages of exceptions may quote personal data."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if not isinstance(error, BaseException):
        return event
    told, seen = [], list[BaseException]()
    while error is not None and error not in seen:
        frames = [
            f"{'/'.join(Path(frame.f_code.co_filename).parts[-3:])}:{line} {frame.f_code.co_name}"
            for frame, line in walk_tb(error.__traceback__)
        ]
        told.append({"type": f"{type(error).__module__}.{type(error).__qualname__}", "frames": frames})
        seen.append(error)
        error = error.__cause__ or error.__context__
    event["exception"] = told
    return event


def logging_config(level: str) -> dict[str, Any]:
    """Configures structlog, and gives the matching `LOGGING` for Django and gunicorn."""
    shared: list[Any] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    formatter = {
        "()": structlog.stdlib.ProcessorFormatter,
        "foreign_pre_chain": shared,
        "processors": [
            structlog.stdlib.ProcessorFormatter.remove_processors_meta,
            frames_only,
            structlog.processors.JSONRenderer(
                serializer=lambda event, **_: orjson.dumps(event, default=str).decode()
            ),
        ],
    }
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "filters": {"without_address": {"()": WithoutAddress}},
        "formatters": {"json": formatter},
        "handlers": {
            "console": {
                "class": "logging.StreamHandler",
                "formatter": "json",
                "filters": ["without_address"],
            }
        },
        "root": {"handlers": ["console"], "level": level},
        "loggers": {
            "django": {"handlers": [], "propagate": True},
            "django.request": {"level": "ERROR"},  # what clients did wrong is in the access log
            "gunicorn.error": {"handlers": [], "propagate": True, "level": level},
            "gunicorn.access": {"handlers": [], "propagate": False},
            "celery.worker.strategy": {"level": "WARNING"},  # that a task was received; its end is logged
            "pymongo": {"level": "WARNING"},  # below that it quotes commands
            "oauthlib": {"level": "WARNING"},  # below that it quotes tokens
            "oauth2_provider": {"level": "WARNING"},
        },
    }
