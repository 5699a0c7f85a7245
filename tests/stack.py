"""The whole stack under test: started by `ops/up` in a folder of its own, on free ports."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import psutil
import requests

from ops.engines import ports
from ops.engines.processes import built

ROOT = Path(__file__).resolve().parents[1]
T = TypeVar("T")
RENEWED_SECONDS = 600.0  # of the 900 that a token is good for

# Sources that can be told to misbehave, and less patience with a worker that is silent.
FOR_FAULTS = {
    "FAULT_DRILL": "1",
    "WORKER_ASKED_SECONDS": "2",
    "WORKER_SILENT_SECONDS": "20",
    "SWEEPER_SILENT_SECONDS": "15",
}


def eventually(
    look: Callable[[], T], *, until: Callable[[T], object] = bool, seconds: float = 30.0, every: float = 0.05
) -> T:
    """What `look` gives as soon as `until` holds of it; fails at the deadline with what it gave last."""
    ends = time.monotonic() + seconds
    while True:
        seen = look()
        if until(seen):
            return seen
        assert time.monotonic() < ends, f"not within {seconds} s; last seen: {seen!r}"
        time.sleep(every)


class Bearer(requests.auth.AuthBase):
    """Authorizes a session's requests for as long as it lasts: tokens do not."""

    def __init__(self, issue: Callable[[], str]) -> None:
        self._issue, self.token, self._renew_at = issue, issue(), time.monotonic() + RENEWED_SECONDS

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        """The request with a token that is good."""
        if time.monotonic() > self._renew_at:
            self.token, self._renew_at = self._issue(), time.monotonic() + RENEWED_SECONDS
        request.headers["Authorization"] = f"Bearer {self.token}"
        return request


@dataclass(frozen=True)
class Stack:
    """A running stack, as its stack.json describes it."""

    folder: Path
    environ: Mapping[str, str]

    @property
    def state(self) -> dict[str, Any]:
        """stack.json as it is now."""
        state: dict[str, Any] = json.loads((self.folder / "stack.json").read_text())
        return state

    def url(self, service: str) -> str:
        """A service's base URL."""
        return str(self.state["urls"][service])

    def pid(self, process: str) -> int:
        """A process's own pid, as it is now."""
        return int(self.state["pids"][process])

    @contextmanager
    def frozen(self, process: str) -> Iterator[None]:
        """Stops a process and its children (SIGSTOP): what it serves accepts and never answers."""
        master = psutil.Process(self.pid(process))
        family = [master, *master.children(recursive=True)]
        for member in family:
            with suppress(psutil.NoSuchProcess):  # PostgreSQL's backends end as they like
                member.suspend()
        try:
            yield
        finally:
            for member in family:
                with suppress(psutil.NoSuchProcess):
                    member.resume()

    def run(self, *command: str, seconds: float = 240, **environ: str) -> "subprocess.CompletedProcess[str]":
        """Runs a command of the repository in this stack's environment, for so long at most."""
        return subprocess.run(
            command,
            cwd=ROOT,
            env={**self.environ, **environ},
            capture_output=True,
            text=True,
            timeout=seconds,
        )

    def token(self, service: str, client: Mapping[str, str], **form: str) -> str:
        """A Bearer token of a service."""
        answer = requests.post(
            f"{self.url(service)}/api/oauth/token/",
            data={"grant_type": "client_credentials", **form},
            auth=(client["client_id"], client["client_secret"]),
            timeout=10,
        )
        assert answer.status_code == 200, answer.text
        return str(answer.json()["access_token"])

    def session(self, service: str, client: Mapping[str, str] | None = None) -> requests.Session:
        """A session of a machine client of a service: of the one that has all scopes, unless told."""
        state = self.state
        known = state["api_client"] if service == "portal" else state["source_clients"][service]
        session = requests.Session()
        session.auth = Bearer(lambda: self.token(service, client or known))
        return session


@dataclass(frozen=True)
class Analyst:
    """A machine client of the portal's API."""

    stack: Stack
    session: requests.Session

    @classmethod
    def of(cls, stack: Stack, *scopes: str) -> "Analyst":
        """A new machine client that has these scopes."""
        granted = [part for scope in scopes for part in ("--scope", scope)]
        command = (sys.executable, "manage.py", "create_api_client", "another", *granted)
        made = stack.run(*command, SERVICE="portal")
        assert made.returncode == 0, made.stderr[-2000:]
        return cls(stack, stack.session("portal", json.loads(made.stdout)))

    def ask(self, cpf: str, **options: Any) -> dict[str, Any]:
        """Asks for a dossier; gives the receipt."""
        answer = self.session.post(
            f"{self.stack.url('portal')}/api/customers-dossiers/",
            json={"cpf": cpf, "purpose": "credit_analysis", **options},
            timeout=15,
        )
        assert answer.status_code == 202, answer.text
        receipt: dict[str, Any] = answer.json()
        return receipt

    def status(self, receipt: Mapping[str, Any]) -> dict[str, Any]:
        """Where a request stands."""
        url = requests.compat.urljoin(self.stack.url("portal"), receipt["status_url"])
        answer = self.session.get(url, timeout=15)
        assert answer.status_code == 200, answer.text
        status: dict[str, Any] = answer.json()
        return status

    def follow(self, receipt: Mapping[str, Any], seconds: float = 60.0) -> dict[str, Any]:
        """The status when the request has ended; patient with a portal that is away meanwhile."""

        def look() -> dict[str, Any]:
            try:
                return self.status(receipt)
            except (AssertionError, requests.RequestException) as error:
                return {"state": "away", "why": str(error)}

        over = ("complete", "partial", "failed", "cancelled")
        return eventually(look, until=lambda status: status["state"] in over, seconds=seconds)

    def dossier(self, dossier_id: int, version: int | None = None) -> dict[str, Any]:
        """A dossier's latest version, or the one given."""
        path = f"/api/customers-dossiers/{dossier_id}/" + (f"versions/{version}/" if version else "")
        answer = self.session.get(self.stack.url("portal") + path, timeout=15)
        assert answer.status_code == 200, answer.text
        found: dict[str, Any] = answer.json()
        return found


def free_ports(number: int) -> list[int]:
    """Ports that nobody listens on now, and that no outgoing connection is given until they are used."""
    return [ports.choose() for _ in range(number)]


def environment(folder: Path) -> dict[str, str]:
    """The environment of a stack of its own: nothing of the tests' engines or of a stack here, free ports."""
    names = ("ALPHA", "BETA", "CAPA", "PORTAL", "FLOWER")
    chosen = {f"{name}_PORT": str(port) for name, port in zip(names, free_ports(5), strict=True)}
    # A night that comes while tests run would ask the sources too.
    return built(os.environ, **chosen, STACK_DIR=str(folder), ENV_FILE=os.devnull, NIGHTLY_AT="off")


@contextmanager
def running(
    folder: Path, environ: Mapping[str, str] | None = None, *, customers: int = 30
) -> Iterator[Stack]:
    """`ops/up --detach`, and `ops/down` at the end."""
    stack = Stack(folder, {**environment(folder), **(environ or {})})
    started = stack.run("ops/up", "--detach", "--customers", str(customers), seconds=240 + customers / 100)
    assert started.returncode == 0, started.stderr[-4000:]
    try:
        yield stack
    finally:
        stack.run("ops/down")
