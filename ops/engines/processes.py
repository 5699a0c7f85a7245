"""Processes that we start: what they are given, and how those of a stack are known again.

A stack's processes carry its folder in their environment, strangers do not. A recorded number could
be a stranger's by now; the environment cannot be, and it is also there when nobody came to record
anything.
"""

import re
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

import psutil

# What any program needs to know of its machine and its user, and pip and uv to reach their index.
_MACHINE = re.compile(
    "PATH|HOME|USER|LOGNAME|SHELL|TERM|TMPDIR|TZ|LANG|LANGUAGE|LC_\\w+|LD_LIBRARY_PATH|CI"
    "|VIRTUAL_ENV|DOSSIER_VENV|PYTHON|PYTHONPATH|PIP_\\w+|UV_\\w+|XDG_\\w+"
    "|SSL_CERT_(FILE|DIR)|REQUESTS_CA_BUNDLE|(HTTP|HTTPS|NO|ALL|http|https|no|all)_(PROXY|proxy)"
)


def built(environ: Mapping[str, str], **more: str) -> dict[str, str]:
    """An environment for a process that we start: of ours only what tells of the machine, and `more`.

    Nothing of ours is inherited: our settings, or another stack's, would go before the process's own.
    """
    return {name: value for name, value in environ.items() if _MACHINE.fullmatch(name)} | more


def mentioning(folder: Path) -> list[psutil.Process]:
    """Processes whose environment says that they belong to the stack of this folder."""
    found = []
    for process in psutil.process_iter():
        try:
            if _belongs(process, str(folder)):
                found.append(process)
        except psutil.Error:
            continue
    return found


def _belongs(process: psutil.Process, folder: str) -> bool:
    return bool(process.environ().get("DOSSIER_STACK") == folder)


def end(processes: Iterable[psutil.Process], seconds: float) -> None:
    """Asks processes to stop, then kills, with their children, those still there after `seconds`."""
    family: dict[int, psutil.Process] = {}
    for process in processes:
        try:
            family |= {one.pid: one for one in [process, *process.children(recursive=True)]}
            process.terminate()
        except psutil.NoSuchProcess:
            continue
    deadline = time.monotonic() + seconds
    _, alive = psutil.wait_procs(list(family.values()), timeout=max(0, deadline - time.monotonic()))
    for process in alive:
        try:
            process.kill()
        except psutil.NoSuchProcess:
            continue
    psutil.wait_procs(alive, timeout=5)
