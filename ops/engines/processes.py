"""Processes that the stack started: they carry its folder in their environment, strangers do not.

A recorded number could be a stranger's by now; the environment cannot be, and it is also there
when nobody came to record anything.
"""

import time
from collections.abc import Iterable
from pathlib import Path

import psutil


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
