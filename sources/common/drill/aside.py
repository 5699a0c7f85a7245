"""Connections that wait outside gunicorn's threads.

A source has eight of those and the orchestrator twenty: hanging calls would soon hold them all,
and nobody could ask for the source's health any more, or end the drill.
"""

import os
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

from django.http import HttpRequest, HttpResponse, StreamingHttpResponse

Answer = HttpResponse | StreamingHttpResponse
_SEND_S = 10.0  # a client that does not read is given up


def take(request: HttpRequest) -> socket.socket | None:
    """The request's connection, no longer gunicorn's; None under another server.

    gunicorn is left with a connection that nobody listens to: it writes there what it is given,
    fails, and closes that. The request's body must have been read before.
    """
    theirs: socket.socket | None = request.META.get("gunicorn.socket")
    if theirs is None:
        return None
    ours = theirs.dup()
    dead, other_end = socket.socketpair()
    with dead, other_end:
        os.dup2(dead.fileno(), theirs.fileno(), inheritable=False)
    return ours


def answer_later(connection: socket.socket, answer: Answer, wait: Callable[[], None]) -> None:
    """Waits, sends an answer and closes the connection, all in a thread of its own."""

    def send() -> None:
        # Without a length, the body ends with the connection.
        length = {} if answer.streaming else {"Content-Length": str(len(answer.getvalue()))}
        headers = {**answer.headers, **length, "Connection": "close"}
        head = [f"HTTP/1.1 {answer.status_code} {answer.reason_phrase}"]
        head += [f"{name}: {value}" for name, value in headers.items()]
        with connection, suppress(OSError):  # the client has gone
            wait()
            connection.settimeout(_SEND_S)
            connection.sendall("\r\n".join([*head, "", ""]).encode())
            for part in answer:
                connection.sendall(part)

    threading.Thread(target=send, name="drill", daemon=True).start()


def has_gone(connection: socket.socket) -> bool:
    """Whether the client has closed its end."""
    try:
        return not connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT)
    except BlockingIOError:
        return False
    except OSError:
        return True
