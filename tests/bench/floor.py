"""The floor: how fast could anybody copy all customers out of the three sources?

A script without a queue, versions or validation: it lists every CPF, then three threads, one a
source, ask in bulk and COPY the raw answers into a scratch table. Alone, beside a running stack:

    STACK_DIR=.local .venv/bin/python -m tests.bench.floor
"""

import io
import json
import os
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import orjson
import psycopg2
import requests

SOURCES = ("alpha", "beta", "capa")
CHUNK = 1000
LISTED_AT_ONCE = 10_000
TABLE = "floor_of_refresh"


@dataclass(frozen=True)
class Source:
    """A source, and a session that may read it."""

    name: str
    url: str
    session: requests.Session

    def cpfs(self) -> Iterator[str]:
        """Every CPF that it lists."""
        cursor: str | None = ""
        while cursor is not None:
            query = {"cursor": cursor, "limit": str(LISTED_AT_ONCE)}
            page = self.session.get(f"{self.url}/api/customers/cpfs/", params=query).json()
            yield from page["cpfs"]
            cursor = page["next_cursor"]

    def answer(self, cpfs: Sequence[str]) -> list[dict[str, Any]]:
        """The raw items of a bulk call."""
        answer = self.session.post(f"{self.url}/api/customers/batch/", json={"cpfs": cpfs})
        answer.raise_for_status()
        items: list[dict[str, Any]] = orjson.loads(answer.content)
        return items


def run(folder: Path) -> dict[str, float]:
    """Seconds of the listing and of all, and how many customers were copied."""
    sources, owner = opened(folder)
    _execute(
        owner, f"drop table if exists {TABLE}; create table {TABLE} (source text, cpf text, answer text)"
    )
    try:
        began = time.perf_counter()
        with ThreadPoolExecutor(len(sources)) as pool:
            cpfs = sorted(set().union(*pool.map(lambda source: set(source.cpfs()), sources)))
            listed = time.perf_counter()
            list(pool.map(lambda source: _copy(source, cpfs, owner), sources))
        ended = time.perf_counter()
    finally:
        _execute(owner, f"drop table {TABLE}")
    return {"customers": len(cpfs), "listing_seconds": listed - began, "seconds": ended - began}


def opened(folder: Path) -> tuple[list[Source], str]:
    """The sources of a stack, and the URL of the portal's database as the role that may create a table."""
    state = json.loads((folder / "stack.json").read_text())
    sources = []
    for name in SOURCES:
        client, url = state["source_clients"][name], state["urls"][name]
        token = requests.post(
            f"{url}/api/oauth/token/",
            data={"grant_type": "client_credentials"},
            auth=(client["client_id"], client["client_secret"]),
        ).json()["access_token"]
        session = requests.Session()
        session.headers["Authorization"] = f"Bearer {token}"
        sources.append(Source(name, url, session))
    return sources, _owner(state["engines"]["database_url"], folder)


def _owner(database_url: str, folder: Path) -> str:
    password = json.loads((folder / "secrets.json").read_text())["dossier_owner_password"]
    parts = urlsplit(database_url)
    return urlunsplit(
        parts._replace(netloc=f"dossier_owner:{password}@{parts.hostname}:{parts.port}", path="/delta_db")
    )


def _copy(source: Source, cpfs: Sequence[str], database: str) -> None:
    connection = psycopg2.connect(database)
    try:
        for start in range(0, len(cpfs), CHUNK):
            rows = io.BytesIO()
            for item in source.answer(cpfs[start : start + CHUNK]):
                answer = orjson.dumps(item).replace(b"\\", b"\\\\")  # as COPY's text format wants it
                rows.write(b"%s\t%s\t%s\n" % (source.name.encode(), item["cpf"].encode(), answer))
            rows.seek(0)
            with connection.cursor() as cursor:
                cursor.copy_expert(f"copy {TABLE} from stdin", rows)
            connection.commit()
    finally:
        connection.close()


def _execute(database: str, statement: str) -> None:
    connection = psycopg2.connect(database)
    connection.autocommit = True
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    finally:
        connection.close()


if __name__ == "__main__":
    figures = run(Path(os.environ.get("STACK_DIR") or ".local"))
    print(json.dumps({**figures, "cpfs_per_second": figures["customers"] / figures["seconds"]}))
