"""How often somebody may do something, and how the answer tells it.

The headers are those of draft-ietf-httpapi-ratelimit-headers: `RateLimit-Policy` has the limit, `RateLimit`
what is left of it, and until when.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from ipaddress import IPv6Address, ip_address
from typing import NoReturn

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from rest_framework.exceptions import Throttled
from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle

from ops.service.access import counters
from ops.service.access.counters import Step

_ALLOWANCES = "dossier.allowances"  # of a request's META
_NETWORK = 64  # bits of an IPv6 address: who has one has all that begin with these


@dataclass(frozen=True, kw_only=True)
class Allowance:
    """How somebody stands with a limit: `left` of `number` in `window` seconds, which end in `resets_in`.

    `is_over` of a hit: it was one too many; of a look: the next one would be.
    """

    name: str
    number: int
    window: int
    left: int
    resets_in: int
    is_over: bool


class Limit:
    """So many in so many seconds, of each who does it; a window begins with the first.

    `number` is asked for anew each time. One that is `shared` is counted over all processes of a service that
    has a Redis; without Redis, and else, each process lets so many through.
    """

    def __init__(self, name: str, number: Callable[[], int], seconds: int, *, shared: bool = True) -> None:
        self.name, self.number, self.seconds, self.shared = name, number, seconds, shared

    def hit(self, who: str) -> Allowance:
        """Counts one."""
        return together([(self, who, 1)])[0]

    def peek(self, who: str) -> Allowance:
        """Counts nothing."""
        return together([(self, who, 0)])[0]


def together(hits: Sequence[tuple[Limit, str, int]]) -> list[Allowance]:
    """Counts by several limits of one kind at the price of one: who, and how many."""
    steps = [Step(key=_key(limit, who), seconds=limit.seconds, by=by) for limit, who, by in hits]
    counts = counters.count(steps, shared=all(limit.shared for limit, _, _ in hits))
    return [
        Allowance(
            name=limit.name,
            number=limit.number(),
            window=limit.seconds,
            left=max(0, limit.number() - count.number),
            resets_in=max(1, math.ceil(count.seconds_left)),
            is_over=count.number + (0 if by else 1) > limit.number(),
        )
        for (limit, _, by), count in zip(hits, counts, strict=True)
    ]


def _key(limit: Limit, who: str) -> str:
    """Where it is counted: nobody reads there who it was."""
    named = blake2b(who.encode(errors="replace"), digest_size=16).hexdigest()
    return f"dossier:limit:{settings.SERVICE}:{limit.name}:{named}"


def address(request: HttpRequest | Request) -> str:
    """Where a request comes from, our own proxies (PROXIES) passed over; of an IPv6 address its network."""
    told = BaseThrottle().get_ident(request)  # type: ignore[arg-type]  # it reads META alone
    try:
        known = ip_address(told)
    except ValueError:
        return ""
    if isinstance(known, IPv6Address):
        return str(known.ipv4_mapped or IPv6Address(int(known) >> (128 - _NETWORK) << (128 - _NETWORK)))
    return str(known)


def note(request: HttpRequest | Request, *allowances: Allowance) -> None:
    """Has the answer to the request tell of these."""
    request.META.setdefault(_ALLOWANCES, []).extend(allowances)


def tell(request: HttpRequest, response: HttpResponse) -> None:
    """Writes the headers of what was noted of a request."""
    allowances: list[Allowance] = request.META.get(_ALLOWANCES, [])
    if allowances:
        policies = [f'"{each.name}";q={each.number};w={each.window}' for each in allowances]
        response["RateLimit-Policy"] = ", ".join(policies)
        lefts = [f'"{each.name}";r={each.left};t={each.resets_in}' for each in allowances]
        response["RateLimit"] = ", ".join(lefts)


def refuse(allowance: Allowance) -> NoReturn:
    """Raises Throttled, which says when to come back."""
    raise Throttled(wait=allowance.resets_in)


UNKNOWN = Limit("unknown", lambda: settings.UNKNOWN_PER_MINUTE, 60)


def count_unknown(request: Request) -> None:
    """Counts a request without a token that is good, by its address. Raises Throttled."""
    allowance = UNKNOWN.hit(address(request))
    note(request, allowance)
    if allowance.is_over:
        refuse(allowance)
