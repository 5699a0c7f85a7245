"""What a stack is made of, read once from the environment, and stack.json, which tells others of it."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ops.engines import ports
from ops.engines.errors import StackProblem
from ops.engines.files import write_private
from ops.service import env

ROOT = env.ROOT
SOURCES = ("alpha", "beta", "capa")
# Where something is that may be apart from what DATABASE_URL and REDIS_URL tell.
OVERRIDES = ("BROKER_URL", *(f"{name.upper()}_DATABASE_URL" for name in (*SOURCES, "portal")))
DEFAULT_PORTS = {"alpha": 8001, "beta": 8002, "capa": 8003, "portal": 8004, "flower": 5555}


@dataclass(frozen=True, kw_only=True)
class Stack:
    """One stack: its folder, its ports, which sources run here and which elsewhere."""

    folder: Path
    ports: dict[str, int]
    elsewhere: dict[str, str]
    environ: Mapping[str, str] = field(repr=False)

    @property
    def services(self) -> list[str]:
        """The Django services that run here."""
        return [name for name in (*SOURCES, "portal") if name not in self.elsewhere]

    @property
    def urls(self) -> dict[str, str]:
        """Base URL of the four services and of Flower, without a slash at the end."""
        here = {name: f"http://127.0.0.1:{port}" for name, port in self.ports.items()}
        return here | self.elsewhere

    @property
    def overrides(self) -> dict[str, str]:
        """BROKER_URL and the single databases' URLs, as far as they are given."""
        return {name: given for name in OVERRIDES if (given := self.environ.get(name))}

    @property
    def state_file(self) -> Path:
        """stack.json: exists while the stack is up."""
        return self.folder / "stack.json"

    @property
    def logs(self) -> Path:
        """The folder of the processes' output."""
        return self.folder / "logs"


def given(environ: Mapping[str, str]) -> dict[str, str]:
    """What the commands are told: the environment, then `.env`, as services read them; nothing empty."""
    told = {name: value for name, value in environ.items() if value}
    env.fill(told, env.env_file(told))
    return told


def read_stack(environ: Mapping[str, str]) -> Stack:
    """The stack that the environment describes; raises StackProblem where it contradicts itself."""
    elsewhere = {
        name: url.rstrip("/") for name in SOURCES if (url := environ.get(f"SOURCE_{name.upper()}_URL"))
    }
    for name in elsewhere:
        for part in ("CLIENT_ID", "CLIENT_SECRET"):
            variable = f"SOURCE_{name.upper()}_{part}"
            if not environ.get(variable):
                raise StackProblem(f"SOURCE_{name.upper()}_URL is given, so {variable} is needed too.")
    return Stack(
        folder=Path(environ.get("STACK_DIR") or ROOT / ".local").resolve(),
        ports={
            name: ports.read(environ, f"{name.upper()}_PORT") or default
            for name, default in DEFAULT_PORTS.items()
        },
        elsewhere=elsewhere,
        environ=environ,
    )


def write_state(stack: Stack, state: Mapping[str, Any]) -> None:
    """stack.json: what people, tests and scripts read while the stack is up."""
    write_private(stack.state_file, json.dumps(state, indent=1))


def read_state(stack: Stack) -> dict[str, Any] | None:
    """stack.json, or None while the stack is down."""
    try:
        state: dict[str, Any] = json.loads(stack.state_file.read_text())
    except FileNotFoundError:
        return None
    return state
