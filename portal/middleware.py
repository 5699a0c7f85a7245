"""Which language a page is in."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation

from ops.service.serving.middleware import is_api


class ChosenLanguageMiddleware:
    """Portuguese, unless the reader chose another language with the switch.

    Unlike Django's LocaleMiddleware it does not ask the browser: on many Brazilian desks that
    one says English, and nobody chose it.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Answers a page in the chosen language and says which one it was; the API has its own rule."""
        if is_api(request):
            return self.get_response(request)
        chosen = request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME, "")
        known = dict(settings.LANGUAGES)
        with translation.override(chosen if chosen in known else settings.LANGUAGE_CODE):
            response = self.get_response(request)
            response.headers.setdefault("Content-Language", translation.get_language())
        return response
