"""What every page of the analyst's goes through."""

from collections.abc import Callable
from functools import wraps

from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import patch_cache_control
from django_htmx.http import HttpResponseClientRefresh
from django_htmx.middleware import HtmxDetails
from structlog.contextvars import bind_contextvars

from orchestrator.errors import Busy, Forgotten, NotFound, Unreadable
from portal import problems

Page = Callable[..., HttpResponseBase]


class HtmxRequest(HttpRequest):
    """A request as the htmx middleware leaves it."""

    htmx: HtmxDetails


def for_analysts(page: Page) -> Page:
    """Asks for a login first, keeps the page out of every cache, and turns NotFound into a 404, what is no
    more into a 410, and Busy into a 429."""

    @wraps(page)
    def guarded(request: HtmxRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        if not request.user.is_authenticated:
            return _to_login(request)
        bind_contextvars(user=request.user.pk)  # to every line that this request logs from here on
        try:
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


def owner(request: HttpRequest) -> str:
    """Who asks, as the orchestrator keeps it."""
    return f"user:{request.user.pk}"


def _to_login(request: HtmxRequest) -> HttpResponse:
    if request.htmx:  # a poll whose session has ended: the whole page has to go to the login
        return HttpResponseClientRefresh()
    return redirect_to_login(request.get_full_path(), redirect_field_name=REDIRECT_FIELD_NAME)
