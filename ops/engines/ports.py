"""Ports on loopback: which are free, and what to say when one is taken."""

import secrets
import socket
from collections.abc import Mapping

from ops.engines.errors import StackProblem

# Below the range that Linux hands to outgoing connections, so that a kept port stays free.
CHOICES = range(20000, 30000)
_given: set[int] = set()  # by this process: they are free until somebody listens


def is_free(port: int) -> bool:
    """Whether a server could listen on this port of 127.0.0.1 now."""
    with socket.socket() as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind(("127.0.0.1", port))
        except OSError:
            return False
        return True


def choose() -> int:
    """A free port, at random so that two checkouts that start together rarely meet; never one twice."""
    for _ in range(200):
        port = secrets.choice(CHOICES)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise StackProblem(f"No free port between {CHOICES.start} and {CHOICES.stop}: stop something.")


def read(environ: Mapping[str, str], variable: str) -> int | None:
    """The port that a variable gives, if it gives one.

    Raises StackProblem where it is no port number: Kubernetes, for one, sets REDIS_PORT to an address.
    """
    text = environ.get(variable)
    if not text:
        return None
    if not text.isdecimal() or not 0 < int(text) < 65536:
        raise StackProblem(f"{variable} is {text!r}: give a port number between 1 and 65535.")
    return int(text)


def require_free(port: int, variable: str, title: str) -> None:
    """Raises StackProblem, naming the variable that moves the port, where it is taken."""
    if not is_free(port):
        raise StackProblem(
            f"Port {port}, where {title} should listen, is taken by another program: "
            f"stop that one, or set {variable} to a free port."
        )
