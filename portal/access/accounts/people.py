"""Accounts: made and closed, their roles and teams, each change recorded."""

from collections.abc import Iterable

from django.contrib.auth.models import Group, User
from django.contrib.auth.password_validation import validate_password
from django.db import IntegrityError, transaction
from django.db.models.functions import Now

from portal.access import record
from portal.access.models import Membership, Team
from portal.access.readers import Reader
from portal.access.record import AccessEntry, Action, Verdict


def create(by: Reader, name: str, *, password: str, roles: Iterable[str], team: str = "") -> User:
    """Makes an account, and the team where there is none of that name.

    Raises ValidationError where Django's validators refuse the password, or IntegrityError for a name
    that is taken.
    """
    if is_taken(name):
        raise IntegrityError
    user = User(username=name)
    validate_password(password, user)
    user.set_password(password)
    enter(by, user, roles, team)
    return user


@transaction.atomic
def enter(by: Reader, user: User, roles: Iterable[str], team: str = "") -> None:
    """Saves a new account, with its roles and its team."""
    user.save()
    record.add(by, _changed(Action.ACCOUNT_CHANGE, user, "made"))
    give_roles(by, user, roles)
    join(by, user, team)


def is_taken(name: str, but: User | None = None) -> bool:
    """Whether an account, but for that one, has the name in whatever case: whoever logs in may type any."""
    others = User.objects.filter(username__iexact=name)
    return (others.exclude(pk=but.pk) if but else others).exists()


@transaction.atomic
def give_roles(by: Reader, user: User, roles: Iterable[str]) -> None:
    """Gives an account these roles, and no others. Safe to run twice."""
    before, wanted = set(user.groups.values_list("name", flat=True)), set(roles)
    user.groups.set(Group.objects.filter(name__in=wanted))
    note_roles(by, user, before)


def note_roles(by: Reader, user: User, before: Iterable[str]) -> None:
    """Records which roles somebody has now that they had not, or has no more."""
    before, now = set(before), set(user.groups.values_list("name", flat=True))
    changed = [f"+{role}" for role in sorted(now - before)] + [f"-{role}" for role in sorted(before - now)]
    if changed:
        record.add(by, _changed(Action.ROLE_CHANGE, user, " ".join(changed)))


@transaction.atomic
def join(by: Reader, user: User, team: str) -> None:
    """Puts somebody into a team from now on, out of the one they were in; an empty name: into none."""
    current = user.memberships.filter(until=None).select_related("team").first()
    if (current.team.name if current else "") == team:
        return
    user.memberships.filter(until=None).update(until=Now())
    if team:
        Membership.objects.create(user=user, team=Team.objects.get_or_create(name=team)[0])
    record.add(by, _changed(Action.ROLE_CHANGE, user, f"team {team or '-'}"))


@transaction.atomic
def close(by: Reader, user: User) -> None:
    """Closes an account: it logs in no more, and its sessions end with it. Nothing of it is deleted."""
    user.is_active = False
    user.save(update_fields=["is_active"])  # whose sessions end by this
    user.memberships.filter(until=None).update(until=Now())
    record.add(by, _changed(Action.ACCOUNT_CHANGE, user, "closed"))


def _changed(action: Action, user: User, what: str) -> AccessEntry:
    return AccessEntry(action=action, outcome=Verdict.DONE, detail=f"user:{user.pk} {what}")
