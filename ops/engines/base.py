"""What every engine can do."""

import os
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import ClassVar

from ops.engines import ports, runas
from ops.engines.errors import StackProblem
from ops.engines.files import Record

# What was done once in a database (migrations, clients, fixtures) is recorded under names that start so.
DONE = "done:"


class Engine(ABC):
    """A database server that runs on loopback with generated passwords, its data kept in the stack's folder.

    Call `prepare()`, run `argv()` in the foreground, `wait_ready()`, then `bootstrap()`; each is
    safe to call again.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    url_variable: ClassVar[str]
    port_variable: ClassVar[str]
    stop_signal: ClassVar[str] = "TERM"

    def __init__(self, stack_dir: Path, record: Record, environ: Mapping[str, str] = os.environ) -> None:
        self.data = stack_dir / self.name
        self.record = record
        self.user = runas.engine_user(self.data)
        self.port = self._port(environ)

    def _port(self, environ: Mapping[str, str]) -> int:
        given = ports.read(environ, self.port_variable)
        return given or int(self.record.once(f"{self.name}_port", ports.choose))

    def require_port(self) -> None:
        """Raises StackProblem where another program listens on this engine's port."""
        ports.require_free(self.port, self.port_variable, self.title)

    def require_password(self, name: str, data: Path) -> None:
        """Raises StackProblem where data exist and the password that opens them is lost."""
        if name not in self.record:
            raise StackProblem(
                f"{data} has data but {self.record.path} lost their passwords: restore that file, "
                "or move the data folder away to start empty."
            )

    def forget_done(self) -> None:
        """The data folder starts empty: whatever was done in an earlier one has to be done again."""
        self.record.forget(DONE)

    def run_as(self, argv: list[str]) -> list[str]:
        """The command as the engine's user."""
        return runas.drop(argv, self.user, [Path(argv[0]), self.data])

    @abstractmethod
    def prepare(self) -> None:
        """Makes the data folder and the configuration; leaves existing data as they are."""

    @abstractmethod
    def argv(self) -> list[str]:
        """The command that runs the server in the foreground."""

    @abstractmethod
    def ping(self) -> bool:
        """Whether the server answers to an authenticated client (or to one yet to be created)."""

    @abstractmethod
    def bootstrap(self) -> None:
        """Creates roles, users and databases where they are missing."""

    @abstractmethod
    def url(self) -> str:
        """The URL for the application: it may read and write data, no more."""

    @abstractmethod
    def owner_url(self) -> str:
        """The URL for migrations and tests."""

    def wait_ready(self, seconds: float = 60, running: Callable[[], bool] = lambda: True) -> None:
        """Waits until the server answers; raises StackProblem when its process ends or time runs out."""
        deadline = time.monotonic() + seconds
        while not self.ping():
            if not running():
                raise StackProblem(f"{self.title} stopped while starting: its log says why.")
            if time.monotonic() > deadline:
                raise StackProblem(f"{self.title} did not answer within {seconds:.0f} s: see its log.")
            time.sleep(0.05)
