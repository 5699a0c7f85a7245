"""Log lines as JSON, in which no address, payload or exception message can appear.

Routes of the original carry a CPF in the address, and the messages of database errors quote
the values that they are about. So the access log names the route's pattern, and a traceback is
its exception types and its frames, without their messages.
"""

import logging
import sys
from pathlib import Path
from types import TracebackType
from typing import Any

import orjson
import structlog
from structlog.typing import EventDict

# Loggers whose messages quote the request's address or body, and what is said instead.
QUOTING = {
    "django.request": "request failed",
    "django.security": "request refused",
    "django.server": "request served",
    "gunicorn.error": "request could not be read or answered",
}
QUOTING_STARTS = ("Invalid request from", "Error handling request")


class WithoutAddress(logging.Filter):
    """Replaces messages that would quote what a client sent."""

    def filter(self, record: logging.LogRecord) -> bool:
        """Rewrites the record in place; nothing is dropped."""
        family = next((name for name in QUOTING if record.name.startswith(name)), None)
        if family and (family != "gunicorn.error" or str(record.msg).startswith(QUOTING_STARTS)):
            record.msg, record.args = QUOTING[family], ()
        return True


def frames_only(_logger: Any, _method: str, event: EventDict) -> EventDict:
    """Turns `exc_info` into types and frames: messages of exceptions may quote personal data."""
    info = event.pop("exc_info", None)
    if info is True:
        info = sys.exc_info()
    error = info[1] if isinstance(info, tuple) else info
    if isinstance(error, BaseException):
        event["exception"] = [_described(each) for each in _chain(error)]
    return event


def _chain(error: BaseException | None) -> list[BaseException]:
    chain: list[BaseException] = []
    while error is not None and error not in chain:
        chain.append(error)
        error = error.__cause__ or error.__context__
    return chain


def _described(error: BaseException) -> dict[str, Any]:
    kind = type(error)
    return {"type": f"{kind.__module__}.{kind.__qualname__}", "frames": _frames(error.__traceback__)}


def _frames(traceback: TracebackType | None) -> list[str]:
    frames = []
    while traceback is not None:
        code = traceback.tb_frame.f_code
        frames.append(f"{'/'.join(Path(code.co_filename).parts[-3:])}:{traceback.tb_lineno} {code.co_name}")
        traceback = traceback.tb_next
    return frames


def _json(event: EventDict, **_kwargs: Any) -> str:
    return orjson.dumps(event, default=str).decode()


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
            structlog.processors.JSONRenderer(serializer=_json),
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
