"""What a token allows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import PermissionDenied
from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ops.service.authentication import CHALLENGE, Client

if TYPE_CHECKING:  # DRF's views import this module, as their default
    from rest_framework.views import APIView

READ_WRITE: Mapping[str, str] = {
    "GET": "read",
    "POST": "write",
    "PUT": "write",
    "PATCH": "write",
    "DELETE": "write",
}


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

    A view says so in `required_scopes`, a mapping from HTTP method to scope. HEAD needs what GET
    needs, OPTIONS any token. A method that the view does not name is refused, unless the view
    has no such method: then the answer is 405.
    """

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the request may go on: DRF answers 401 where there is no token at all. Raises
        InsufficientScope for one that does not do."""
        client = request.auth
        if not isinstance(client, Client):
            return False
        if request.method == "OPTIONS" or request.method not in view.allowed_methods:
            return True
        required: Mapping[str, str] = getattr(view, "required_scopes", {})
        method = "GET" if request.method == "HEAD" else request.method
        scope = required.get(method)
        if scope not in client.scopes:
            raise InsufficientScope(scope)
        return True
