"""Who asks: a Bearer token, checked with one indexed query and no password hash."""

from dataclasses import dataclass
from hashlib import sha256

from django.utils import timezone
from oauth2_provider.models import AccessToken
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated
from rest_framework.request import Request


@dataclass(frozen=True, kw_only=True)
class Client:
    """The machine client behind a token; DRF's `request.user` and `request.auth`."""

    client_id: str
    name: str
    scopes: frozenset[str]

    is_authenticated = True
    is_active = True

    @property
    def pk(self) -> str:
        """What DRF's throttles know a client by."""
        return self.client_id


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`; the token's checksum is looked up, the token is not stored."""

    def authenticate(self, request: Request) -> tuple[Client, Client] | None:
        """The client, or None where no Bearer token came; AuthenticationFailed for a bad one."""
        kind, _, token = request.META.get("HTTP_AUTHORIZATION", "").partition(" ")
        if kind.lower() != "bearer":
            return None
        client = find_client(token.strip())
        if client is None:
            raise AuthenticationFailed("The access token is unknown or has expired.", "invalid_token")
        request._request.client_id = client.client_id  # type: ignore[attr-defined]  # for the access log
        return client, client

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 6750, section 3)."""
        if "HTTP_AUTHORIZATION" in request.META:
            return 'Bearer realm="api", error="invalid_token"'
        return 'Bearer realm="api"'


def client_of(request: Request) -> Client:
    """The client of a request that HasScope has let through."""
    client = request.auth
    if not isinstance(client, Client):
        raise NotAuthenticated
    return client


def find_client(token: str) -> Client | None:
    """The client of a token that has not expired, or None."""
    row = (
        AccessToken.objects.filter(
            token_checksum=sha256(token.encode()).hexdigest(), expires__gt=timezone.now()
        )
        .values_list("scope", "application__client_id", "application__name")
        .first()
    )
    if row is None or row[1] is None:
        return None
    return Client(client_id=row[1], name=row[2], scopes=frozenset(row[0].split()))
