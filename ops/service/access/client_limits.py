"""How often a machine client may ask a service for anything."""

from typing import TYPE_CHECKING, ClassVar

from django.conf import settings
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ops.service.access.authentication import client_of
from ops.service.access.throttling import Allowance, Limit, note

if TYPE_CHECKING:  # DRF's views import this module, as their default
    from rest_framework.views import APIView


class ClientLimit(BaseThrottle):
    """API_PER_MINUTE of each client; every view's unless it names another one."""

    limit: ClassVar[Limit] = Limit("api", lambda: settings.API_PER_MINUTE, 60)
    _allowance: Allowance

    def allow_request(self, request: Request, view: "APIView") -> bool:
        """Counts the request; whether it may be answered. What needs no token is not counted."""
        if request.auth is None:
            return True
        self._allowance = self.limit.hit(client_of(request).client_id)
        note(request, self._allowance)
        return not self._allowance.is_over

    def wait(self) -> float:
        """Seconds until the client may ask again."""
        return self._allowance.resets_in
