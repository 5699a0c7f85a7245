"""What is done once in each service's databases: migrations, API clients, demo customers, the demo accounts.

Every step is recorded in `secrets.json` with a stamp of what it depends on, so that a second start
does nothing; steps in databases that are not ours are always run (they are safe to repeat). API
clients, whose secrets can be read only once, are recorded for each database they were made in.
"""

import hashlib
import json
import secrets
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from ops.engines.base import DONE
from ops.engines.errors import StackProblem
from ops.engines.files import Record
from ops.stack.config import OVERRIDES, ROOT, SOURCES, Stack
from ops.stack.progress import step

SEED = 1
PORTAL_SCOPES = ("dossier:request", "dossier:read", "dossier:all", "dossier:pin", "batch:run", "runs:all")
# One account of each kind: what stack.json calls it, its name, its role and its team.
ACCOUNTS = (
    ("analyst", "analista", "analyst", "Crédito"),
    ("colleague", "colega", "analyst", "Crédito"),
    ("analyst_elsewhere", "analista.outra", "analyst", "Cobrança"),
    ("supervisor", "supervisora", "supervisor", "Crédito"),
    ("auditor", "auditora", "auditor", ""),
    ("operator", "operador", "operator", ""),
    ("privacy_officer", "encarregada", "privacy_officer", ""),
    ("administrator", "administrador", "administrator", ""),
)
LONGEST_STEP_SECONDS = 900
ELSEWHERE = ("DATABASE_URL", "MONGO_URL", *(name for name in OVERRIDES if name != "BROKER_URL"))
ENGINE_URLS = ("DATABASE_URL", "REDIS_URL", "MONGO_URL", "BROKER_URL")


class Setup:
    """Runs `manage.py` commands as the owner role; `environ` is what they are run with."""

    def __init__(self, stack: Stack, record: Record, environ: Mapping[str, str], customers: int) -> None:
        self.stack = stack
        self.record = record
        self.environ = environ
        self.customers = customers
        self.repeats = any(stack.environ.get(name) for name in ELSEWHERE)

    def is_done(self) -> bool:
        """Whether nothing is left to do, known without asking a database."""
        steps = (step for service in self.stack.services for step in self._steps(service))
        return not self.repeats and all(self._is_recorded(name, stamp) for name, stamp, _ in steps)

    def has_erasures(self) -> bool:
        """Whether the register of erasures names any."""
        given = self.stack.environ.get("ERASURE_REGISTER")
        path = Path(given) if given else self.stack.folder / "erasures.jsonl"
        return path.exists() and path.stat().st_size > 0

    def replay_erasures(self) -> None:
        """Whom the register names is erased in this database too, which may have been restored: before
        anything starts."""
        if self.has_erasures():
            self.manage("portal", "replay_erasures")

    def run(self) -> None:
        """Prepares every service that runs here, two at a time."""
        pool = ThreadPoolExecutor(max_workers=2)
        try:
            list(pool.map(self._prepare, self.stack.services))
        finally:
            pool.shutdown(wait=False, cancel_futures=True)

    def _prepare(self, service: str) -> None:
        for name, stamp, do in self._steps(service):
            if self.repeats:
                do()
            elif not self._is_recorded(name, stamp):
                do()
                self.record.keep(DONE + name, stamp)

    def _is_recorded(self, name: str, stamp: str) -> bool:
        return bool(self.record.get(DONE + name) == stamp)

    def _steps(self, service: str) -> list[tuple[str, str, Callable[[], object]]]:
        """What there is to do for a service: a name, a stamp of what it depends on, and the doing."""
        # How long Capa keeps its log is a property of an index, which `migrate` makes.
        schema = f"{_digest(_migrations())} {self.stack.environ.get('CONSULTED_DAYS', '')}"
        migrate = ("migrate", "--no-input", "-v", "0")
        migration = (
            f"{service}:migrations",
            schema,
            lambda: self._shown(f"Migrating {service}", service, *migrate),
        )
        if service == "portal":
            return [
                migration,
                ("portal:clients", "1", self.portal_client),
                ("portal:users", _digest_of(ACCOUNTS), self._create_users),
            ]
        data = f"{self.customers} {SEED} {_digest((ROOT / 'fixtures').rglob('*.py'))}"
        loading = f"Loading {self.customers} generated customers and the demo cast into {service}"
        load = ("load_customers", "--customers", str(self.customers), "--seed", str(SEED))
        names = ("people", "orchestrator")
        return [
            migration,
            (f"{service}:clients", "1", lambda: [self.source_client(service, name) for name in names]),
            (f"{service}:customers", data, lambda: self._shown(loading, service, *load)),
        ]

    def _create_users(self) -> None:
        passwords = accounts(self.record)
        given = [{**passwords[kind], "role": role, "team": team} for kind, _, role, team in ACCOUNTS]
        title = "Creating the demo accounts"
        self._shown(title, "portal", "create_demo_users", DEMO_ACCOUNTS=json.dumps(given))

    def _shown(self, title: str, service: str, *arguments: str, **environ: str) -> None:
        with step(title):
            self.manage(service, *arguments, **environ)

    def portal_client(self) -> dict[str, str]:
        """The API client with every portal scope."""
        return self._client("portal", "demo-all", PORTAL_SCOPES)

    def source_client(self, service: str, name: str) -> dict[str, str]:
        """A source's client: `people` may read and write, `orchestrator` may read."""
        return self._client(service, name, ("read",) if name == "orchestrator" else ("read", "write"))

    def _client(self, service: str, name: str, scopes: Iterable[str]) -> dict[str, str]:
        """Made where it is not recorded for that service's database, which is known by a digest of its place
        where it is not ours."""
        override = self.stack.environ.get(f"{service.upper()}_DATABASE_URL")
        made_in = f"{DONE}{service}"
        if url := override or self.stack.environ.get("DATABASE_URL"):
            server = urlsplit(url)
            place = f"{server.hostname}:{server.port or 5432}/{server.path if override else service}"
            made_in = f"{service}@{hashlib.sha256(place.encode()).hexdigest()[:16]}"

        def create() -> dict[str, str]:
            options = [part for scope in scopes for part in ("--scope", scope)]
            output = self.manage(service, "create_api_client", name, *options)
            created: dict[str, str] = json.loads(output.strip().splitlines()[-1])
            return created

        client: dict[str, str] = self.record.once(f"{made_in}:client:{name}", create)
        return client

    def manage(self, service: str, *arguments: str, **environ: str) -> str:
        """Runs a command of manage.py as a service, with more in its environment; gives what it prints.

        Raises StackProblem with the end of what it complains of where it fails.
        """
        done = subprocess.run(
            [sys.executable, "manage.py", *arguments],
            cwd=ROOT,
            env={**self.environ, "SERVICE": service, **environ},
            capture_output=True,
            text=True,
            timeout=LONGEST_STEP_SECONDS,
            check=False,
        )
        if done.returncode:
            raise StackProblem(f"SERVICE={service} manage.py {arguments[0]} failed:\n{done.stderr[-2000:]}")
        return done.stdout

    def source_credentials(self) -> dict[str, str]:
        """SOURCE_X_URL, SOURCE_X_CLIENT_ID and SOURCE_X_CLIENT_SECRET for the orchestrator."""
        values: dict[str, str] = {}
        for name in SOURCES:
            prefix = f"SOURCE_{name.upper()}"
            values[f"{prefix}_URL"] = self.stack.urls[name]
            if name in self.stack.elsewhere:
                given = {
                    part: self.stack.environ[f"{prefix}_{part}"] for part in ("CLIENT_ID", "CLIENT_SECRET")
                }
            else:
                client = self.source_client(name, "orchestrator")
                given = {"CLIENT_ID": client["client_id"], "CLIENT_SECRET": client["client_secret"]}
            values |= {f"{prefix}_{part}": value for part, value in given.items()}
        return values


def accounts(record: Record) -> dict[str, dict[str, str]]:
    """The demo accounts' names and passwords by kind, generated once."""
    return {
        kind: {"username": name, "password": str(record.once(_password_of(kind), _password))}
        for kind, name, *_ in ACCOUNTS
    }


def _password_of(kind: str) -> str:
    return "portal_password" if kind == "analyst" else f"portal_password:{kind}"


def _password() -> str:
    return secrets.token_urlsafe(12)


def flower_login(record: Record) -> tuple[str, str]:
    """Flower's user and password."""
    return "flower", str(record.once("flower_password", lambda: secrets.token_hex(8)))


def _migrations() -> Iterable[Path]:
    for package in ("ops", "sources", "orchestrator", "portal"):
        yield from (ROOT / package).rglob("migrations/*.py")
    yield from (ROOT / "sources").rglob("documents.py")  # which say what indexes MongoDB has
    yield ROOT / "requirements.txt"  # third-party apps bring migrations too


def _digest_of(value: object) -> str:
    return hashlib.sha256(repr(value).encode()).hexdigest()[:16]


def _digest(paths: Iterable[Path]) -> str:
    digest = hashlib.sha256()
    for path in sorted(paths):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:16]


def state(stack: Stack, setup: Setup, urls: Mapping[str, str], pids: Mapping[str, int]) -> dict[str, Any]:
    """The content of stack.json."""
    user, password = flower_login(setup.record)
    people = accounts(setup.record)
    local_sources = [name for name in stack.services if name != "portal"]
    return {
        "urls": stack.urls,
        "portal_user": people["analyst"]["username"],
        "portal_password": people["analyst"]["password"],
        "accounts": people,
        "flower_user": user,
        "flower_password": password,
        "api_client": setup.portal_client(),
        "source_clients": {name: setup.source_client(name, "people") for name in local_sources},
        "engines": {name.lower(): urls[name] for name in ENGINE_URLS if name in urls},
        "pids": dict(pids),
    }
