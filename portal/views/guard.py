"""What every page of the analyst's goes through, and how those that poll are answered."""

import hashlib
import json
import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial, wraps
from typing import Any

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotModified
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils.cache import patch_cache_control, patch_vary_headers
from django_htmx.http import trigger_client_event
from django_htmx.middleware import HtmxDetails
from structlog.contextvars import bind_contextvars

from orchestrator.errors import Busy, Forgotten, NotFound, Unreadable
from portal import problems, throttles
from portal.access import deciding, readers
from portal.access.roles import May

Page = Callable[..., HttpResponseBase]

LAST_PURPOSE = "last_purpose"  # of the session: what forms offer first


class HtmxRequest(HttpRequest):
    """A request as the htmx middleware leaves it."""

    htmx: HtmxDetails


def allowed(*actions: May) -> Callable[[Page], Page]:
    """Who may one of these sees the page, of those who have logged in.


    Keeps the page out of every cache, and turns NotFound into a 404, what is no more into a 410, and
    Busy into a 429; so is what comes too often.
    """
    return partial(_guarded, actions)


def _guarded(actions: Sequence[May], page: Page) -> Page:
    @wraps(page)
    def guarded(request: HtmxRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            if request.htmx:  # the page stays, with what was typed in it, and says so (session.js)
                return trigger_client_event(HttpResponse(status=401), "session-ended")
            return redirect_to_login(request.get_full_path(), redirect_field_name=REDIRECT_FIELD_NAME)
        bind_contextvars(user=request.user.pk)  # to every line that this request logs from here on
        if seconds := _seconds_to_wait(request):
            return problems.too_often(request, seconds)
        try:
            deciding.require(readers.of_user(request), *actions)
            response = page(request, *args, **kwargs)
        except NotFound as error:
            raise Http404 from error
        except (Unreadable, Forgotten) as error:
            response = problems.gone(request, error)
        except Busy as error:
            response = problems.busy(request, error)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return guarded


def _seconds_to_wait(request: HtmxRequest) -> int:
    """Until the next page of who has opened too many, or asked too often for what is others'; else 0."""
    who = readers.of_user(request).owner
    if guessing := throttles.guesses.seconds_left(who):
        return math.ceil(guessing)
    allowance = throttles.PAGES.hit(who)
    return allowance.resets_in if allowance.is_over else 0


def polled(
    request: HtmxRequest, shown: object, *, page: str, part: str, context: Mapping[str, Any]
) -> HttpResponse:
    """The whole page, or to a poll its part, or 304 where the browser has it as it is.

    `shown` is all that moves in the part. It holds texts in the page's language, so that it reads
    otherwise whenever the part does. The template finds what its next poll sends in `headers`.
    """
    etag = f'"{hashlib.blake2b(repr(shown).encode(), digest_size=12).hexdigest()}"'
    if request.htmx and request.headers.get("If-None-Match") == etag:
        return HttpResponseNotModified(headers={"ETag": etag})
    headers = json.dumps({"If-None-Match": etag})
    response = render(request, part if request.htmx else page, {**context, "headers": headers})
    response["ETag"] = etag
    patch_vary_headers(response, ["HX-Request"])
    return response


def number(request: HttpRequest, name: str, *, digits: int) -> int | None:
    """A whole number of at most so many digits that the address gives under a name; None without one."""
    given = request.GET.get(name, "")
    return int(given) if given.isascii() and given.isdigit() and len(given) <= digits else None
