"""How often a client may ask how its requests get on.

Counted in this process alone: a poll costs one query, and is to stay cheap with Redis away too. Several
processes let through as many times more, never less.
"""

import math
import time
from functools import cache

from django.conf import settings
from limits import RateLimitItemPerSecond
from limits.storage import MemoryStorage
from limits.strategies import MovingWindowRateLimiter
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle
from rest_framework.views import APIView

from ops.service.access.authentication import client_of


class PollLimit(BaseThrottle):
    """POLLS_PER_SECOND for each client, and nothing of it is counted against what the client asks for."""

    def allow_request(self, request: Request, view: APIView) -> bool:
        """Counts the poll; whether it may be answered."""
        self._item = RateLimitItemPerSecond(settings.POLLS_PER_SECOND)
        self._client = client_of(request).client_id
        return _limiter().hit(self._item, self._client)

    def wait(self) -> float:
        """Seconds until the client may ask again."""
        resets_at = _limiter().get_window_stats(self._item, self._client).reset_time
        return max(1.0, math.ceil(resets_at - time.time()))


@cache
def _limiter() -> MovingWindowRateLimiter:
    return MovingWindowRateLimiter(MemoryStorage())
