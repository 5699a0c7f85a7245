import os
import shutil
import stat
from contextlib import closing
from typing import Any

import psutil
import psycopg2
import pymongo
import pytest
import redis
from pymongo.errors import OperationFailure

from ops.engines.base import DONE
from ops.engines.files import Record
from ops.engines.mongo import Mongo
from ops.engines.postgres import DATABASES, Postgres


def postgres(url, database="alpha_db"):
    connection = psycopg2.connect(url + database)
    connection.autocommit = True
    return closing(connection)


def mongo(url) -> pymongo.MongoClient[Any]:
    return pymongo.MongoClient(url)


def execute(url, *statements, database="alpha_db"):
    with postgres(url, database) as connection, connection.cursor() as cursor:
        for statement in statements:
            cursor.execute(statement)
        return cursor.fetchall() if cursor.description else None


def test_postgresql_wants_the_password(engines):
    url = engines["postgres"].url().replace("dossier_app:", "dossier_app:not")
    with pytest.raises(psycopg2.OperationalError, match="password authentication failed"):
        execute(url, "SELECT 1")


def test_redis_wants_the_password(engines):
    with pytest.raises(redis.AuthenticationError):
        redis.Redis(port=engines["redis"].port).ping()


def test_mongodb_wants_the_password(engines):
    stranger = mongo(f"mongodb://127.0.0.1:{engines['mongod'].port}/")
    with stranger, pytest.raises(OperationFailure, match="requires authentication"):
        stranger.capa_db.customers.find_one()


@pytest.mark.parametrize("database", DATABASES)
def test_the_owner_migrates_and_the_application_only_moves_rows(engines, database):
    owner, app = engines["postgres"].owner_url(), engines["postgres"].url()
    execute(owner, "CREATE TABLE debts (id serial PRIMARY KEY, amount numeric)", database=database)
    execute(
        app, "INSERT INTO debts (amount) VALUES (1.10)", "UPDATE debts SET amount = 2.20", database=database
    )
    assert execute(app, "SELECT count(*) FROM debts", database=database) == [(1,)]
    for forbidden in ("DROP TABLE debts", "CREATE TABLE mine (id int)", "TRUNCATE debts"):
        with pytest.raises(psycopg2.errors.InsufficientPrivilege):
            execute(app, forbidden, database=database)
    execute(owner, "DROP TABLE debts", database=database)


def test_the_owner_can_make_test_databases_where_the_application_role_works_too(engines):
    owner, app = engines["postgres"].owner_url(), engines["postgres"].url()
    execute(owner, "CREATE DATABASE test_here")
    execute(owner, "CREATE TABLE t (id int)", database="test_here")
    assert execute(app, "SELECT count(*) FROM t", database="test_here") == [(0,)]
    execute(owner, "DROP DATABASE test_here")


def test_mongodb_s_application_user_has_its_two_databases_and_no_others(engines):
    with mongo(engines["mongod"].url()) as client:
        client.capa_db.t.insert_one({"a": 1})
        client.capa_db.t.create_index("a")
        client.capa_db.t.drop()
        with pytest.raises(OperationFailure, match="not authorized"):
            client.other_db.t.insert_one({"a": 1})


def test_redis_keeps_everything_and_evicts_nothing(engines):
    with redis.Redis.from_url(engines["redis"].url()) as client:
        assert client.config_get("maxmemory-policy") == {"maxmemory-policy": "noeviction"}
        assert client.config_get("appendonly") == {"appendonly": "yes"}


def test_every_engine_listens_on_loopback_only(engines):
    listening = [
        connection.laddr.ip
        for process in engines.servers()
        for connection in process.net_connections("inet")
        if connection.status == psutil.CONN_LISTEN
    ]
    assert listening == ["127.0.0.1"] * 3


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user runs engines as oneself")
def test_root_lends_no_engine_its_rights(engines):
    assert all(0 not in process.uids() for process in engines.servers())


def test_passwords_are_in_private_files_and_in_no_command_line(engines):
    for name in ("secrets.json", "stack.env"):
        assert stat.S_IMODE((engines.folder / name).stat().st_mode) == 0o600
    lines = " ".join(" ".join(process.cmdline()) for process in engines.servers())
    record = Record(engines.folder)
    for name in ("postgres_password", "redis_password", "mongo_admin_password"):
        assert record.password(name) not in lines


def test_no_engine_logs_what_a_statement_carried(engines):
    cpf = "98765432100"
    execute(engines["postgres"].owner_url(), "CREATE TABLE people (cpf text UNIQUE)")
    with pytest.raises(psycopg2.errors.UniqueViolation):
        execute(engines["postgres"].url(), *[f"INSERT INTO people VALUES ('{cpf}')"] * 2)
    with pytest.raises(psycopg2.errors.InvalidTextRepresentation):
        execute(engines["postgres"].url(), f"SELECT 'x{cpf}'::int")
    with mongo(engines["mongod"].url()) as client:
        list(client.capa_db.t.find({"$where": f"sleep(150) || '{cpf}' == ''"}))
        client.capa_db.t.insert_one({"cpf": cpf})
        list(client.capa_db.t.find({"$where": f"sleep(150) || '{cpf}' == ''"}))
    for log in engines.folder.glob("*.log"):
        assert cpf not in log.read_text(), log.name


def test_data_passwords_and_ports_outlive_a_kill(tmp_path, run_engines):
    folder = tmp_path / "local"
    first = run_engines(folder)
    before = [engine.owner_url() for engine in first.all()]
    execute(first["postgres"].owner_url(), "CREATE TABLE kept (id int)", "INSERT INTO kept VALUES (7)")
    with mongo(first["mongod"].url()) as client:
        client.capa_db.get_collection("kept", write_concern=pymongo.WriteConcern(j=True)).insert_one(
            {"id": 7}
        )
    first.kill()
    second = run_engines(folder)
    assert second.ready
    assert [engine.owner_url() for engine in second.all()] == before
    assert execute(second["postgres"].url(), "SELECT id FROM kept") == [(7,)]
    with mongo(second["mongod"].url()) as client:
        assert client.capa_db.kept.count_documents({"id": 7}) == 1


def test_servers_whose_runner_was_killed_are_taken_over(tmp_path, run_engines):
    first = run_engines(
        tmp_path / "local", MONGO_URL="mongodb://elsewhere/", DATABASE_URL="postgres://elsewhere/"
    )
    (orphan,) = first.children()
    first.process.kill()
    first.process.communicate()
    second = run_engines(
        tmp_path / "local", MONGO_URL="mongodb://elsewhere/", DATABASE_URL="postgres://elsewhere/"
    )
    assert second.ready
    assert not orphan.is_running()


def test_an_engine_elsewhere_is_not_started(tmp_path, run_engines):
    given = {"MONGO_URL": "mongodb://elsewhere/", "DATABASE_URL": "postgres://elsewhere/"}
    running = run_engines(tmp_path / "local", **given)
    assert [process.name() for process in running.children()] == ["valkey-server"]
    env = dict(line.split("=", 1) for line in (running.folder / "stack.env").read_text().splitlines())
    assert env["MONGO_URL"] == "mongodb://elsewhere/"


def test_a_taken_port_is_one_sentence(engines, tmp_path, run_engines):
    port = str(engines["redis"].port)
    given = {"MONGO_URL": "mongodb://elsewhere/", "DATABASE_URL": "postgres://elsewhere/"}
    second = run_engines(tmp_path / "local", REDIS_PORT=port, **given)
    _, stderr = second.process.communicate()
    assert second.process.returncode == 1
    assert stderr == (
        f"error: Port {port}, where Redis should listen, is taken by another program: "
        "stop that one, or set REDIS_PORT to a free port.\n"
    )


@pytest.mark.parametrize("kind", [Postgres, Mongo])
def test_a_data_folder_that_starts_empty_forgets_what_was_done_in_another(tmp_path, kind):
    record = Record(tmp_path)
    record.keep(f"{DONE}alpha:migrations", "1")
    engine = kind(tmp_path, record, {})
    engine.prepare()
    assert f"{DONE}alpha:migrations" not in Record(tmp_path)


def test_a_data_folder_that_is_kept_keeps_what_was_done(tmp_path):
    engine = Postgres(tmp_path, Record(tmp_path), {})
    engine.prepare()
    engine.record.keep(f"{DONE}alpha:migrations", "1")
    engine.prepare()
    assert f"{DONE}alpha:migrations" in Record(tmp_path)


def test_a_second_run_in_the_same_folder_is_refused(engines, run_engines):
    second = run_engines(engines.folder)
    _, stderr = second.process.communicate()
    assert second.process.returncode == 1
    assert "already runs" in stderr


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_an_ordinary_user_runs_them_as_oneself(tmp_path, run_engines):
    folder = tmp_path / "local"
    folder.mkdir()
    shutil.chown(folder, "nobody")
    # The interpreter may be in a folder that is closed to others; the engines see an ordinary user.
    caps = ("--inh-caps=+dac_override", "--ambient-caps=+dac_override")
    prefix = ("setpriv", "--reuid=nobody", "--regid=nogroup", "--clear-groups", *caps)
    running = run_engines(folder, prefix=prefix, PYTHONDONTWRITEBYTECODE="1")
    assert running.ready
    assert {process.username() for process in running.children()} == {"nobody"}
    assert execute(running["postgres"].url(), "SELECT 1") == [(1,)]


def test_data_whose_passwords_are_lost_are_not_overwritten(tmp_path, run_engines):
    given = {"MONGO_URL": "mongodb://elsewhere/"}
    run_engines(tmp_path / "local", **given).stop()
    (tmp_path / "local" / "secrets.json").unlink()
    second = run_engines(tmp_path / "local", **given)
    _, stderr = second.process.communicate()
    assert second.process.returncode == 1
    assert "lost their passwords" in stderr
