"""supervisord's event listener: keeps the pids in stack.json true, and lets no process stay given up.

supervisord's own patience grows by a second with every early death and ends in FATAL. Giving up is
wrong here (PostgreSQL may be away for an hour), so the keeper starts a FATAL process again, which
also sets the growing delay back: between two attempts there are never more than about ten seconds.
It speaks supervisord's protocol: http://supervisord.org/events.html.
"""

import json
import os
import sys
import xmlrpc.client
from pathlib import Path
from typing import Any

from ops.engines.files import write_private
from ops.stack.supervision import pids, remote


def main() -> None:
    """Answers every event by looking at all processes: so a missed event is mended by the next one."""
    socket, folder = os.environ["DOSSIER_SOCKET"], Path(os.environ["DOSSIER_STACK"])
    while True:
        _receive()
        with remote(socket) as supervisor:
            look(supervisor, folder / "stack.json")
        _send("RESULT 2\nOK")


def _receive() -> None:
    _send("READY\n")
    header = sys.stdin.readline()
    if not header:
        sys.exit(0)
    length = dict(part.split(":", 1) for part in header.split())["len"]
    sys.stdin.read(int(length))


def _send(text: str) -> None:
    sys.stdout.write(text)
    sys.stdout.flush()


def look(supervisor: Any, state_file: Path) -> None:
    """Starts what was given up, and writes pids that moved; a supervisor that is stopping refuses."""
    try:
        for each in supervisor.getAllProcessInfo():
            if each["statename"] == "FATAL":
                supervisor.startProcess(f"{each['group']}:{each['name']}", False)
        write_pids(state_file, pids(supervisor))
    except (OSError, xmlrpc.client.Error) as error:
        print(f"supervisord did not answer: {type(error).__name__}", file=sys.stderr)


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
