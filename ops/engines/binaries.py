"""Where an engine's program is: in its wheel, else on PATH."""

import importlib.util
import shutil
import subprocess
from collections.abc import Sequence
from pathlib import Path

from ops.engines.errors import StackProblem


def find(programs: Sequence[str], package: str, inside: str, variable: str) -> Path:
    """The path of a program: `inside` the wheel's package, else the first of these names that is on PATH.

    Raises StackProblem, naming the URL to give instead, where there is neither.
    """
    wheel = _in_wheel(package, inside)
    if wheel is not None:
        return wheel
    for program in programs:
        if on_path := shutil.which(program):
            return Path(on_path).resolve()
    raise StackProblem(
        f"{' or '.join(programs)} is not here: no wheel of it fits this machine and there is none on PATH. "
        f"Install it, or give a running server in {variable}."
    )


def _in_wheel(package: str, inside: str) -> Path | None:
    try:
        spec = importlib.util.find_spec(package)
    except ModuleNotFoundError:
        return None
    for folder in (spec.submodule_search_locations or []) if spec else []:
        if (path := Path(folder) / inside).exists():
            return path
    return None


def require_runs(binary: Path, hints: dict[str, str]) -> None:
    """Runs `binary --version`; raises StackProblem with the hint whose key the complaint contains."""
    done = subprocess.run([str(binary), "--version"], capture_output=True, text=True, timeout=30, check=False)
    if done.returncode == 0:
        return
    for sign, hint in hints.items():
        if sign in done.stderr:
            raise StackProblem(hint)
    raise StackProblem(f"{binary} does not run here: {done.stderr.strip()[:300]}")
