"""`GET /api/customers/cpfs/`: every CPF that a source knows, by cursor, for the nightly refresh."""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sources.common.fields import CPF_MESSAGE, is_cpf
from sources.common.paging import DEFAULT_LIMIT, LARGEST_LIMIT, positive


class CpfsView(APIView):
    """`{"cpfs": […], "next_cursor": "…" or null}`, ordered by a primary key, which is what the
    cursor holds: never a CPF."""

    required_scopes: ClassVar = {"GET": "read"}

    def read_key(self, text: str) -> Any:
        """The primary key that a cursor's text stands for, or None where it stands for none."""
        raise NotImplementedError

    def after(self, key: Any, limit: int) -> Sequence[tuple[Any, str]]:
        """Up to `limit` pairs of primary key and CPF that come after a key (None: from the start)."""
        raise NotImplementedError

    def get(self, request: Request) -> Response:
        """One part of the list; 400 names `cursor` where it is none of ours."""
        limit = min(positive(request, "limit", DEFAULT_LIMIT), LARGEST_LIMIT)
        rows = self.after(self._start(request.query_params.get("cursor")), limit + 1)
        cursor = _encode(rows[limit - 1][0]) if len(rows) > limit else None
        return Response({"cpfs": [cpf for _, cpf in rows[:limit]], "next_cursor": cursor})

    def _start(self, cursor: str | None) -> Any:
        if not cursor:
            return None
        key = self.read_key(_decode(cursor))
        if key is None:
            raise ValidationError({"cursor": [_("This is not a cursor of this list.")]})
        return key


def _encode(key: object) -> str:
    return urlsafe_b64encode(str(key).encode()).decode()


def _decode(cursor: str) -> str:
    try:
        return urlsafe_b64decode(cursor.encode()).decode()
    except ValueError:  # not base64, or not text: read_key refuses it
        return ""


LARGEST = 1000


class BatchView(APIView):
    """Answers an array of those found, in the order asked; who is absent from it is not found."""

    required_scopes: ClassVar = {"POST": "read"}

    def find(self, cpfs: Sequence[str], request: Request) -> Iterable[tuple[str, orjson.Fragment]]:
        """The item of each CPF that is found, written, in any order; in a bounded number of queries."""
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        """A CPF that is asked twice is answered once."""
        cpfs = read_cpfs(request.data)
        found = dict(self.find(cpfs, request))
        return Response([found[cpf] for cpf in cpfs if cpf in found])


def written(item: Mapping[str, Any]) -> tuple[str, orjson.Fragment]:
    """An item by its CPF, written before the next one is read: of thousands of values that live at once,
    garbage collection takes a tenth to a fifth of the time."""
    return item["cpf"], orjson.Fragment(orjson.dumps(item))


def read_cpfs(body: Any) -> list[str]:
    """The CPFs of a body `{"cpfs": […]}`, each once, in the order given.

    Raises ValidationError naming `cpfs` where they are not 1 to 1000 strings of 11 digits.
    """
    cpfs = body.get("cpfs") if isinstance(body, dict) else None
    if not isinstance(cpfs, list) or not 1 <= len(cpfs) <= LARGEST:
        raise ValidationError({"cpfs": [_("A list of 1 to %d CPFs is needed.") % LARGEST]})
    if not all(map(is_cpf, cpfs)):
        raise ValidationError({"cpfs": [CPF_MESSAGE]})
    return list(dict.fromkeys(cpfs))
