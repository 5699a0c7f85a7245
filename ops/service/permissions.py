"""What a token allows."""

from collections.abc import Mapping
from typing import TYPE_CHECKING

from rest_framework.permissions import BasePermission
from rest_framework.request import Request

from ops.service.authentication import Client

if TYPE_CHECKING:  # DRF's views import this module, as their default
    from rest_framework.views import APIView

READ_WRITE: Mapping[str, str] = {
    "GET": "read",
    "POST": "write",
    "PUT": "write",
    "PATCH": "write",
    "DELETE": "write",
}


class HasScope(BasePermission):
    """The token carries the scope that the view names for the method.

    A view says so in `required_scopes`, a mapping from HTTP method to scope. HEAD needs what GET
    needs, OPTIONS any token. A method that the view does not name is refused, unless the view
    has no such method: then the answer is 405.
    """

    message = "The token does not carry the scope that this needs."

    def has_permission(self, request: Request, view: "APIView") -> bool:
        """Whether the request may go on; DRF answers 401 where there is no token at all."""
        client = request.auth
        if not isinstance(client, Client):
            return False
        if request.method == "OPTIONS" or request.method not in view.allowed_methods:
            return True
        required: Mapping[str, str] = getattr(view, "required_scopes", {})
        method = "GET" if request.method == "HEAD" else request.method
        return required.get(method) in client.scopes
