"""Somebody is found again, by CPF or by name, without being asked for anew: among what the reader may see.

Whoever is shown is on the record, as above every list; so is that a name was looked for, and never which.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator import dossiers
from orchestrator.errors import DestroyedKey, NotFound, Unreadable
from orchestrator.records.dossiers import Headline
from portal.access import deciding, record
from portal.access.deciding import Grant
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May

SHOWN_AT_MOST = 50
BY_NAME = "by name"  # the record's detail


@dataclass(frozen=True, kw_only=True)
class Hit:
    """Somebody who was found. `asked_at` is when the reader or the team last asked, None where they only
    follow the dossier."""

    dossier: Headline
    asked_at: datetime | None


@dataclass(frozen=True, kw_only=True)
class Hits:
    """Who was found, asked for last on top. `more`: there are others of that name; somebody may be missing
    where of `unread` dossiers the name could not be read, or where some were not looked at (`cut`)."""

    hits: tuple[Hit, ...] = ()
    more: bool = False
    unread: int = 0
    cut: bool = False


def by_cpf(reader: Reader, cpf: str) -> Hits:
    """Whose CPF it is; nobody, of who was erased. Raises InvalidInput where it is not 11 digits,
    PermissionDenied, and Unreadable for want of a key."""
    deciding.require(reader, May.READ)
    person, dossier_id = dossiers.keyed_hash(cpf), dossiers.id_of(cpf)
    if dossier_id is None:
        deciding.missed(reader, AccessEntry(action=Action.FIND, outcome=Verdict.NOT_FOUND, person=person))
        return Hits()
    try:
        grant = deciding.dossier(reader, dossier_id, action=Action.FIND)
    except NotFound:
        return Hits()
    try:
        told = dossiers.headline(dossier_id)
    except DestroyedKey:
        deciding.missed(reader, grant.entry(Action.FIND, Verdict.NOT_FOUND))
        return Hits()
    record.add(reader, grant.entry(Action.FIND, version=told.version, amount=1))
    return Hits(hits=(_hit(grant, told),))


def is_mistyped(cpf: str) -> bool:
    """Whether the check digits of a CPF do not match: then it may be that of nobody."""
    return not dossiers.is_whole(cpf)


def is_searchable(name: str) -> bool:
    """Whether there is enough of a name to look for: two letters."""
    return sum(map(len, dossiers.folded(name))) > 1


def by_name(reader: Reader, name: str) -> Hits:
    """Who has a name with these words, or such as begin with them. Raises PermissionDenied."""
    deciding.require(reader, May.READ)
    following = dict(deciding.all_followed(reader).values_list("dossier_id", "since"))
    among = dossiers.Among(
        owner=reader.owner,
        team=reader.team,
        within=deciding.window(),
        following=following,
        lists=list(deciding.followed_runs(reader).values_list("run_id", flat=True)),
    )
    found = dossiers.find_named(name, among, at_most=SHOWN_AT_MOST)
    hits = _shown(reader, found.dossier_ids)
    outcome = Verdict.SHOWN if hits else Verdict.NOT_FOUND
    record.add(reader, AccessEntry(action=Action.FIND, outcome=outcome, amount=len(hits), detail=BY_NAME))
    return Hits(hits=hits, more=found.more, unread=found.unread, cut=found.cut)


def _shown(reader: Reader, dossier_ids: Sequence[int]) -> tuple[Hit, ...]:
    """Each decided again, by the one rule, and recorded."""
    grants, told = deciding.many(reader, dossier_ids), dossiers.headlines(dossier_ids)
    hits, entries = list[Hit](), list[AccessEntry]()
    for dossier_id in dossier_ids:
        grant, headline = grants.get(dossier_id), told.get(dossier_id)
        if grant is None or headline is None or isinstance(headline, Unreadable):
            continue
        entries.append(grant.entry(Action.HEADLINE, version=headline.version, amount=1))
        hits.append(_hit(grant, headline))
    record.add(reader, *entries)
    return tuple(hits)


def _hit(grant: Grant, told: Headline) -> Hit:
    asked = grant.subject.asked
    return Hit(dossier=told, asked_at=asked.at if asked else None)
