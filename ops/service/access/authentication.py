"""Who asks, and what that allows: a Bearer token, checked with one indexed query and no password hash."""

from collections.abc import Mapping
from dataclasses import dataclass
from hashlib import sha256
from typing import TYPE_CHECKING

from django.db import connection
from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed, NotAuthenticated, PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from structlog.contextvars import bind_contextvars

from ops.service.access.throttling import count_unknown

if TYPE_CHECKING:  # DRF's views import this module, as their default
    from rest_framework.views import APIView

CHALLENGE = 'Bearer realm="api"'
READ_WRITE: Mapping[str, str] = {
    "GET": "read",
    "POST": "write",
    "PUT": "write",
    "PATCH": "write",
    "DELETE": "write",
}
# Plain SQL: every call of every service passes here, and building the query took longer than it. A token
# expires by PostgreSQL's clock.
_FIND = """
select token.scope, client.client_id, client.name
  from oauth2_provider_accesstoken as token
  join service_apiclient as client on client.id = token.application_id
 where token.token_checksum = %s and token.expires > statement_timestamp()
"""


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
        """What frameworks know a client by."""
        return self.client_id


class BearerToken(BaseAuthentication):
    """`Authorization: Bearer …`; the token's checksum is looked up, the token is not stored."""

    def authenticate(self, request: Request) -> tuple[Client, Client] | None:
        """The client, or None where nothing came; AuthenticationFailed for a token that is none of ours,
        NotAuthenticated for what is no Bearer token, Throttled for many of these from one address."""
        header: str = request.META.get("HTTP_AUTHORIZATION", "")
        if not header:
            return None
        if not _is_bearer(header):
            count_unknown(request)
            raise NotAuthenticated(_("Only Bearer tokens are taken here, from /api/oauth/token/."))
        token = header[len("bearer") :].strip()
        with connection.cursor() as cursor:
            cursor.execute(_FIND, [sha256(token.encode()).hexdigest()])
            row = cursor.fetchone()
        if row is None:
            count_unknown(request)
            raise AuthenticationFailed(_("The access token is unknown or has expired."), "invalid_token")
        scope, client_id, name = row
        client = Client(client_id=client_id, name=name, scopes=frozenset(scope.split()))
        bind_contextvars(client=client_id)  # to every line that this request logs from here on
        return client, client

    def authenticate_header(self, request: Request) -> str:
        """The challenge of a 401 (RFC 6750, section 3): no error is named to who sent no Bearer token."""
        if _is_bearer(request.META.get("HTTP_AUTHORIZATION", "")):
            return f'{CHALLENGE}, error="invalid_token"'
        return CHALLENGE


def _is_bearer(header: str) -> bool:
    return header.split(" ")[0].lower() == "bearer"


def client_of(request: Request) -> Client:
    """The client of a request that HasScope has let through."""
    client = request.auth
    if not isinstance(client, Client):
        raise NotAuthenticated
    return client


@dataclass(frozen=True)
class Scopes:
    """Several scopes, of which a token has to carry all, or any."""

    names: tuple[str, ...]
    one_will_do: bool = False

    def are_met(self, carried: frozenset[str]) -> bool:
        """Whether a token that carries these will do."""
        return (any if self.one_will_do else all)(name in carried for name in self.names)

    def __str__(self) -> str:
        """As a challenge names them (RFC 6750, section 3): where one will do, the first."""
        return " ".join(self.names[:1] if self.one_will_do else self.names)


def all_of(*names: str) -> Scopes:
    """A token has to carry all of these."""
    return Scopes(names)


def any_of(*names: str) -> Scopes:
    """A token has to carry one of these, the first for choice."""
    return Scopes(names, one_will_do=True)


class InsufficientScope(PermissionDenied):
    """The token is good, and lacks the scope (RFC 6750, section 3.1)."""

    default_detail = _("The token does not carry the scope that this needs.")
    default_code = "insufficient_scope"

    def __init__(self, scope: str | None) -> None:
        super().__init__()
        needed = f', scope="{scope}"' if scope else ""
        self.auth_header = f'{CHALLENGE}, error="insufficient_scope"{needed}'  # DRF's handler sends it


class HasScope(BasePermission):
    """The token carries the scope that the view names for the method.

    A view says so in `required_scopes`, a mapping from HTTP method to scope, or to several. HEAD needs
    what GET needs, OPTIONS any token. A method that the view does not name is refused, unless the view
    has no such method: then the answer is 405.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the request may go on: DRF answers 401 where there is no token at all. Raises
        InsufficientScope for one that does not do, and Throttled: who is refused is counted too."""
        client = request.auth
        if not isinstance(client, Client):
            count_unknown(request)
            return False
        if request.method == "OPTIONS" or request.method not in view.allowed_methods:
            return True
        required: Mapping[str, str | Scopes] = getattr(view, "required_scopes", {})
        method = "GET" if request.method == "HEAD" else request.method
        scope = required.get(method)
        needed = scope if isinstance(scope, Scopes) else all_of(*([scope] if scope else []))
        if not scope or not needed.are_met(client.scopes):
            view.check_throttles(request)
            raise InsufficientScope(str(needed) or None)
        return True
