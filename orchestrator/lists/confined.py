"""Reading a list in a process of its own, so that no file can hold a service up or bring it down."""

import os
import subprocess
import sys
from math import ceil
from pathlib import Path
from typing import BinaryIO

import orjson
import structlog

from orchestrator import conf
from orchestrator.errors import InvalidInput
from orchestrator.lists import kinds, reading
from orchestrator.lists.reading import CpfList, Listed, Rejected

log = structlog.get_logger(__name__)

# Without site-packages, and with no environment: the child has no secret to lose.
_READER = (sys.executable, "-S", "-E", "-X", "utf8", "-m", "orchestrator.lists.reader")
_ROOT = Path(__file__).parents[2]
_CLOCK = 4  # on a busy machine a process waits longer than it works
_KEPT = ("LD_LIBRARY_PATH",)  # a Python may need it to start


def read(file: BinaryIO, *, allow_invalid_check_digits: bool = False, sheet: str = "") -> CpfList:
    """As `lists.read`; besides, field `file`, code `too_complex`, for a file that takes more processor
    time or memory than LIST_SECONDS and LIST_MEMORY_MIB, or that ends its reader. All of it is read before
    this returns. Safe in a thread: nothing is forked that goes on with this process's memory.
    """
    content = reading.content(file)
    order = {
        "allow_invalid_check_digits": allow_invalid_check_digits,
        "sheet": sheet,
        "memory": conf.LIST_MEMORY_MIB << 20,
        "seconds": ceil(conf.LIST_SECONDS),
    }
    name, rows = "", list[Listed | Rejected]()
    for told in map(orjson.loads, _answered(orjson.dumps(order) + b"\n" + content).splitlines()):
        match told:
            case [line, cpf, restored]:
                rows.append(Listed(line=line, cpf=cpf, restored=restored))
            case [line, code, message, repeats]:
                rows.append(Rejected(line=line, code=code, message=message, repeats=repeats))
            case {"refused": refusal}:
                raise InvalidInput(*refusal)
            case {"sheet": named}:
                name = named
    return CpfList(sheet=name, rows=iter(rows))


def _answered(order: bytes) -> bytes:
    """All that the reader wrote. The file goes by a pipe: no argument, no environment, no log tells of it."""
    environment = {name: os.environ[name] for name in _KEPT if name in os.environ}
    try:
        done = subprocess.run(  # noqa: S603  # nosec B603  # our own program, nothing of the file in its arguments
            _READER,
            input=order,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,  # a traceback may quote the file
            cwd=_ROOT,
            env=environment,
            timeout=conf.LIST_SECONDS * _CLOCK,
            check=True,
        )
    except subprocess.TimeoutExpired:
        log.warning("list.reader_too_slow", seconds=conf.LIST_SECONDS)
        raise kinds.refusal("too_complex") from None
    except subprocess.CalledProcessError as died:
        log.warning("list.reader_died", status=died.returncode)
        raise kinds.refusal("too_complex") from None
    return done.stdout
