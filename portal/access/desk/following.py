"""What a reader follows, and what changed materially in it: each decided, and recorded.

Whoever follows a dossier or a list does so for their team. A list is followed as long as its details are
kept, with all of its dossiers.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import transaction
from django.utils.timezone import now

from orchestrator import dossiers, runs
from orchestrator.errors import NotFound, Unreadable
from orchestrator.records.dossiers import DossierView, Headline, VersionStep
from orchestrator.records.runs import RunStatus
from portal.access import deciding, record
from portal.access.deciding import Grant
from portal.access.models import FollowedRun, Following
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict
from portal.access.roles import May
from portal.figures import flags, material, reckoning, thresholds
from portal.figures.material import MaterialChange
from portal.figures.thresholds import Thresholds

MOST_STEPS = 200  # that are evaluated for one answer …
MOST_ROWS = 100_000  # … and the rows in them: five seconds or so
SHOWN_AT_MOST = 200
_AT_ONCE = 20


@dataclass(frozen=True, kw_only=True)
class FollowedDossier:
    """A dossier that is followed, since when."""

    dossier: Headline
    since: datetime


@dataclass(frozen=True, kw_only=True)
class FollowedList:
    """A list that is followed."""

    run: RunStatus
    since: datetime


@dataclass(frozen=True, kw_only=True)
class Everything:
    """All that is followed, the last on top; `more` dossiers than are told, or not."""

    dossiers: tuple[FollowedDossier, ...]
    lists: tuple[FollowedList, ...]
    more: bool


@dataclass(frozen=True, kw_only=True)
class FollowedChange:
    """What changed materially in a dossier from one version to the next."""

    step: VersionStep
    dossier: DossierView  # at the later version
    changes: tuple[MaterialChange, ...]


@dataclass(frozen=True, kw_only=True)
class FollowedNews:
    """What changed materially, the newest first. `dossiers`: in how many anything has changed; `cut`: older
    changes were not evaluated, since there are too many."""

    changes: tuple[FollowedChange, ...]
    dossiers: int
    cut: bool


def any_of(reader: Reader) -> bool:
    """Whether the reader follows anything."""
    return deciding.all_followed(reader).exists() or deciding.followed_runs(reader).exists()


def follows_run(reader: Reader, run_id: int) -> bool:
    """Whether the reader, or their team, follows a list."""
    return deciding.followed_runs(reader).filter(run_id=run_id).exists()


def may_follow(reader: Reader, status: RunStatus) -> bool:
    """Whether a run is one to be followed: a list whose dossiers the reader may have."""
    return not status.over_everybody and not status.forgotten_at and deciding.takes_away(reader, status)


def follow_run(reader: Reader, run_id: int, *, following: bool = True) -> None:
    """Keeps a list's dossiers open to the reader and their team, and tells what changes in them; or no
    longer. Safe to run twice. Raises NotFound and PermissionDenied."""
    owner = "" if reader.team else reader.owner
    if following and not may_follow(reader, deciding.run(reader, run_id)):
        deciding.refuse_run(reader, run_id, Action.FOLLOW)
    with transaction.atomic():
        if following:
            FollowedRun.objects.get_or_create(run_id=run_id, team=reader.team, owner=owner)
        elif not deciding.followed_runs(reader).filter(run_id=run_id).delete()[0]:
            return
        detail = "" if following else "no longer"
        record.add(
            reader, AccessEntry(action=Action.FOLLOW, outcome=Verdict.DONE, run_id=run_id, detail=detail)
        )


def everything(reader: Reader) -> Everything:
    """All that the reader follows. Who is shown is recorded."""
    deciding.require(reader, May.READ)
    rows = list(deciding.all_followed(reader).order_by("-since", "-pk")[: SHOWN_AT_MOST + 1])
    shown = rows[:SHOWN_AT_MOST]
    return Everything(
        dossiers=tuple(_headlines(reader, shown)),
        lists=tuple(_lists(reader)),
        more=len(rows) > SHOWN_AT_MOST,
    )


def _headlines(reader: Reader, rows: Sequence[Following]) -> Iterator[FollowedDossier]:
    ids = [row.dossier_id for row in rows]
    grants, told = deciding.many(reader, ids), dossiers.headlines(ids)
    for row in rows:
        grant, headline = grants.get(row.dossier_id), told.get(row.dossier_id)
        if grant is None or headline is None or isinstance(headline, Unreadable):
            continue
        record.add(reader, grant.entry(Action.HEADLINE, version=headline.version, amount=1))
        yield FollowedDossier(dossier=headline, since=row.since)


def _lists(reader: Reader) -> Iterator[FollowedList]:
    for row in deciding.followed_runs(reader).order_by("-since", "-pk")[:SHOWN_AT_MOST]:
        try:
            yield FollowedList(run=runs.status(row.run_id), since=row.since)
        except NotFound:
            continue


def news(reader: Reader, since: datetime) -> FollowedNews:
    """What changed materially since then in what the reader follows. Who is shown is recorded, as a name and
    as a comparison of two versions. Raises PermissionDenied."""
    deciding.require(reader, May.READ)
    followed = list(deciding.all_followed(reader).values_list("dossier_id", flat=True))
    lists = list(deciding.followed_runs(reader).values_list("run_id", flat=True))
    steps, cut = dossiers.steps(followed, lists, since=since, at_most=MOST_STEPS)
    grants = deciding.many(reader, sorted({step.dossier_id for step in steps}))
    theirs = [step for step in steps if _covers(grants.get(step.dossier_id), step)]
    found, is_short = _evaluated(theirs)
    for change in found:
        _note(reader, grants[change.step.dossier_id], change)
    return FollowedNews(
        changes=tuple(found),
        dossiers=len({step.dossier_id for step in theirs}),
        cut=cut or is_short,
    )


def _covers(grant: Grant | None, step: VersionStep) -> bool:
    return grant is not None and grant.covers(step.before)


def _evaluated(steps: Sequence[VersionStep]) -> tuple[list[FollowedChange], bool]:
    """The material ones; and whether there were too many rows to look at all."""
    held, rows, found = thresholds.current(), 0, list[FollowedChange]()
    for start in range(0, len(steps), _AT_ONCE):
        some = steps[start : start + _AT_ONCE]
        if rows > MOST_ROWS:
            return found, True
        views = dossiers.load_versions(
            (step.dossier_id, number) for step in some for number in (step.before, step.after)
        )
        for step in some:
            before, after = (views.get((step.dossier_id, number)) for number in (step.before, step.after))
            if isinstance(before, DossierView) and isinstance(after, DossierView):
                rows += before.amount + after.amount
                if changes := _changes(before, after, step.at, held):
                    found.append(FollowedChange(step=step, dossier=after, changes=changes))
    return found, False


def _changes(
    before: DossierView, after: DossierView, at: datetime, held: Thresholds
) -> tuple[MaterialChange, ...]:
    """By figures of one instant, or age alone would be a change."""
    sources, told = dossiers.sources(), []
    for view in (before, after):
        figures = reckoning.reckon(view, sources, at=at, thresholds=held, told_at=now())
        told.append((figures, flags.raised(view, figures, sources, held)))
    (then, then_flags), (later, later_flags) = told
    return material.changes(then, then_flags, later, later_flags, held)


def _note(reader: Reader, grant: Grant, change: FollowedChange) -> None:
    """A name and a CPF, and two versions, were shown."""
    step, amount = change.step, len(change.changes)
    record.add(
        reader,
        grant.entry(Action.HEADLINE, version=step.after, amount=1),
        *(grant.entry(Action.DIFF, version=version, amount=amount) for version in (step.before, step.after)),
    )
