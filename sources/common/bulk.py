"""What the orchestrator asks: everybody that a source knows, and many people at once.

`GET /api/customers/cpfs/` is every CPF, by cursor, for the nightly refresh. `POST /api/customers/batch/` is
up to 1000 CPFs, so that no address holds one.
"""

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

LARGEST = 1000  # CPFs in one question


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
        key = None
        if cursor := request.query_params.get("cursor"):
            try:
                text = urlsafe_b64decode(cursor.encode()).decode()
            except ValueError:  # not base64, or not text: read_key refuses it
                text = ""
            key = self.read_key(text)
            if key is None:
                raise ValidationError({"cursor": [_("This is not a cursor of this list.")]})
        rows = self.after(key, limit + 1)
        more = len(rows) > limit
        following = urlsafe_b64encode(str(rows[limit - 1][0]).encode()).decode() if more else None
        return Response({"cpfs": [cpf for _, cpf in rows[:limit]], "next_cursor": following})


class BatchView(APIView):
    """Answers an array of those found, in the order asked; who is absent from it is not found."""

    required_scopes: ClassVar = {"POST": "read"}

    def find(self, cpfs: Sequence[str], request: Request) -> Iterable[tuple[str, orjson.Fragment]]:
        """The item of each CPF that is found, written, in any order; in a bounded number of queries."""
        raise NotImplementedError

    def post(self, request: Request) -> Response:
        """A CPF that is asked twice is answered once."""
        body = request.data
        cpfs = body.get("cpfs") if isinstance(body, dict) else None
        if not isinstance(cpfs, list) or not 1 <= len(cpfs) <= LARGEST:
            raise ValidationError({"cpfs": [_("A list of 1 to %d CPFs is needed.") % LARGEST]})
        if not all(map(is_cpf, cpfs)):
            raise ValidationError({"cpfs": [CPF_MESSAGE]})
        asked = list(dict.fromkeys(cpfs))
        found = dict(self.find(asked, request))
        return Response([found[cpf] for cpf in asked if cpf in found])


def written(item: Mapping[str, Any]) -> tuple[str, orjson.Fragment]:
    """An item by its CPF, written before the next one is read: of thousands of values that live at once,
    garbage collection takes a tenth to a fifth of the time."""
    return item["cpf"], orjson.Fragment(orjson.dumps(item))
