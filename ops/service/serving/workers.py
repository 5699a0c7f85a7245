"""Celery's worker processes of this host, for who finds one that is silent: whatever supervises it starts it
again."""

import psutil
import structlog

log = structlog.get_logger(__name__)


def kill(name: str, pid: int) -> None:
    """Kills the worker of that name (SIGKILL, for it may be frozen), unless its pid is a stranger's by now.

    What cannot be killed is said, and raises nothing.
    """
    try:
        process = psutil.Process(pid)
        if name.split("@")[0] + "@" not in " ".join(process.cmdline()):
            log.warning("worker.gone", worker=name, pid=pid)
            return
        process.kill()  # guards against a pid that is given away meanwhile
        log.error("worker.replaced", worker=name, pid=pid)
    except psutil.Error as error:
        log.warning("worker.not_killed", worker=name, pid=pid, reason=type(error).__name__)
