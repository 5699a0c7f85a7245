"""Whether, and when, a failed call is tried again. Pure."""

from collections.abc import Callable

from orchestrator import conf
from orchestrator.errors import SourceError


def wait_before_retry(
    error: SourceError, *, attempts: int, max_attempts: int, seconds_left: float, random: Callable[[], float]
) -> float | None:
    """Seconds until the next try, or None where there is none.

    Exponential with equal jitter (half fixed, half random), on top of the source's own Retry-After
    (or all who wait for it would come back at once), never beyond the build's deadline. `attempts`
    counts this one, also where it was not called after all.
    """
    if not error.retryable or (error.was_called and attempts >= max_attempts):
        return None
    full = min(conf.BACKOFF_LAST_SECONDS, conf.BACKOFF_FIRST_SECONDS * 2 ** (attempts - 1))
    wait = full * (1 + random()) / 2 + (error.retry_after or 0.0)
    return wait if wait < seconds_left else None
