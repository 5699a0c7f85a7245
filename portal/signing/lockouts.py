"""Who failed too often waits: a user from an address, and an address that tries everybody.

A try is counted before it is looked at, so that many at once are no more than that many; it is taken back
where it succeeds. Neither the log nor Redis ever has a name that somebody typed.
"""

import ipaddress
import math
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from typing import Literal

import structlog
from allauth.account.adapter import get_adapter
from allauth.core.exceptions import ImmediateHttpResponse
from django.conf import settings
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.crypto import salted_hmac
from django.utils.timezone import now

from portal.presenting import formats
from portal.signing.counting import Bound

Factor = Literal["password", "code"]

log = structlog.get_logger(__name__)


@dataclass(frozen=True, kw_only=True)
class Try:
    """One try to prove who one is. `begin` and `fail` raise the answer 429 where there were too many.

    `who` is anybody's key, `user` only that of an account that exists.
    """

    request: HttpRequest
    factor: Factor
    who: str
    user: int | None

    @classmethod
    def of_name(cls, request: HttpRequest, name: str) -> "Try":
        """By a password, of whoever has a name. Unknown ones cost the same, and are counted likewise."""
        known = User.objects.filter(username__iexact=name).order_by("pk").values_list("pk", flat=True).first()
        who = salted_hmac("portal.signing.lockouts", name.casefold(), algorithm="sha256").hexdigest()
        return cls(
            request=request, factor="password", who=who if known is None else f"user:{known}", user=known
        )

    @classmethod
    def of_user(cls, request: HttpRequest, user_id: int, factor: Factor) -> "Try":
        """Of somebody who is known by now."""
        return cls(request=request, factor=factor, who=f"user:{user_id}", user=user_id)

    def begin(self) -> None:
        """Counts the try."""
        if not self._by_address.has_room():
            self._refuse(self._by_address)
        for bound in self._by_person:
            if not bound.take():
                self._refuse(bound)

    def fail(self) -> None:
        """Leaves it counted; where it was the last that there was room for, who tried is locked out."""
        log.warning("signing.failed", **self._told)
        self._by_address.take()
        for bound in (self._by_address, *self._by_person):
            if not bound.has_room():
                until = bound.full_until()
                log.warning("signing.locked_out", **self._told, by=bound.name, until=formats.utc(until))
                raise ImmediateHttpResponse(locked(self.request, until))

    def succeed(self) -> None:
        """Takes it back, with what the same user failed at from the same address before."""
        for bound in self._by_person:
            bound.clear()

    def _refuse(self, bound: Bound) -> None:
        log.warning("signing.refused", **self._told, by=bound.name)
        raise ImmediateHttpResponse(locked(self.request, bound.full_until()))

    @property
    def _told(self) -> dict[str, object]:
        return {"user": self.user, "factor": self.factor, "address": self._address}

    @cached_property
    def _address(self) -> str:
        return address(self.request)

    @property
    def _by_address(self) -> Bound:
        return _bound("address", self._address, settings.LOCKOUT_ADDRESS_FAILURES)

    @property
    def _by_person(self) -> list[Bound]:
        """Of a second factor also from everywhere: whoever is asked for one has the password already."""
        key = f"{self.factor}:{self.who}"
        here = _bound("person", f"{key}@{self._address}", settings.LOCKOUT_FAILURES)
        anywhere = (
            [_bound("everywhere", key, settings.LOCKOUT_CODE_FAILURES)] if self.factor == "code" else []
        )
        return [here, *anywhere]


def _bound(name: str, key: str, failures: int) -> Bound:
    return Bound(name=name, key=key, times=failures, seconds=settings.LOCKOUT_SECONDS)


def address(request: HttpRequest) -> str:
    """Whence a request comes; of IPv6 the network, since a household has as many addresses as it likes."""
    told = ipaddress.ip_address(get_adapter().get_client_ip(request))
    if isinstance(told, ipaddress.IPv6Address) and told.ipv4_mapped is None:
        return str(ipaddress.ip_network((told, 64), strict=False))
    return str(told)


def locked(request: HttpRequest, until: datetime) -> HttpResponse:
    """The page that says until when to wait."""
    seconds = max(1, math.ceil((until - now()).total_seconds()))
    context = {"until": formats.clock(until), "minutes": formats.long_duration(seconds)}
    response = render(request, "portal/locked.html", context, status=429)
    response["Retry-After"] = str(seconds)
    response["Cache-Control"] = "private, no-store"
    return response
