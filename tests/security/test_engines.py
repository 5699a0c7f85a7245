"""Whatever runs behind the services listens to this machine alone, and to nobody without a password; and a
message that is code is not run."""

import json
import pickle
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import psutil
import psycopg2
import pymongo
import pytest
import redis
import requests
from kombu import Connection, Exchange, Queue
from pymongo.errors import PyMongoError

from fixtures import cast
from tests.security.conftest import MOST_SECONDS
from tests.stack import Analyst, Stack, eventually

pytestmark = pytest.mark.e2e

CANARY = "15350946056"
LOOPBACK = {"127.0.0.1", "::1"}


def engine(stack: Stack, name: str) -> Any:
    """The parts of an engine's URL."""
    return urlsplit(stack.state["engines"][name])


def test_every_process_listens_on_loopback_only(stack: Stack) -> None:
    listening: dict[str, set[str]] = {}
    for name in stack.state["pids"]:
        process = psutil.Process(stack.pid(name))
        for each in (process, *process.children(recursive=True)):
            for connection in each.net_connections("inet"):
                if connection.status == psutil.CONN_LISTEN:
                    listening.setdefault(name, set()).add(connection.laddr.ip)
    assert {name: ips for name, ips in listening.items() if not ips <= LOOPBACK} == {}
    assert {"postgres", "redis", "mongod", "flower", "portal", "alpha", "beta", "capa"} <= set(listening)


@pytest.mark.parametrize("password", [None, "", "x", "redis", "dossier"])
def test_redis_answers_nobody_without_its_password(stack: Stack, password: str | None) -> None:
    place = engine(stack, "redis_url")
    for user in (None, "default"):
        with redis.Redis(place.hostname, place.port, username=user, password=password) as client:
            for command in ("PING", "KEYS *", "CONFIG GET *", "LRANGE interactive 0 -1", "INFO"):
                with pytest.raises(redis.AuthenticationError):
                    client.execute_command(*command.split())


@pytest.mark.parametrize("user", ["", "admin", "dossier_app", "dossier_owner"])
def test_mongodb_tells_nobody_anything_without_a_password(stack: Stack, user: str) -> None:
    place = engine(stack, "mongo_url")
    login: dict[str, Any] = {"username": user, "password": "x"} if user else {}
    client: pymongo.MongoClient[Any]
    with pymongo.MongoClient(place.hostname, place.port, serverSelectionTimeoutMS=1000, **login) as client:
        for look in (
            lambda: client.list_database_names(),
            lambda: client["beta_db"].list_collection_names(),
            lambda: client["beta_db"]["customer"].find_one(),
            lambda: client["admin"].command("createUser", "evil", pwd="x", roles=["root"]),
        ):
            with pytest.raises(PyMongoError, match=r"[Aa]uthentication"):
                look()


@pytest.mark.parametrize("role", ["postgres", "dossier_app", "dossier_owner"])
@pytest.mark.parametrize("password", ["", "x", "postgres"])
def test_postgresql_lets_nobody_in_without_a_password(stack: Stack, role: str, password: str) -> None:
    place = engine(stack, "database_url")
    with pytest.raises(psycopg2.OperationalError, match="password"):
        psycopg2.connect(
            host=place.hostname, port=place.port, user=role, password=password, dbname="delta_db"
        )


def test_the_application_s_role_is_no_superuser_and_reads_no_file(stack: Stack) -> None:
    connection = psycopg2.connect(stack.state["engines"]["database_url"] + "delta_db")
    for statement in (
        "copy (select 1) to program 'true'",
        "select pg_read_file('/etc/passwd')",
        "create role evil superuser",
        "drop table orchestrator_dossier",
        "alter table orchestrator_dossier add evil int",
        "create extension evil",
    ):
        with connection, connection.cursor() as cursor, pytest.raises(psycopg2.Error, match=r"denied|must"):
            cursor.execute(statement)
        connection.rollback()
    connection.close()


@pytest.mark.parametrize(
    "path",
    ["/", "/workers", "/tasks", "/broker", "/metrics", "/api/tasks", "/api/workers", "/login", "/nowhere"],
)
@pytest.mark.parametrize("login", [None, ("flower", ""), ("flower", "flower"), ("admin", "admin")])
def test_flower_shows_nobody_anything_without_its_password(
    stack: Stack, path: str, login: tuple[str, str] | None
) -> None:
    answer = requests.get(stack.url("flower") + path, auth=login, timeout=MOST_SECONDS, allow_redirects=False)
    assert answer.status_code in (401, 403)
    assert "celery" not in answer.text.lower()


@pytest.mark.parametrize(
    "path",
    [
        "/api/task/async-apply/orchestrator.forget_what_is_old",
        "/api/task/send-task/orchestrator.forget_what_is_old",
        "/api/task/revoke/x",
        "/api/worker/shutdown/interactive@x",
        "/api/worker/queue/add-consumer/interactive@x",
    ],
)
def test_flower_is_for_looking_also_with_its_password(stack: Stack, path: str) -> None:
    state = stack.state
    login = (state["flower_user"], state["flower_password"])
    answer = requests.post(stack.url("flower") + path, auth=login, json={"args": []}, timeout=MOST_SECONDS)
    assert answer.status_code in (401, 403, 404)


class Evil:
    """Pickled, it makes a file wherever it is unpickled."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Any, ...]:
        return (Path.touch, (self.file,))


@pytest.mark.parametrize("queue", ["interactive", "batch", "quarantine"])
def test_a_pickled_message_is_refused_and_nothing_beside_it_is_lost(
    stack: Stack, analyst: Analyst, tmp_path: Path, queue: str
) -> None:
    file = tmp_path / "unpickled"
    with Connection(
        stack.state["engines"].get("broker_url") or stack.state["engines"]["redis_url"]
    ) as broker:
        producer = broker.Producer()
        target = Queue(queue, Exchange(queue), routing_key=queue)
        for kind in ("application/x-python-serialize", "application/x-yaml", "application/x-evil"):
            producer.publish(
                pickle.dumps([[Evil(file), CANARY], {}, {}]),
                content_type=kind,
                content_encoding="binary",
                exchange=target.exchange,
                routing_key=queue,
                declare=[target],
                headers={"task": "orchestrator.fetch_source", "id": "evil", "lang": "py"},
            )
        # In the guise of JSON, as a body and as a result.
        producer.publish(
            json.dumps({"py/reduce": ["os.system", "x"], "cpf": CANARY}),
            content_type="application/json",
            content_encoding="utf-8",
            exchange=target.exchange,
            routing_key=queue,
            headers={"task": "os.system", "id": "evil", "lang": "py"},
        )
        receipts = [analyst.ask(cast.MARIA.cpf, fresh=True) for _ in range(3)]
        left: Any = broker.default_channel.client  # type: ignore[attr-defined]  # Redis's own
        eventually(lambda: left.llen(queue), until=lambda number: number == 0, seconds=30)
    assert {analyst.follow(receipt)["state"] for receipt in receipts} == {"complete"}
    run = analyst.session.post(
        f"{stack.url('portal')}/api/runs/lists/",
        data={"purpose": "credit_analysis"},
        files={"file": ("list.csv", f"cpf\n{cast.MARIA.cpf}\n".encode())},
        timeout=MOST_SECONDS,
    ).json()

    def state() -> str:
        told = analyst.session.get(f"{stack.url('portal')}/api/runs/{run['run_id']}/", timeout=MOST_SECONDS)
        return str(told.json()["state"])

    assert (
        eventually(state, until=lambda told: told in ("complete", "partial", "failed"), seconds=60)
        == "complete"
    )
    assert not file.exists()
    log = (stack.folder / "logs" / f"worker-{queue}.log").read_text(errors="replace")
    assert "message refused" in log
    assert CANARY not in log, "the worker wrote what it refused into its log"


def test_the_message_would_have_run_where_pickle_is_taken(tmp_path: Path) -> None:
    """Or the test above could not fail."""
    file = tmp_path / "unpickled"
    pickle.loads(pickle.dumps([[Evil(file)], {}, {}]))
    assert file.exists()
    assert time.time() - file.stat().st_mtime < MOST_SECONDS
