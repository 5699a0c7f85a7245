"""What each fault makes of a call."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from itertools import chain, repeat

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse

from sources.common.drill import aside
from sources.common.drill.aside import Answer
from sources.common.drill.broken import SECTIONS, broken, of_batch, of_cpfs, of_token
from sources.common.drill.state import LONGEST_WAIT_S, Drill, Fault, Switch

JSON = "application/json"
BATCH, CPFS, TOKEN = "customer-batch", "customer-cpfs", "token"
ELSEWHERE = "http://elsewhere.invalid/"  # RFC 2606: no such host can be
DRIP_S = 0.2
HTML = b"<!doctype html><title>Drill</title><p>This is not JSON.\n"
LARGE = 51 * 1024 * 1024  # more than any client of the contract takes, in bulk too
_SPACE = b" " * 64 * 1024


@dataclass(frozen=True, kw_only=True)
class FaultyCall:
    """A call that misbehaves, and how to answer it truly."""

    request: HttpRequest
    route: str
    drill: Drill
    switch: Switch
    truth: Callable[[], HttpResponse]


def misbehave(call: FaultyCall) -> Answer:
    """The answer that the drill wants; for some it comes later, then this is what the log says of it."""
    drill = call.drill
    match drill.fault:
        case Fault.ERRORS:
            return _refusal(call, drill.status)
        case Fault.LIMITED:
            after = {} if drill.retry_after is None else {"Retry-After": str(drill.retry_after)}
            return _refusal(call, 429, **after)
        case Fault.UNAUTHORIZED:
            return _refusal(call, 401, **{"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'})
        case Fault.REDIRECT:
            return HttpResponseRedirect(ELSEWHERE)
        case Fault.CUT:  # closes the connection; under another server than gunicorn the answer is a 503
            if connection := aside.take(call.request):
                connection.close()
            return _refusal(call, 503)
        case Fault.HANG:
            return _later(call, _refusal(call, 503), LONGEST_WAIT_S)
        case Fault.DELAY:  # what is true now, later
            return _later(call, call.truth(), drill.delay or 0.0)
        case Fault.TRICKLE:
            return _later(call, StreamingHttpResponse(_drops(call), content_type=JSON), 0.0)
        case _:
            return _remade(call)


def _refusal(call: FaultyCall, status: int, **headers: str) -> JsonResponse:
    return JsonResponse({"detail": f"Drill: {call.drill.fault}."}, status=status, headers=headers)


def _drops(call: FaultyCall) -> Iterator[bytes]:
    yield b"["
    for _ in range(round(LONGEST_WAIT_S / DRIP_S)):
        call.switch.wait(call.drill, DRIP_S)
        if not call.switch.is_on(call.drill):
            return
        yield b" "


def _later(call: FaultyCall, answer: Answer, seconds: float) -> Answer:
    """Has the answer wait outside gunicorn's threads; under another server it waits here."""
    wait = partial(call.switch.wait, call.drill, seconds)
    connection = aside.take(call.request)
    if connection is None:
        wait()
        return answer
    aside.answer_later(connection, answer, partial(wait, partial(aside.has_gone, connection)))
    return HttpResponse(status=answer.status_code)


def _remade(call: FaultyCall) -> Answer:
    """A true 200 with another body; any other true answer stays as it is."""
    answer = call.truth()
    if answer.status_code != 200:
        return answer
    body, content_type = answer.content, JSON
    match call.drill.fault:
        case Fault.TOO_LARGE:  # white space, more of it than anybody takes, and then the true answer
            return StreamingHttpResponse(
                chain(repeat(_SPACE, LARGE // len(_SPACE)), [body]), content_type=JSON
            )
        case Fault.NOT_JSON:
            body, content_type = HTML, "text/html; charset=utf-8"
        case Fault.TRUNCATED:  # its first half, as if that were all
            body = body[: len(body) // 2]
        case fault if call.route == CPFS:
            body = broken(fault, of_cpfs(orjson.loads(body)))
        case fault if call.route == TOKEN:
            body = broken(fault, of_token(orjson.loads(body)))
        case fault:
            asked = orjson.loads(call.request.body)["cpfs"]
            body = broken(fault, of_batch(orjson.loads(body), asked, SECTIONS[settings.SERVICE]))
    answer.content, answer["Content-Type"] = body, content_type
    return answer
