"""What a stack is made of, read once from the environment."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from ops.engines.errors import StackProblem

ROOT = Path(__file__).resolve().parents[2]
SOURCES = ("alpha", "beta", "capa")
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
    def state_file(self) -> Path:
        """stack.json: exists while the stack is up."""
        return self.folder / "stack.json"

    @property
    def logs(self) -> Path:
        """The folder of the processes' output."""
        return self.folder / "logs"


def read_stack(environ: Mapping[str, str]) -> Stack:
    """The stack that the environment describes; raises StackProblem where it contradicts itself."""
    elsewhere = {
        name: url.rstrip("/") for name in SOURCES if (url := environ.get(f"SOURCE_{name.upper()}_URL"))
    }
    for name in elsewhere:
        _require_credentials(name, environ)
    return Stack(
        folder=Path(environ.get("STACK_DIR") or ROOT / ".local").resolve(),
        ports={name: _port(name, default, environ) for name, default in DEFAULT_PORTS.items()},
        elsewhere=elsewhere,
        environ=environ,
    )


def _port(name: str, default: int, environ: Mapping[str, str]) -> int:
    variable = f"{name.upper()}_PORT"
    given = environ.get(variable) or str(default)
    if not given.isdecimal() or not 0 < int(given) < 65536:
        raise StackProblem(f"{variable} is {given!r}: give a port number between 1 and 65535.")
    return int(given)


def _require_credentials(name: str, environ: Mapping[str, str]) -> None:
    for part in ("CLIENT_ID", "CLIENT_SECRET"):
        variable = f"SOURCE_{name.upper()}_{part}"
        if not environ.get(variable):
            raise StackProblem(f"SOURCE_{name.upper()}_URL is given, so {variable} is needed too.")
