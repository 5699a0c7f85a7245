"""The token endpoint: client credentials, by form body or HTTP Basic."""

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

from ops.service.errors import STORE_ERRORS, not_allowed


class Validator(OAuth2Validator):  # type: ignore[misc]  # the toolkit has no types
    """Forgets expired tokens, anybody's, when somebody gets a new one, so that they do not pile up.

    A token expires by PostgreSQL's clock, which all processes share, not by that of who issued it.
    """

    def _extract_basic_auth(self, request: Request) -> str | None:
        """What is not ASCII is no base64, and would be a 500."""
        credentials: str | None = super()._extract_basic_auth(request)
        return credentials if credentials and credentials.isascii() else None

    def _save_bearer_token(self, token: dict[str, Any], request: Request, *args: Any, **kwargs: Any) -> None:
        _forget_expired()
        super()._save_bearer_token(token, request, *args, **kwargs)
        expires = Now() + timedelta(seconds=token["expires_in"])
        AccessToken.objects.filter(token_checksum=_checksum(token["access_token"])).update(expires=expires)


_STEP = 100  # tokens; whoever waits for a new one does not wait for a million old ones to go

_FORGET = """
delete from oauth2_provider_accesstoken
 where id = any(array(
        select id from oauth2_provider_accesstoken where expires < statement_timestamp()
         order by expires limit %s for update skip locked))
"""


def _forget_expired() -> None:
    """No service needs a process of its own for that."""
    with connection.cursor() as cursor:
        cursor.execute(_FORGET, [_STEP])


def _checksum(token: str) -> str:
    return sha256(token.encode()).hexdigest()


@method_decorator(csrf_exempt, name="dispatch")
class ClientCredentials(TokenView):  # type: ignore[misc]  # the toolkit has no types
    """`POST /api/oauth/token/`; errors are OAuth's own (RFC 6749, section 5.2)."""

    http_method_names = ["post"]

    def dispatch(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """Answers 503 where PostgreSQL is away."""
        try:
            response: HttpResponse = super().dispatch(request, *args, **kwargs)
        except STORE_ERRORS:
            return JsonResponse({"error": "temporarily_unavailable"}, status=503)
        return response

    def http_method_not_allowed(self, request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponse:
        """405 in the shape of every other error."""
        return not_allowed(request, "POST")
