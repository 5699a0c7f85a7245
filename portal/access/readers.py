"""Who reads: a person with roles and a team, a machine client with scopes, or who is at the terminal."""

from dataclasses import dataclass

from django.db import connection
from django.http import HttpRequest

from ops.service.access.authentication import Client
from portal.access.roles import May

TERMINAL = "terminal"
# Plain SQL: every page of everybody passes here. A closed account may nothing.
_READER = """
select coalesce((select team_id from access_membership
                  where user_id = %(user)s and since <= clock_timestamp()
                    and (until is null or until > clock_timestamp())
                  order by since desc limit 1), 0),
       array(select distinct permission.codename
               from auth_user_groups as role
               join auth_group_permissions as given on given.group_id = role.group_id
               join auth_permission as permission on permission.id = given.permission_id
               join django_content_type as type on type.id = permission.content_type_id
              where role.user_id = %(user)s and type.app_label = 'access')
  from auth_user where id = %(user)s and is_active
"""
SCOPES = {
    "dossier:request": (May.ASK,),
    "dossier:read": (May.READ, May.SEE_SOURCES),
    "dossier:pin": (May.PIN,),
    "dossier:all": (May.READ_ALL, May.READ_OLDER),
    "batch:run": (May.RUN,),
    "runs:all": (May.RUN_ALL, May.SEE_PROGRESS),
}


@dataclass(frozen=True, kw_only=True)
class Reader:
    """Who reads or acts: `owner` as the orchestrator keeps who asked, the team likewise (empty: none)."""

    owner: str  # user:<id>, client:<client id>, terminal
    team: str = ""  # team:<id>
    allowed: frozenset[May] = frozenset()

    def may(self, *actions: May) -> bool:
        """Whether any of these is allowed."""
        return not self.allowed.isdisjoint(actions)

    def is_theirs(self, owner: str, team: str) -> bool:
        """Whether what was asked for by that owner for that team is this reader's."""
        return team == self.team if team else owner == self.owner


SINGLE_SIGN_ON = Reader(owner="sso")  # who makes an account by itself


def of_user(request: HttpRequest) -> Reader:
    """The person whose session it is; read once for each request."""
    reader: Reader | None = getattr(request, "_reader", None)
    if reader is None:
        with connection.cursor() as cursor:
            cursor.execute(_READER, {"user": request.user.pk})
            team, codes = cursor.fetchone() or (0, [])
        known = {str(may): may for may in May}
        reader = Reader(
            owner=f"user:{request.user.pk}",
            team=f"team:{team}" if team else "",
            allowed=frozenset(known[code] for code in codes if code in known),
        )
        request._reader = reader  # type: ignore[attr-defined]
    return reader


def of_client(client: Client) -> Reader:
    """A machine client: it acts for itself, as far as its token's scopes go."""
    allowed = {may for scope in client.scopes for may in SCOPES.get(scope, ())}
    return Reader(owner=f"client:{client.client_id}", allowed=frozenset(allowed))


def at_terminal() -> Reader:
    """Whoever runs a command on the machine: the keys are theirs already, so that nothing is closed."""
    return Reader(owner=TERMINAL, allowed=frozenset(May))
