"""The speed of a source's store: the driver's own rows, serialised by orjson, in one process.

`SERVICE=capa .venv/bin/python -m tests.bench.raw_rows` tells the CPFs a second of the running stack of
STACK_DIR (`.local` unless given). No web server, no shape of ours, no record of who was consulted.
"""

import json
import os
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import orjson
import psycopg2
import pymongo

LARGEST_BATCH = 1000
PASSES = 5

Read = Callable[[list[str]], Any]
Engines = Mapping[str, str]


def per_second(cpfs: list[str], ask: Callable[[list[str]], object]) -> float:
    """How many CPFs a second are answered, one call after the other, after one pass to warm up."""
    chunks = [cpfs[start : start + LARGEST_BATCH] for start in range(0, len(cpfs), LARGEST_BATCH)]
    for chunk in chunks:
        ask(chunk)
    began = time.perf_counter()
    for _ in range(PASSES):
        for chunk in chunks:
            ask(chunk)
    return len(cpfs) * PASSES / (time.perf_counter() - began)


def alpha(engines: Engines) -> tuple[list[str], Read]:
    """Alpha's CPFs, and how to read customers and debts."""
    cursor = psycopg2.connect(f"{engines['database_url']}alpha_db").cursor()
    cursor.execute("select cpf from customer")

    def read(chunk: list[str]) -> Any:
        cursor.execute("select * from customer where cpf = any(%s)", [chunk])
        customers = cursor.fetchall()
        cursor.execute("select * from debt where customer_id = any(%s)", [[row[0] for row in customers]])
        return customers, cursor.fetchall()

    return [cpf for (cpf,) in cursor.fetchall()], read


def beta(engines: Engines) -> tuple[list[str], Read]:
    """Beta's CPFs, and how to read customers with all that is in them."""
    database = pymongo.MongoClient[dict[str, Any]](engines["mongo_url"])["beta_db"]
    return _reading(database["customer_document"])


def capa(engines: Engines) -> tuple[list[str], Read]:
    """Capa's CPFs, and how to read transactions and last purchases."""
    database = pymongo.MongoClient[dict[str, Any]](engines["mongo_url"])["capa_db"]
    return _reading(database["FinancialTransactions"], database["LastPurchases"])


def _reading(*collections: Any) -> tuple[list[str], Read]:
    def read(chunk: list[str]) -> Any:
        return [list(collection.find({"cpf": {"$in": chunk}})) for collection in collections]

    return sorted({cpf for collection in collections for cpf in collection.distinct("cpf")}), read


SOURCES: Mapping[str, Callable[[Engines], tuple[list[str], Read]]] = {
    "alpha": alpha,
    "beta": beta,
    "capa": capa,
}


def main(source: str, folder: Path) -> None:
    """Measures the store of one source, and prints one JSON object."""
    cpfs, read = SOURCES[source](json.loads((folder / "stack.json").read_text())["engines"])
    speed = per_second(cpfs, lambda chunk: orjson.dumps(read(chunk), default=str))
    print(json.dumps({"source": source, "cpfs": len(cpfs), "cpfs_per_second": round(speed)}))


if __name__ == "__main__":
    main(os.environ["SERVICE"], Path(os.environ.get("STACK_DIR", ".local")))
