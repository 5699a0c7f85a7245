"""supervisord's event listener: keeps the pids in stack.json true, lets no process stay given up, and
replaces a sweeper that is alive and does not sweep.

supervisord's own patience grows by a second with every early death and ends in FATAL. Giving up is
wrong here (PostgreSQL may be away for an hour), so the keeper starts a FATAL process again, which
also sets the growing delay back: between two attempts there are never more than about ten seconds.
It speaks supervisord's protocol: http://supervisord.org/events.html.
"""

import json
import os
import signal
import sys
import time
import xmlrpc.client  # nosec B411  # speaks to our own supervisor, by a socket of ours
from pathlib import Path
from typing import Any

from ops.engines.files import write_private
from ops.stack.supervision import pids, remote

SWEEPER_PROOF = "sweeper.alive"  # `manage.py sweep` touches it after each round, well or not
SILENT_SECONDS = float(os.environ.get("SWEEPER_SILENT_SECONDS") or 60)


def main() -> None:
    """Answers every event by looking at all processes: so a missed event is mended by the next one."""
    socket, folder = os.environ["DOSSIER_SOCKET"], Path(os.environ["DOSSIER_STACK"])
    while True:
        print("READY", flush=True)
        if not (header := sys.stdin.readline()):
            sys.exit(0)
        length = dict(part.split(":", 1) for part in header.split())["len"]
        sys.stdin.read(int(length))
        with remote(socket) as supervisor:
            look(supervisor, folder / "stack.json")
            replace_silent_sweeper(supervisor, folder / SWEEPER_PROOF)
        print("RESULT 2\nOK", end="", flush=True)


def look(supervisor: Any, state_file: Path) -> None:
    """Starts what was given up, and writes pids that moved; a supervisor that is stopping refuses."""
    try:
        for each in supervisor.getAllProcessInfo():
            if each["statename"] == "FATAL":
                supervisor.startProcess(f"{each['group']}:{each['name']}", False)
        write_pids(state_file, pids(supervisor))
    except (OSError, xmlrpc.client.Error) as error:
        print(f"supervisord did not answer: {type(error).__name__}", file=sys.stderr)


def replace_silent_sweeper(supervisor: Any, proof: Path) -> None:
    """Kills the sweeper where it last proved itself too long ago; supervisord starts it again.

    It watches over everybody else; nobody else watches over it. It has until then after each start.
    """
    try:
        for each in supervisor.getAllProcessInfo():
            if each["name"] == "sweeper" and each["statename"] == "RUNNING":
                seen = max(proof.stat().st_mtime, each["start"])
                if time.time() - seen > SILENT_SECONDS:
                    print(f"sweeper {each['pid']} is silent: killed", file=sys.stderr)
                    os.kill(each["pid"], signal.SIGKILL)
    except FileNotFoundError:
        return  # a sweeper that proves nothing: it has just been installed
    except (OSError, xmlrpc.client.Error) as error:
        print(f"the sweeper was not looked at: {type(error).__name__}", file=sys.stderr)


def write_pids(state_file: Path, current: dict[str, int]) -> None:
    """Puts the pids of running processes into stack.json, if there is one; others stay as they were.

    One that was just starting when the file was written is added.
    """
    try:
        state = json.loads(state_file.read_text())
    except FileNotFoundError:
        return
    moved = state["pids"] | current
    if moved != state["pids"]:
        write_private(state_file, json.dumps(state | {"pids": moved}, indent=1))


if __name__ == "__main__":
    main()
