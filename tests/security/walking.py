"""Every address that a service answers a GET at, with real things behind it, and all that its stores hold."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import psycopg2
import pymongo
import requests
from django.urls import URLPattern, URLResolver, get_resolver
from psycopg2 import sql

from fixtures import cast
from tests.security.conftest import MOST_SECONDS, SOURCES
from tests.stack import Analyst, Stack, eventually

DATABASES = ("alpha_db", "beta_db", "capa_db", "delta_db")
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>|{(\w+)}")
_SHARED = ("/healthz", "/readyz", "/api/schema/", "/api/docs/", "/api/problems/", "/api/problems/not_found/")


@dataclass(frozen=True, kw_only=True)
class Things:
    """What there is to be looked at in the portal."""

    dossier: int
    request: str
    run: int

    def fill(self, route: str) -> str:
        """An address of the route at which there is something."""
        known: Mapping[str, object] = {
            "dossier_id": self.dossier,
            "request_id": self.request,
            "run_id": self.run,
            "number": 1,
            "version": 1,
            "code": "not_found",
        }
        return _PARAMETER.sub(lambda name: str(known.get(name[1] or name[2], 1)), route)


def made(analyst: Analyst) -> Things:
    """A dossier, its request and a run of a list, all of them ended."""
    receipt = analyst.ask(cast.MARIA.cpf)
    analyst.follow(receipt)
    base = analyst.stack.url("portal")
    sent = analyst.session.post(
        f"{base}/api/runs/lists/",
        data={"purpose": "credit_analysis"},
        files={"file": ("list.csv", f"cpf\n{cast.MARIA.cpf}\n".encode())},
        timeout=MOST_SECONDS,
    )
    assert sent.status_code == 202, sent.text
    run = sent.json()["run_id"]

    def ended() -> bool:
        told = analyst.session.get(f"{base}/api/runs/{run}/", timeout=MOST_SECONDS).json()
        return told["state"] not in ("queued", "planning", "running", "waiting", "paused")

    eventually(ended, seconds=90)
    return Things(dossier=receipt["dossier_id"], request=receipt["request_id"], run=run)


def addresses(stack: Stack, service: str, things: Things) -> list[str]:
    """Every address of a service, without a query."""
    if service == "portal":
        return ["/" + things.fill(route) for route in sorted(set(_routes(get_resolver())))]
    url, told = f"{stack.url(service)}/api/schema/", {"Accept": "application/json"}
    document = requests.get(url, headers=told, timeout=MOST_SECONDS).json()
    paths = [path for path, methods in document["paths"].items() if "get" in methods]
    return [*_SHARED, *(path.replace("{cpf}", cast.MARIA.cpf).replace("{id}", "1") for path in paths)]


def _routes(resolver: URLResolver, before: str = "") -> Iterator[str]:
    for pattern in resolver.url_patterns:
        route = before + re.sub(r"\\Z|[\^$\\]", "", str(pattern.pattern))
        if isinstance(pattern, URLPattern):
            yield route
        else:
            yield from _routes(pattern, route)


def everything(stack: Stack) -> dict[str, str]:
    """A digest of what each table and each collection holds."""
    held = {}
    for database in DATABASES:
        connection = psycopg2.connect(stack.state["engines"]["database_url"] + database)
        with connection, connection.cursor() as cursor:
            cursor.execute(
                "select relname from pg_class join pg_namespace on pg_namespace.oid = relnamespace"
                " where relkind in ('r', 'p') and not relispartition and nspname = 'public'"
                " and has_table_privilege(pg_class.oid, 'select')"
            )
            for (table,) in cursor.fetchall():
                rows = sql.SQL("select count(*), sum(hashtextextended(each::text, 0)) from {} as each")
                cursor.execute(rows.format(sql.Identifier(table)))
                held[f"{database}.{table}"] = str(cursor.fetchone())
        connection.close()
    client: pymongo.MongoClient[Any]
    with pymongo.MongoClient(stack.state["engines"]["mongo_url"]) as client:
        for database in (f"{source}_db" for source in SOURCES[1:]):
            for name in client[database].list_collection_names():
                documents = sorted(map(repr, client[database][name].find()))
                held[f"{database}.{name}"] = sha256("\n".join(documents).encode()).hexdigest()
    return held
