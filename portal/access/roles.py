"""The roles: Django groups, and what each may do. Here alone; pages, API and commands ask for permissions."""

from enum import StrEnum
from typing import Any

from django.apps import apps


class May(StrEnum):
    """What somebody may do. The names are Django permissions of the app `access`."""

    ASK = "ask"  # for a dossier; see how one's own asks and the team's get on
    READ = "read"  # the dossiers that were asked for by oneself or the team
    READ_OLDER = "read_older"  # their versions of before the ask, too
    PIN = "pin"  # keep a version whatever its age, or no longer
    RUN = "run"  # send lists and refresh everybody; see, steer and take away the team's
    SEE_PROGRESS = "see_progress"  # of everybody's runs, in counts
    SEE_SOURCES = "see_sources"  # how the sources do
    READ_RECORD = "read_record"  # who looked at what
    SERVE_PERSONS = "serve_persons"  # the person's own rights: reports, contests, erasure
    MANAGE_PEOPLE = "manage_people"  # accounts, roles, teams and machine clients
    # Of machine clients and of the terminal alone; no role has them.
    READ_ALL = "read_all"
    RUN_ALL = "run_all"


LABELS = {
    May.ASK: "Ask for dossiers",
    May.READ: "Read the dossiers that the team asked for",
    May.READ_OLDER: "Read versions from before the team's ask",
    May.PIN: "Pin versions",
    May.RUN: "Run lists and refreshes, and take their results away",
    May.SEE_PROGRESS: "See how all runs get on",
    May.SEE_SOURCES: "See how the sources do",
    May.READ_RECORD: "Read the record of access",
    May.SERVE_PERSONS: "Serve persons' rights",
    May.MANAGE_PEOPLE: "Manage accounts, teams and machine clients",
}

_ANALYST = (May.ASK, May.READ, May.PIN, May.SEE_SOURCES)
ROLES: dict[str, tuple[May, ...]] = {
    "analyst": _ANALYST,
    "supervisor": (*_ANALYST, May.READ_OLDER, May.RUN),
    "auditor": (May.READ_RECORD,),
    "operator": (May.SEE_PROGRESS, May.SEE_SOURCES),
    "privacy_officer": (May.SERVE_PERSONS,),
    "administrator": (May.MANAGE_PEOPLE,),
}
# Of Django's admin: by app and model what an administrator may do there. Accounts are closed, not deleted.
_ADMIN = {
    ("auth", "user"): ("view", "add", "change"),
    ("auth", "group"): ("view",),
    ("access", "team"): ("view", "add", "change"),
    ("access", "membership"): ("view", "add", "change"),
    ("service", "apiclient"): ("view", "add", "change", "delete"),
}


def make_roles(**_: Any) -> None:
    """Makes the groups and gives each its permissions, and no others. Safe to run twice."""
    group, permission = apps.get_model("auth", "Group"), apps.get_model("auth", "Permission")
    for name, allowed in ROLES.items():
        role, _made = group.objects.get_or_create(name=name)
        codes = [("access", str(may)) for may in allowed]
        if May.MANAGE_PEOPLE in allowed:
            codes += [(app, f"{verb}_{model}") for (app, model), verbs in _ADMIN.items() for verb in verbs]
        wanted = [
            found.pk
            for found in permission.objects.select_related("content_type")
            if (found.content_type.app_label, found.codename) in codes
        ]
        role.permissions.set(wanted)
