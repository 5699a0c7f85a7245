"""The token endpoint: client credentials, by form body or HTTP Basic, but not by both.

What it answers is OAuth's own, errors too (RFC 6749, section 5.2); only what is no token request at all is
told as a problem.
"""

import binascii
from base64 import b64decode
from datetime import timedelta
from hashlib import sha256
from typing import Any
from urllib.parse import unquote_plus

import structlog
from django.conf import settings
from django.db import connection
from django.db.models.functions import Now
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.utils.decorators import method_decorator
from django.views.decorators.csrf import csrf_exempt
from oauth2_provider.models import AccessToken
from oauth2_provider.oauth2_validators import OAuth2Validator
from oauth2_provider.views import TokenView
from oauthlib.common import Request
from oauthlib.oauth2.rfc6749.errors import InvalidRequestError
from rest_framework.exceptions import UnsupportedMediaType

from ops.service.access import throttling
from ops.service.access.throttling import Allowance, Limit
from ops.service.api import problems
from ops.service.api.bodies import require_utf8
from ops.service.api.errors import STORE_ERRORS, not_allowed
from ops.service.models import ApiClient

FORM = "application/x-www-form-urlencoded"
ASKED = Limit("tokens", lambda: settings.TOKENS_PER_MINUTE, 60)
# A client is kept from nobody's address but that where its secret is guessed: who guesses cannot lock it out.
WRONG = Limit("wrong-secrets", lambda: settings.WRONG_SECRETS, 900)
WRONG_OF_ADDRESS = Limit("wrong-secrets-of-address", lambda: settings.WRONG_SECRETS_OF_ADDRESS, 900)
CHALLENGE = 'Basic realm="token"'  # the one scheme by which a client may prove itself here

_STEP = 100  # tokens; whoever waits for a new one does not wait for a million old ones to go
_FORGET = """
delete from oauth2_provider_accesstoken
 where id = any(array(
        select id from oauth2_provider_accesstoken where expires < statement_timestamp()
         order by expires limit %s for update skip locked))
"""


log = structlog.get_logger(__name__)


class Validator(OAuth2Validator):  # type: ignore[misc]  # the toolkit has no types
    """Takes one proof of who a client is, not the better of two, and forgets expired tokens, anybody's, when
    somebody gets a new one, so that they do not pile up.

    A token expires by PostgreSQL's clock, which all processes share, not by that of who issued it.
    """

    def authenticate_client(self, request: Request, *args: Any, **kwargs: Any) -> bool:
        """Whether the client is who it says (RFC 6749, section 2.3: by one method in each request).

        Raises InvalidRequestError where there are two, or where they name different clients.
        """
        if not request.headers.get("HTTP_AUTHORIZATION"):
            return bool(self._authenticate_request_body(request))
        if request.client_secret is not None:
            raise InvalidRequestError("Credentials are in the header and in the body: give one of them.")
        known = bool(self._authenticate_basic_auth(request))
        if known and request.client_id not in (None, request.client.client_id):
            raise InvalidRequestError("The header and the body name different clients.")
        return known

    def _extract_basic_auth(self, request: Request) -> str | None:
        """The scheme's name is the same in any case; what is not ASCII is no base64, and would be a 500."""
        scheme, _, credentials = request.headers["HTTP_AUTHORIZATION"].partition(" ")
        return credentials if scheme.lower() == "basic" and credentials.isascii() else None

    def _save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        with connection.cursor() as cursor:  # no service needs a process of its own that forgets
            cursor.execute(_FORGET, [_STEP])
        super()._save_bearer_token(token, request, *args, **kwargs)
        checksum = sha256(token["access_token"].encode()).hexdigest()
        expires = Now() + timedelta(seconds=token["expires_in"])
        AccessToken.objects.filter(token_checksum=checksum).update(expires=expires)


@method_decorator(csrf_exempt, name="dispatch")
class ClientCredentials(TokenView):  # type: ignore[misc]  # the toolkit has no types
    """`POST /api/oauth/token/`."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answers 503 where PostgreSQL is away; a 401 names the scheme that there is."""
        try:
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
        except STORE_ERRORS:
            return JsonResponse({"error": "temporarily_unavailable"}, status=503)
        if response.status_code == 401:
            response["WWW-Authenticate"] = CHALLENGE
        return response

    def post(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """A token, or OAuth's error; a form that gives a parameter twice is no request (section 3.2)."""
        try:
            require_utf8(request.META.get("CONTENT_TYPE"))
        except UnsupportedMediaType as refused:
            return problems.respond(request, 415, detail=str(refused.detail))
        twice = [name for name, values in request.POST.lists() if len(values) > 1]
        if twice:
            return JsonResponse(
                {
                    "error": "invalid_request",
                    "error_description": f"Given more than once: {', '.join(sorted(twice))}.",
                },
                status=400,
                headers={"Cache-Control": "no-store", "Pragma": "no-cache"},
            )
        client_id, address = named_client(request), throttling.address(request)
        pair = f"{client_id} {address}"
        allowances = throttling.together([(ASKED, pair, 1), (WRONG, pair, 0), (WRONG_OF_ADDRESS, address, 0)])
        throttling.note(request, allowances[0])
        if over := [allowance for allowance in allowances if allowance.is_over]:
            return _too_often(request, over)
        response: HttpResponse = super().post(request, *args, **kwargs)
        if response.status_code == 401:
            throttling.together([(WRONG, pair, 1), (WRONG_OF_ADDRESS, address, 1)])
            known = bool(client_id) and ApiClient.objects.filter(client_id=client_id).exists()
            # What is no client's id may be anything, a secret too.
            log.warning("token.refused", client=client_id if known else None, address=address)
        return response

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """405 in the shape of every other error."""
        return not_allowed(request, "POST")


def named_client(request: HttpRequest) -> str:
    """The client that a request for a token says it comes from, whether it can prove it or not; or ""."""
    scheme, _, credentials = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
    named = str(request.POST.get("client_id", ""))
    if scheme.lower() == "basic":
        try:
            named = unquote_plus(b64decode(credentials).decode().partition(":")[0])
        except (binascii.Error, ValueError):
            return ""
    return named.replace("\0", "")


def _too_often(request: HttpRequest, over: list[Allowance]) -> HttpResponse:
    """429: who comes back when the last of these is over is let through."""
    last = max(over, key=lambda allowance: allowance.resets_in)
    log.warning("token.too_often", limit=last.name, address=throttling.address(request))
    throttling.note(request, *(allowance for allowance in over if allowance.name != ASKED.name))
    return problems.respond(request, 429, headers={"Retry-After": str(last.resets_in)})
