"""`python -m ops.engines run --dir DIR`: the three engines in the foreground, for tests and development."""

import argparse
import fcntl
import json
import os
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType

from ops.engines import embedded
from ops.engines.base import Engine
from ops.engines.errors import StackProblem
from ops.engines.files import Record, make_stack_dir, write_private
from ops.engines.keys import generated_keys
from ops.engines.processes import built, end, mentioning


def main() -> int:
    """Parses the command line and runs; a problem is one sentence on stderr and exit status 1."""
    parser = argparse.ArgumentParser(prog="python -m ops.engines", description=__doc__)
    parser.add_argument("command", choices=["run"])
    parser.add_argument("--dir", type=Path, required=True, help="folder of the data, logs and stack.env")
    arguments = parser.parse_args()
    try:
        run(arguments.dir.resolve())
    except StackProblem as problem:
        print(f"error: {problem}", file=sys.stderr)
        return 1
    return 0


def run(stack_dir: Path) -> None:
    """Starts the engines, says so in one JSON line, and stops them on SIGTERM or SIGINT."""
    make_stack_dir(stack_dir)
    with (stack_dir / "lock").open("w") as lock:
        _lock(lock.fileno(), stack_dir)
        end(mentioning(stack_dir), seconds=10)  # left by a run that was killed
        record = Record(stack_dir)
        engines = embedded.embedded(stack_dir, record, os.environ)
        running: list[tuple[Engine, subprocess.Popen[bytes]]] = []
        try:
            _stop_on_signals()
            for engine in engines:
                engine.require_port()
                engine.prepare()
                running.append((engine, _start(engine, stack_dir)))
            for engine, process in running:
                engine.wait_ready(running=lambda process=process: process.poll() is None)  # type: ignore[misc]
                engine.bootstrap()
            values = embedded.urls(engines, os.environ, owner=True) | generated_keys(record)
            write_private(stack_dir / "stack.env", "".join(f"{k}={v}\n" for k, v in values.items()))
            print(json.dumps({"ready": True, "dir": str(stack_dir)}), flush=True)
            _wait(running)
        except KeyboardInterrupt:
            pass
        finally:
            _stop(running)


def _lock(descriptor: int, stack_dir: Path) -> None:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        raise StackProblem(
            f"Something already runs in {stack_dir}: stop it, or give another folder."
        ) from error


def _stop_on_signals() -> None:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, interrupt)
    signal.signal(signal.SIGINT, interrupt)


def _start(engine: Engine, stack_dir: Path) -> subprocess.Popen[bytes]:
    with (stack_dir / f"{engine.name}.log").open("ab") as log:
        return subprocess.Popen(
            engine.argv(),
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            cwd=engine.data,
            env=built(os.environ, DOSSIER_STACK=str(stack_dir)),
            start_new_session=True,  # a Ctrl-C is for us; we stop them
        )


def _wait(running: list[tuple[Engine, subprocess.Popen[bytes]]]) -> None:
    while True:
        for engine, process in running:
            try:
                process.wait(timeout=1)
            except subprocess.TimeoutExpired:
                continue
            raise StackProblem(f"{engine.title} ended by itself: its log says why.")
        if not running:
            signal.pause()


def _stop(running: list[tuple[Engine, subprocess.Popen[bytes]]]) -> None:
    for engine, process in running:
        process.send_signal(getattr(signal, f"SIG{engine.stop_signal}"))
    for _, process in running:
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


if __name__ == "__main__":
    sys.exit(main())
