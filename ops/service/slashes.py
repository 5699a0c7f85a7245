"""An address without its last slash."""

from django.http import HttpResponsePermanentRedirect
from django.middleware import common


class KeepingRedirect(HttpResponsePermanentRedirect):
    """308 (RFC 9110, section 15.4.9): a 301 turns a POST into a GET, whose 200 reads like a success."""

    status_code = 308


class CommonMiddleware(common.CommonMiddleware):
    """Django's, which adds the slash that an address lacks; the method and the body are kept."""

    response_redirect_class = KeepingRedirect
