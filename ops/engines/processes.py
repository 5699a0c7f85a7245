"""Processes that the stack started, told apart from strangers who got the same number later."""

import time
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import psutil


@dataclass(frozen=True, kw_only=True)
class Started:
    """A process as it was recorded: its number and the moment it began (seconds since the epoch)."""

    pid: int
    began: float

    @classmethod
    def of(cls, pid: int) -> "Started":
        """The process that has this number now; raises psutil.NoSuchProcess where there is none."""
        return cls(pid=pid, began=psutil.Process(pid).create_time())

    @classmethod
    def load(cls, values: Mapping[str, Any]) -> "Started":
        """The record that `dump` gave."""
        return cls(pid=int(values["pid"]), began=float(values["began"]))

    def dump(self) -> dict[str, Any]:
        """As plain values for JSON."""
        return asdict(self)

    def process(self) -> psutil.Process | None:
        """The process, or None where it ended (its number may be a stranger's by now)."""
        try:
            process = psutil.Process(self.pid)
            if abs(process.create_time() - self.began) > 1 or process.status() == psutil.STATUS_ZOMBIE:
                return None
        except psutil.NoSuchProcess:
            return None
        return process


def mentioning(folder: Path) -> list[psutil.Process]:
    """Processes whose environment or command line says that they belong to the stack of this folder."""
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
