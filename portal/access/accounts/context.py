"""What every page's template knows of its reader."""

from django.http import HttpRequest

from portal.access import readers
from portal.access.roles import May


def reader(request: HttpRequest) -> dict[str, object]:
    """`may`: what the reader may do, by name."""
    user = getattr(request, "user", None)
    if user is None or not user.is_authenticated:
        return {}
    of = readers.of_user(request)
    return {"may": {str(may): True for may in May if of.may(may)}}
