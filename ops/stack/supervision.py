"""supervisord: its configuration, its start, talking to it, and its end (ops/decisions/0002)."""

import hashlib
import os
import shlex
import subprocess
import sys
import tempfile
import time
import xmlrpc.client  # nosec B411  # speaks to our own supervisor, by a socket of ours
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import psutil
from supervisor.xmlrpc import SupervisorTransport

from ops.engines.errors import StackProblem
from ops.engines.files import write_private
from ops.engines.processes import end, mentioning
from ops.stack.config import ROOT, Stack
from ops.stack.programs import ENGINES, Program

KEEPER = "keeper"
# supervisord asks services, then engines; what is still there after that is killed.
ORDERLY_SECONDS = 36
LEFTOVER_SECONDS = 5
LONGEST_SOCKET_PATH = 90  # the kernel's limit is 108, and supervisord adds its pid while it creates it

HEAD = """\
[supervisord]
nodaemon=true
silent=true
logfile={logs}/supervisord.log
logfile_maxbytes=5MB
logfile_backups=1
pidfile={folder}/supervisord.pid
identifier=dossier
minfds=1024
[unix_http_server]
file={socket}
chmod=0600
[rpcinterface:supervisor]
supervisor.rpcinterface_factory=supervisor.rpcinterface:make_main_rpcinterface
[eventlistener:{keeper}]
command={python} -m ops.stack.keeper
events=PROCESS_STATE,TICK_5
buffer_size=100
autostart=true
autorestart=true
startretries=1000000
stdout_logfile=NONE
stderr_logfile={logs}/{keeper}.log
stderr_logfile_maxbytes=5MB
stderr_logfile_backups=1
directory={root}
environment=DOSSIER_SOCKET="{socket}"
"""

# A process that dies early is tried again after 1, 2, 3, 4, 5 s, then the keeper starts the count anew.
PROGRAM = """\
[program:{name}]
command={command}
directory={root}
environment={environment}
autostart={autostart}
autorestart=true
startsecs=3
startretries=5
stopsignal={stop_signal}
stopwaitsecs={stop_seconds}
killasgroup={killasgroup}
redirect_stderr=true
stdout_logfile={logs}/{name}.log
stdout_logfile_maxbytes=10MB
stdout_logfile_backups=1
"""


def write_configuration(stack: Stack, programs: list[Program]) -> Path:
    """Writes supervisord.conf (mode 0600) and gives its path."""
    folders = {"folder": stack.folder, "logs": stack.logs, "root": ROOT, "socket": socket_path(stack)}
    places = {name: str(path).replace("%", "%%") for name, path in folders.items()}
    sections = [HEAD.format_map(places | {"python": sys.executable, "keeper": KEEPER})]
    groups: dict[str, list[str]] = {}
    for program in programs:
        groups.setdefault(program.group, []).append(program.name)
        environment = ",".join(f'{name}="{value}"' for name, value in program.environ.items())
        values = {
            "name": program.name,
            "command": shlex.join(program.argv).replace("%", "%%"),
            "environment": environment.replace("%", "%%"),
            "autostart": str(program.group == ENGINES).lower(),
            "killasgroup": str(program.group != ENGINES).lower(),
            "stop_signal": program.stop_signal,
            "stop_seconds": str(program.stop_seconds),
        }
        sections.append(PROGRAM.format_map(places | values))
    for group, members in groups.items():
        priority = 1 if group == ENGINES else 100  # supervisord stops the highest first
        sections.append(f"[group:{group}]\nprograms={','.join(members)}\npriority={priority}\n")
    path = stack.folder / "supervisord.conf"
    write_private(path, "\n".join(sections))
    return path


def socket_path(stack: Stack) -> Path:
    """Where supervisord listens: in the stack's folder, or in a private temporary one if that is too deep."""
    path = stack.folder / "supervisor.sock"
    if len(str(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(str(stack.folder).encode()).hexdigest()[:16]
    short = Path(tempfile.gettempdir()) / f"dossier-{os.geteuid()}-{digest}"
    short.mkdir(mode=0o700, exist_ok=True)
    if short.stat().st_uid != os.geteuid():
        raise StackProblem(f"{short} belongs to someone else: remove it, or set STACK_DIR to a shorter path.")
    return short / "supervisor.sock"


def remove_socket(stack: Stack) -> None:
    """Removes what a supervisord that was killed left of its socket, and the socket's temporary folder."""
    path = socket_path(stack)
    path.unlink(missing_ok=True)
    if path.parent != stack.folder:
        path.parent.rmdir()


def start(stack: Stack, configuration: Path, environ: Mapping[str, str]) -> "subprocess.Popen[bytes]":
    """Starts supervisord in a session of its own, where it outlives us, and waits until it answers."""
    stack.logs.mkdir(mode=0o700, exist_ok=True)
    with (stack.logs / "supervisord.out").open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "supervisor.supervisord", "-c", str(configuration)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            cwd=ROOT,
            env=dict(environ),
            start_new_session=True,
        )
    deadline = time.monotonic() + 20
    while process.poll() is None and time.monotonic() < deadline:
        if states(stack) is not None:
            return process
        time.sleep(0.05)
    process.kill()
    process.wait()
    raise StackProblem(f"supervisord did not start: see {stack.logs}/supervisord.out.")


@contextmanager
def remote(socket: Path | str) -> Iterator[Any]:
    """supervisord's methods (http://supervisord.org/api.html); they raise OSError where it is away."""
    transport = SupervisorTransport(None, None, f"unix://{socket}")
    with xmlrpc.client.ServerProxy("http://127.0.0.1", transport=transport) as proxy:
        yield proxy.supervisor


def pids(supervisor: Any) -> dict[str, int]:
    """The running processes' own pids, by name; the keeper is the supervisor's own affair."""
    running_now = (each for each in supervisor.getAllProcessInfo() if each["pid"])
    return {each["name"]: each["pid"] for each in running_now if each["name"] != KEEPER}


def states(stack: Stack) -> dict[str, str] | None:
    """supervisord's word for each process (RUNNING, BACKOFF, …); None where supervisord is away."""
    try:
        with remote(socket_path(stack)) as supervisor:
            return {each["name"]: each["statename"] for each in supervisor.getAllProcessInfo()}
    except OSError:
        return None


def running(stack: Stack) -> psutil.Process | None:
    """The supervisord of this stack, or None."""
    try:
        pid = int((stack.folder / "supervisord.pid").read_text())
        process = psutil.Process(pid)
        mine = str(stack.folder / "supervisord.conf") in process.cmdline()
    except (OSError, ValueError, psutil.Error):
        return None
    return process if mine and process.status() != psutil.STATUS_ZOMBIE else None


def stop(stack: Stack) -> None:
    """Stops supervisord and all it runs, then whatever outlived it; safe to call when nothing runs."""
    supervisor = running(stack)
    if supervisor is not None:
        supervisor.terminate()
        psutil.wait_procs([supervisor], timeout=ORDERLY_SECONDS)
    sweep_up(stack)


def sweep_up(stack: Stack) -> None:
    """Ends processes that carry this stack's mark (their supervisor may have been killed), and its state."""
    end(mentioning(stack.folder), LEFTOVER_SECONDS)
    remove_socket(stack)
    stack.state_file.unlink(missing_ok=True)
