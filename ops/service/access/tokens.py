"""The token endpoint: client credentials, by form body or HTTP Basic, but not by both.

What it answers is OAuth's own, errors too (RFC 6749, section 5.2); only what is no token request at all is
told as a problem.
"""

from datetime import timedelta
from hashlib import sha256
from typing import Any

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

from ops.service.api import problems
from ops.service.api.bodies import require_utf8
from ops.service.api.errors import STORE_ERRORS, not_allowed

FORM = "application/x-www-form-urlencoded"
CHALLENGE = 'Basic realm="token"'  # the one scheme by which a client may prove itself here

_STEP = 100  # tokens; whoever waits for a new one does not wait for a million old ones to go
_FORGET = """
delete from oauth2_provider_accesstoken
 where id = any(array(
        select id from oauth2_provider_accesstoken where expires < statement_timestamp()
         order by expires limit %s for update skip locked))
"""


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
        response: HttpResponse = super().post(request, *args, **kwargs)
        return response

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """405 in the shape of every other error."""
        return not_allowed(request, "POST")
