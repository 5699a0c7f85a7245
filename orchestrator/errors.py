"""The orchestrator's errors. Those that a source causes say whether trying again makes sense."""

from collections.abc import Mapping


class OrchestratorError(Exception):
    """The root of everything raised on purpose here. Messages never hold a CPF or a payload."""


class InvalidInput(OrchestratorError):
    """An ask that cannot be accepted; `field` is the input's name, `code` a stable word for it.

    `message` says it in English. `values` are what a sentence in another language needs besides the
    code, such as the names of worksheets: never a CPF.
    """

    def __init__(
        self, field: str, code: str, message: str, values: Mapping[str, str | int] | None = None
    ) -> None:
        super().__init__(message)
        self.field, self.code, self.message, self.values = field, code, message, values or {}


class NotFound(OrchestratorError):
    """No such dossier, version or request."""


class Forgotten(OrchestratorError):
    """The details of a run, which were deleted when they were old. `code` is a stable word for it."""

    code = "forgotten"


class NothingToRetry(OrchestratorError):
    """There is nothing to ask again; `code` says why: `answered` (every source of the request),
    `nothing_failed` (of the run) or `unfinished` (it goes on)."""

    def __init__(self, message: str, code: str = "nothing_failed") -> None:
        super().__init__(message)
        self.code = code


class Busy(OrchestratorError):
    """More waits than can be worked off soon: to be asked again after `retry_after` seconds. `code` is a
    stable word for what waits."""

    code = "asks"

    def __init__(self, retry_after: int) -> None:
        super().__init__("More is waiting than can be worked off soon.")
        self.retry_after = retry_after


class SourceError(OrchestratorError):
    """A source gave no usable answer.

    `code` is one of the contract's error codes, `retryable` says whether the same call may
    succeed later, `is_outage` whether it speaks against the source's health (the circuit breaker
    counts those), `was_called` whether the call was made at all, `retry_after` is how many seconds
    the source asked us to wait, if it did, and `status_code` is the HTTP status, if there was one.
    The message says what was wrong in words of the contract: names of keys, never values.
    """

    code = "server_error"
    retryable = True
    is_outage = True
    was_called = True

    def __init__(
        self, reason: str = "", *, retry_after: float | None = None, status_code: int | None = None
    ) -> None:
        super().__init__(reason or self.code)
        self.retry_after, self.status_code = retry_after, status_code

    def again(self) -> "SourceError":
        """A new error that says the same, for another thread to raise."""
        return type(self)(str(self), retry_after=self.retry_after, status_code=self.status_code)


class Unreachable(SourceError):
    """No connection, or one that was cut."""

    code = "unreachable"


class TimedOut(SourceError):
    """No answer, or not all of it, within the time that one call may take."""

    code = "timeout"


class ServerError(SourceError):
    """A 5xx."""

    code = "server_error"


class Limited(SourceError):
    """A 429."""

    code = "limited"
    is_outage = False


class Paused(Limited):
    """An earlier 429 asked for a pause that is not over."""

    was_called = False


class Crowded(Limited):
    """None of our own places for calls to the source came free in time: says nothing of it."""

    was_called = False


class BadAnswer(SourceError):
    """Not what the contract promises: not JSON, another shape, an impossible value, a redirect."""

    code = "bad_answer"

    def __init__(
        self, reason: str = "", *, retry_after: float | None = None, status_code: int | None = 200
    ) -> None:
        super().__init__(reason, retry_after=retry_after, status_code=status_code)


class TooLarge(SourceError):
    """A body above the byte limit: it speaks of who was asked about, not of the source."""

    code = "too_large"
    is_outage = False


class Refused(SourceError):
    """A 4xx other than 401 and 429."""

    code = "refused"
    retryable = False
    is_outage = False


class BadCredentials(SourceError):
    """A 401 that a new token did not mend, or no token to be had."""

    code = "credentials"
    retryable = False
    is_outage = False


class CircuitOpen(SourceError):
    """The source failed too often lately: nobody calls it for a while, and nobody waits for it."""

    code = "circuit_open"
    retryable = False
    is_outage = False
    was_called = False


class Postponed(OrchestratorError):
    """Our own limit on calls to a source is reached: the call is to be made later, as if never begun."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"not before {seconds:.1f} s")
        self.seconds = seconds


class Unreadable(OrchestratorError):
    """What was sealed cannot be read: it was altered, or belongs elsewhere. `code` is a word for why."""

    code = "unreadable"


class UnknownKey(Unreadable):
    """The settings lack a key that is in use: an error of the installation. Nobody was erased."""

    code = "unknown_key"


class NotReplayed(UnknownKey):
    """The database lacks erasures that their register names: it was restored, and nothing starts before they
    are replayed. An error of the installation, as a key that it lacks."""


class DestroyedKey(Unreadable):
    """The dossier's own key was destroyed: the person is erased."""

    code = "erased"
