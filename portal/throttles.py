"""How often a user may open pages, a client look how things get on, and anybody ask for what is others'."""

import time

import structlog
from django.conf import settings

from ops.service.access.throttling import Limit

PAGES = Limit("pages", lambda: settings.PAGES_PER_MINUTE, 60)
# A poll costs one query, and is to stay cheap with Redis away too: several processes let through as many
# times more, never less, and nothing of it is counted against what a client asks for.
POLLS = Limit("polls", lambda: settings.POLLS_PER_SECOND, 1, shared=False)
GUESSED = Limit("guesses", lambda: settings.GUESSES, 900)

log = structlog.get_logger(__name__)


class Guesses:
    """Who asks for others' things, by numbers that nobody has given them, may do so a few times (GUESSES),
    and then has to wait. `who` is an owner: `user:<id>`, `client:<id>`.

    To note one costs a question to Redis; to look costs nothing: this process knows those whom it has seen
    guess too often. Each other process gets to know one with the next guess that it sees.
    """

    def __init__(self) -> None:
        self._until: dict[str, float] = {}  # by the monotonic clock

    def note(self, who: str) -> None:
        """Counts one, of somebody who was told that there is no such thing."""
        allowance = GUESSED.hit(who)
        if allowance.left:
            return
        now = time.monotonic()
        self._until = {each: until for each, until in self._until.items() if until > now}
        if who not in self._until:
            log.warning("guesses.too_many", owner=who, seconds=allowance.resets_in)
        self._until[who] = now + allowance.resets_in

    def seconds_left(self, who: str) -> float:
        """For how long nothing is answered any more; 0 where everything is."""
        return max(0.0, self._until.get(who, 0.0) - time.monotonic())


guesses = Guesses()
