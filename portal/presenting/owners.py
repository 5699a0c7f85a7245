"""Who asked for something, by name, as pages tell it."""

from collections.abc import Iterable, Mapping

from django.contrib.auth.models import User
from django.utils.translation import gettext as _

from ops.service.models import ApiClient


def names(owners: Iterable[str]) -> dict[str, str]:
    """By owner, as the orchestrator keeps it, a name; one that is gone goes by what is kept."""
    told = set(owners)
    found = {"clock": _("o relógio"), "terminal": _("terminal")}
    found |= {f"user:{pk}": name for pk, name in _users(_keys(told, "user:")).items()}
    found |= {f"client:{key}": name for key, name in _clients(_keys(told, "client:")).items()}
    return {owner: found.get(owner, owner) for owner in told}


def _keys(owners: Iterable[str], kind: str) -> list[str]:
    return [owner.removeprefix(kind) for owner in owners if owner.startswith(kind)]


def _users(keys: Iterable[str]) -> Mapping[str, str]:
    users = User.objects.filter(pk__in=[key for key in keys if key.isascii() and key.isdigit()])
    return {str(user.pk): user.get_username() for user in users}


def _clients(keys: Iterable[str]) -> Mapping[str, str]:
    clients = ApiClient.objects.filter(client_id__in=list(keys))
    return {client.client_id: client.name for client in clients}
