"""What tests of who may see what share: people of each role and of two teams, and a dossier of one's."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client

from orchestrator import dossiers
from orchestrator.records.requests import RequestStatus
from portal.access.models import Membership, Team
from portal.access.roles import ROLES
from tests.fakes.people import MARIA
from tests.integration.portal.conftest import Fakes, person, work

OURS, THEIRS = "Crédito", "Cobrança"


@pytest.fixture(autouse=True)
def _an_empty_record(db: None) -> None:
    """Django empties what it knows after a test that commits; the record is PostgreSQL's own."""
    with connection.cursor() as cursor:
        for table in ("record", "anchor"):
            cursor.execute(f"alter table access_{table} disable trigger access_{table}_stands")
            cursor.execute(f"delete from access_{table}")
            cursor.execute(f"alter table access_{table} enable trigger access_{table}_stands")


@dataclass(frozen=True)
class People:
    """Browsers in which somebody is logged in, by name."""

    by_name: dict[str, Client]
    users: dict[str, User]

    def __getitem__(self, name: str) -> Client:
        return self.by_name[name]


@pytest.fixture
def people(db: None) -> People:
    """One of each role, those of a team in OURS; and a colleague and somebody elsewhere who ask."""
    told = {role: (role, OURS if role in ("analyst", "supervisor") else "") for role in ROLES}
    told |= {"colleague": ("analyst", OURS), "elsewhere": ("analyst", THEIRS)}
    told |= {"supervisor_elsewhere": ("supervisor", THEIRS)}
    users = {name: person(role, name=name, team=team) for name, (role, team) in told.items()}
    browsers = {name: Client() for name in users}
    for name, browser in browsers.items():
        browser.force_login(users[name])
    return People(browsers, users)


Asked = Callable[..., RequestStatus]


@pytest.fixture
def asked(people: People, fake_sources: Fakes) -> Asked:
    """Asks for a dossier as somebody does for their team, and does the work."""

    def _asked(name: str = "analyst", cpf: str = MARIA) -> RequestStatus:
        user = people.users[name]
        member = user.memberships.filter(until=None).first()
        accepted = dossiers.request(
            cpf=cpf,
            purpose="credit_analysis",
            owner=f"user:{user.pk}",
            team=f"team:{member.team_id}" if member else "",
            fresh=True,
        )
        return work(accepted.request_id)

    return _asked


def leave(user: User) -> None:
    """Out of the team."""
    user.memberships.update(until=Membership._meta.get_field("since").default())


def move(user: User, team: str) -> None:
    """Into another team."""
    leave(user)
    Membership.objects.create(user=user, team=Team.objects.get(name=team))


def records(**wanted: object) -> list[dict[str, object]]:
    """The records that say so, the oldest first."""
    with connection.cursor() as cursor:
        cursor.execute("select * from access_record order by at")
        names = [column.name for column in cursor.description or ()]
        told = [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]
    return [each for each in told if all(each[name] == value for name, value in wanted.items())]
