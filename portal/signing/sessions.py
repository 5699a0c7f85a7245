"""How long a session lasts, and which ones somebody has."""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.contrib.auth.models import User
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.backends.db import SessionStore
from django.http import HttpRequest

# What a session knows, in seconds since 1970: when it began, was used last, and proved last whose it is.
BEGAN, ACTIVE, PROVED = "signed_in_at", "active_at", "proved_at"
_NOTED_EVERY = 60.0  # seconds; a session is not written at every click
# The first that is found: nearly all call themselves Chrome and Safari too, and Android Linux.
_BROWSERS = {"Edg": "Edge", "OPR/": "Opera", "Firefox/": "Firefox", "Chrome/": "Chrome", "Safari/": "Safari"}
_SYSTEMS = {
    "Android": "Android",
    "iPhone": "iPhone",
    "iPad": "iPad",
    "Windows": "Windows",
    "Mac OS": "macOS",
    "Linux": "Linux",
}


def begin(request: HttpRequest, **_: Any) -> None:
    """Receives `user_logged_in`: a session begins, and has just proved whose it is."""
    request.session[BEGAN] = request.session[ACTIVE] = request.session[PROVED] = time.time()


def why_over(session: SessionBase) -> str | None:
    """`idle` or `absolute` where a session has lasted long enough."""
    at = time.time()
    if at - session.get(ACTIVE, at) > settings.SESSION_IDLE_SECONDS:
        return "idle"
    return "absolute" if at - session.get(BEGAN, at) > settings.SESSION_SECONDS else None


def note_use(session: SessionBase) -> None:
    """That somebody does something; what a page asks by itself is none of it."""
    at = time.time()
    session.setdefault(BEGAN, at)
    if at - session.get(ACTIVE, 0.0) > min(_NOTED_EVERY, settings.SESSION_IDLE_SECONDS / 10):
        session[ACTIVE] = at


def prove(session: SessionBase) -> None:
    """That whose session it is was proved again."""
    session[PROVED] = time.time()


def is_proved(session: SessionBase) -> bool:
    """Whether that was lately enough for what asks for it."""
    return bool(time.time() - session.get(PROVED, 0.0) < settings.REAUTHENTICATED_SECONDS)


@dataclass(frozen=True, kw_only=True)
class OpenSession:
    """One of somebody's sessions. `began` and `active` are aware, UTC."""

    id: int
    address: str
    browser: str
    began: datetime
    active: datetime
    is_this: bool


def of_user(request: HttpRequest) -> Iterator[OpenSession]:
    """The sessions of who asks, the newest first; those that are over by now are ended on the way."""
    for each in reversed(UserSession.objects.purge_and_list(request.user)):
        store = SessionStore(each.session_key)
        if why_over(store):
            each.end()
            continue
        began = store.get(BEGAN, each.created_at.timestamp())
        yield OpenSession(
            id=each.pk,
            address=each.ip,
            browser=_named(each.user_agent),
            began=datetime.fromtimestamp(began, UTC),
            active=datetime.fromtimestamp(store.get(ACTIVE, began), UTC),
            is_this=each.session_key == request.session.session_key,
        )


def _named(agent: str) -> str:
    """A browser and its system as people call them; of others what they say of themselves, shortened."""
    browser = next((name for mark, name in _BROWSERS.items() if mark in agent), "")
    system = next((name for mark, name in _SYSTEMS.items() if mark in agent), "")
    return " · ".join(filter(None, (browser, system))) or agent[:60]


def end_one(user_id: int, session_id: int) -> None:
    """Ends one of somebody's sessions; does nothing where it is none of theirs, or over."""
    for each in UserSession.objects.filter(user_id=user_id, pk=session_id):
        each.end()


def end_others(request: HttpRequest, **_: Any) -> None:
    """Ends all sessions of who asks but the one that asks. Receives `password_changed` too."""
    for each in UserSession.objects.filter(user_id=request.user.pk):
        if each.session_key != request.session.session_key:
            each.end()


def end_all(user_id: int) -> None:
    """Ends every session of somebody, at once."""
    for each in UserSession.objects.filter(user_id=user_id):
        each.end()


def end_with_account(instance: User, **_: Any) -> None:
    """Receives `post_save` of users: who was deactivated is out, also where they are let in again later."""
    if not instance.is_active:
        end_all(instance.pk)
