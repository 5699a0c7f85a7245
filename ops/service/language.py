"""Which language an API answers in: the one that the client accepts, and English unless it says."""

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import translation
from django.utils.translation.trans_real import parse_accept_lang_header

DEFAULT = "en"
SPOKEN = {"en": "en", "pt": "pt-br"}  # by the tag's first part


class AcceptedLanguage:
    """Answers below API_PATHS in one language whole: our messages and the framework's alike."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        """Leaves other addresses as they are."""
        if not is_api(request):
            return self.get_response(request)
        with translation.override(accepted(request)):
            return self.get_response(request)


def is_api(request: HttpRequest) -> bool:
    """Whether an address is read by machines: its errors are problems, not pages."""
    paths: tuple[str, ...] = settings.API_PATHS
    return request.path.startswith(paths)


def accepted(request: HttpRequest) -> str:
    """The language code that the client likes best among those that there are (RFC 9110, 12.5.4)."""
    for tag, quality in parse_accept_lang_header(request.headers.get("Accept-Language", "")):
        spoken = SPOKEN.get(tag.split("-")[0])
        if spoken and quality > 0:
            return spoken
    return DEFAULT
