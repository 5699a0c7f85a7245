"""What each fault makes of a call."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

import orjson
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse, StreamingHttpResponse

from sources.common.drill import aside
from sources.common.drill.aside import Answer
from sources.common.drill.broken import SECTIONS, Spots, broken, of_batch, of_cpfs, of_token
from sources.common.drill.state import LONGEST_WAIT_S, Drill, Fault, Switch

JSON = "application/json"
BATCH, CPFS, TOKEN = "customer-batch", "customer-cpfs", "token"
ELSEWHERE = "http://elsewhere.invalid/"  # RFC 2606: no such host can be
DRIP_S = 0.2
HTML = b"<!doctype html><title>Drill</title><p>This is not JSON.\n"
LARGE = 51 * 1024 * 1024  # more than any client of the contract takes, in bulk too
_PART = 64 * 1024


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
    return _FAULTS.get(call.drill.fault, _broken)(call)


def _problem(call: FaultyCall, status: int, **headers: str) -> JsonResponse:
    return JsonResponse({"detail": f"Drill: {call.drill.fault}."}, status=status, headers=headers)


def _errors(call: FaultyCall) -> Answer:
    return _problem(call, call.drill.status)


def _limited(call: FaultyCall) -> Answer:
    seconds = call.drill.retry_after
    return _problem(call, 429, **({} if seconds is None else {"Retry-After": str(seconds)}))


def _unauthorized(call: FaultyCall) -> Answer:
    return _problem(call, 401, **{"WWW-Authenticate": 'Bearer realm="api", error="invalid_token"'})


def _redirect(_call: FaultyCall) -> Answer:
    return HttpResponseRedirect(ELSEWHERE)


def _cut(call: FaultyCall) -> Answer:
    """Closes the connection; under another server than gunicorn the answer is a 503."""
    if connection := aside.take(call.request):
        connection.close()
    return _problem(call, 503)


def _hang(call: FaultyCall) -> Answer:
    return _later(call, _problem(call, 503), LONGEST_WAIT_S)


def _delay(call: FaultyCall) -> Answer:
    """What is true now, later."""
    return _later(call, call.truth(), call.drill.delay or 0.0)


def _trickle(call: FaultyCall) -> Answer:
    return _later(call, StreamingHttpResponse(_drops(call), content_type=JSON), 0.0)


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


def _too_large(call: FaultyCall) -> Answer:
    """The true answer after more white space than anybody takes."""
    answer = call.truth()
    if answer.status_code != 200:
        return answer
    return StreamingHttpResponse(_padded(answer.content), content_type=JSON)


def _padded(content: bytes) -> Iterator[bytes]:
    for _ in range(LARGE // _PART):
        yield b" " * _PART
    yield content


def _not_json(call: FaultyCall) -> Answer:
    return _remade(call, lambda _: HTML, content_type="text/html; charset=utf-8")


def _truncated(call: FaultyCall) -> Answer:
    """Its first half, as if that were all."""
    return _remade(call, lambda body: body[: len(body) // 2])


def _broken(call: FaultyCall) -> Answer:
    return _remade(call, lambda body: broken(call.drill.fault, _spots(call, orjson.loads(body))))


def _remade(call: FaultyCall, remake: Callable[[bytes], bytes], content_type: str = JSON) -> Answer:
    """A true 200 with another body; any other true answer stays as it is."""
    answer = call.truth()
    if answer.status_code == 200:
        answer.content, answer["Content-Type"] = remake(answer.content), content_type
    return answer


def _spots(call: FaultyCall, answer: Any) -> Spots:
    if call.route == CPFS:
        return of_cpfs(answer)
    if call.route == TOKEN:
        return of_token(answer)
    return of_batch(answer, orjson.loads(call.request.body)["cpfs"], SECTIONS[settings.SERVICE])


# Every other fault is a way to break the true answer.
_FAULTS: Mapping[Fault, Callable[[FaultyCall], Answer]] = {
    Fault.ERRORS: _errors,
    Fault.DELAY: _delay,
    Fault.HANG: _hang,
    Fault.LIMITED: _limited,
    Fault.UNAUTHORIZED: _unauthorized,
    Fault.REDIRECT: _redirect,
    Fault.CUT: _cut,
    Fault.TRICKLE: _trickle,
    Fault.TOO_LARGE: _too_large,
    Fault.NOT_JSON: _not_json,
    Fault.TRUNCATED: _truncated,
}
