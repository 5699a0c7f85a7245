"""Which engines this stack starts by itself, and the URLs of all three."""

from collections.abc import Mapping
from pathlib import Path

from ops.engines.base import Engine
from ops.engines.files import Record
from ops.engines.mongo import Mongo
from ops.engines.postgres import Postgres
from ops.engines.redis import Redis

ENGINES: tuple[type[Engine], ...] = (Postgres, Redis, Mongo)


def embedded(stack_dir: Path, record: Record, environ: Mapping[str, str]) -> list[Engine]:
    """The engines to start: those whose URL is not in the environment."""
    return [engine(stack_dir, record, environ) for engine in ENGINES if not environ.get(engine.url_variable)]


def urls(engines: list[Engine], environ: Mapping[str, str], *, owner: bool) -> dict[str, str]:
    """DATABASE_URL, REDIS_URL and MONGO_URL: as given, else the embedded engine's."""
    given = {kind.url_variable: environ.get(kind.url_variable, "") for kind in ENGINES}
    own = {engine.url_variable: engine.owner_url() if owner else engine.url() for engine in engines}
    return given | own
