"""Plain arrays, page by page, with the neighbours in a Link header (RFC 8288)."""

import re
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.request import Request
from rest_framework.utils.urls import replace_query_param

from sources.common.fields import CPF_MESSAGE, is_cpf

if TYPE_CHECKING:  # Alpha has no MongoDB
    from pymongo.collection import Collection

DEFAULT_SIZE = 10
LARGEST_SIZE = 1000
DEFAULT_LIMIT = 1000
LARGEST_LIMIT = 10_000
LARGEST_NUMBER = 10**18 - 1
_WHOLE = re.compile(r"[0-9]{1,18}")


def paginate(
    request: Request, count: Callable[[], int], part: Callable[[int, int], Sequence[Any]]
) -> tuple[Sequence[Any], dict[str, str]]:
    """One page of a list, and the headers that say where the others are.

    `count` tells how many there are in all, `part` gives those from a place up to, not including, another.
    Raises ValidationError for what is no page, NotFound for a page beyond the last.
    """
    page = positive(request, "page", 1)
    size = min(positive(request, "page_size", DEFAULT_SIZE), LARGEST_SIZE)
    last = max(1, -(-count() // size))
    if page > last:
        raise NotFound(_("There is no such page."))
    neighbours = {"first": 1, "prev": page - 1, "next": page + 1, "last": last}
    here = request.build_absolute_uri()
    links = ", ".join(
        f'<{replace_query_param(here, "page", str(number))}>; rel="{name}"'
        for name, number in neighbours.items()
        if 1 <= number <= last
    )
    return part((page - 1) * size, page * size), {"Link": links}


def paginate_stored(
    request: Request,
    documents: "Collection[dict[str, Any]]",
    match: Mapping[str, Any],
    answer: Callable[[Mapping[str, Any]], Any],
) -> tuple[Sequence[Any], dict[str, str]]:
    """One page of a collection's documents that match, by id, each as the API answers it."""

    def part(start: int, stop: int) -> Sequence[Any]:
        found = documents.find(match).sort("_id").skip(start).limit(stop - start)
        return [answer(stored) for stored in found]

    return paginate(request, lambda: documents.count_documents(match), part)


def positive(request: Request, name: str, default: int) -> int:
    """A whole number from 1 in the query, in ASCII digits; ValidationError names the parameter."""
    text = request.query_params.get(name)
    if text is None:
        return default
    if not _WHOLE.fullmatch(text) or int(text) == 0:
        raise ValidationError({name: [_("A whole number from 1 is needed.")]})
    return int(text)


def cpf_filter(request: Request) -> dict[str, str]:
    """`{"cpf": …}` from the query, or nothing; ValidationError where it is no CPF."""
    cpf = request.query_params.get("cpf")
    if cpf is None:
        return {}
    if not is_cpf(cpf):
        raise ValidationError({"cpf": [CPF_MESSAGE]})
    return {"cpf": cpf}
