"""A process that reads one list and ends: `python -m orchestrator.lists.reader`, started by `confined`.

The file comes from outside, and whatever it makes of its reader ends this process alone. Nothing but
the standard library is loaded, so it starts in a few hundredths of a second. Standard input is a line
of JSON, `Order`, and then the file; standard output is lines of JSON: `{"sheet": …}`, a list for each
row, or `{"refused": …}` in the place of any of them.
"""

import json
import os
import resource
import sys
from collections.abc import Iterator
from typing import Any

from orchestrator.errors import InvalidInput
from orchestrator.lists import reading
from orchestrator.lists.reading import Listed

_NICE = 5  # pages go before it


def main() -> None:
    """Reads what is asked for, and writes what is found."""
    order = json.loads(sys.stdin.buffer.readline())
    _confine(order["memory"], order["seconds"])
    try:
        for told in _told(sys.stdin.buffer.read(), order):
            sys.stdout.write(json.dumps(told, separators=(",", ":")) + "\n")
    except MemoryError:
        os._exit(os.EX_OSERR)  # nothing is left to write with


def _confine(memory: int, seconds: int) -> None:
    """So many bytes of memory, so much time, no file, no core dump with people in it."""
    bounds = {
        resource.RLIMIT_AS: memory,
        resource.RLIMIT_CPU: seconds,
        resource.RLIMIT_FSIZE: 0,
        resource.RLIMIT_CORE: 0,
    }
    for kind, most in bounds.items():
        resource.setrlimit(kind, (most, most))
    os.nice(_NICE)


def _told(content: bytes, order: dict[str, Any]) -> Iterator[Any]:
    try:
        found = reading.read(
            content, allow_invalid_check_digits=order["allow_invalid_check_digits"], sheet=order["sheet"]
        )
        yield {"sheet": found.sheet}
        for row in found.rows:
            if isinstance(row, Listed):
                yield [row.line, row.cpf, row.restored]
            else:
                yield [row.line, row.code, row.message, row.repeats]
    except InvalidInput as refusal:
        yield {"refused": [refusal.field, refusal.code, refusal.message, dict(refusal.values)]}


if __name__ == "__main__":
    main()
