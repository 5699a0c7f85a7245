"""The requests that an analyst made in this session: ids only, the newest first."""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from uuid import UUID

from django.contrib.sessions.backends.base import SessionBase

from orchestrator import dossiers
from orchestrator.errors import NotFound, Unreadable
from orchestrator.records.dossiers import Headline
from orchestrator.records.requests import RequestStatus

KEY = "recent_requests"
KEPT = 8


@dataclass(frozen=True, kw_only=True)
class Recent:
    """One of the session's requests, with the dossier it is about."""

    status: RequestStatus
    dossier: Headline


def remember(session: SessionBase, request_id: UUID) -> None:
    """Puts a request on top of the session's list."""
    earlier = [seen for seen in session.get(KEY, []) if seen != str(request_id)]
    session[KEY] = [str(request_id), *earlier][:KEPT]


def recents(session: SessionBase) -> Iterator[Recent]:
    """The session's requests whose dossiers can still be read, the newest first."""
    for seen in session.get(KEY, []):
        with suppress(NotFound, Unreadable):
            status = dossiers.status(UUID(seen))
            yield Recent(status=status, dossier=dossiers.headline(status.dossier_id))
