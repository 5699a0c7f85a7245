"""What is answered where no view can: a problem where a machine reads, else a page."""

from django.http import HttpRequest, HttpResponse
from django.views import defaults

from ops.service import errors
from ops.service.language import is_api


def bad_request(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler400`."""
    if is_api(request):
        return errors.bad_request(request, exception)
    return defaults.bad_request(request, exception)


def forbidden(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler403`."""
    if is_api(request):
        return errors.forbidden(request, exception)
    return defaults.permission_denied(request, exception)


def not_found(request: HttpRequest, exception: Exception) -> HttpResponse:
    """`handler404`."""
    if is_api(request):
        return errors.not_found(request, exception)
    return defaults.page_not_found(request, exception)


def server_error(request: HttpRequest) -> HttpResponse:
    """`handler500`."""
    return errors.server_error(request) if is_api(request) else defaults.server_error(request)
