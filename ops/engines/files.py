"""Private files of the stack's folder: written whole or not at all, readable by their owner only."""

import json
import os
import secrets
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ops.engines.errors import StackProblem

NEEDED_BYTES = 700 * 1024 * 1024


def write_private(path: Path, text: str) -> None:
    """Replaces a file atomically, with mode 0600."""
    temporary = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    temporary.replace(path)


def make_stack_dir(path: Path) -> Path:
    """Creates the stack's folder where it is missing; anyone may pass through it, no one may list it."""
    path.mkdir(mode=0o711, parents=True, exist_ok=True)
    free = shutil.disk_usage(path).free
    if free < NEEDED_BYTES:
        raise StackProblem(
            f"The disk of {path} has {free // 2**20} MiB free and the engines need "
            f"{NEEDED_BYTES // 2**20}: make room, or set STACK_DIR to a folder on another disk."
        )
    return path


class Record:
    """Values generated once and kept: ports, passwords, keys. Kept in one private JSON file."""

    def __init__(self, stack_dir: Path) -> None:
        self.path = stack_dir / "secrets.json"
        self._writing = threading.Lock()
        try:
            self._values: dict[str, Any] = json.loads(self.path.read_text())
        except FileNotFoundError:
            self._values = {}
        except ValueError as error:
            raise StackProblem(f"{self.path} is not readable as JSON: restore it from a copy.") from error

    def __contains__(self, name: str) -> bool:
        return name in self._values

    def get(self, name: str) -> Any:
        """The value kept under a name, or None."""
        return self._values.get(name)

    def keep(self, name: str, value: Any) -> None:
        """Keeps a value from now on."""
        with self._writing:
            self._values = {**self._values, name: value}
            write_private(self.path, json.dumps(self._values, indent=1))

    def forget(self, prefix: str) -> None:
        """Forgets every value whose name starts so."""
        with self._writing:
            self._values = {
                name: value for name, value in self._values.items() if not name.startswith(prefix)
            }
            write_private(self.path, json.dumps(self._values, indent=1))

    def once(self, name: str, make: Callable[[], Any]) -> Any:
        """The value kept under a name, made and kept where there is none."""
        if name not in self._values:
            self.keep(name, make())
        return self._values[name]

    def password(self, name: str) -> str:
        """The generated password kept under a name: letters and digits, safe in a URL."""
        return str(self.once(name, lambda: secrets.token_hex(16)))
