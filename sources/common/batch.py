"""`POST /api/customers/batch/`: up to 1000 CPFs in one question, so that no address holds one."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

import orjson
from django.utils.translation import gettext_lazy as _
from rest_framework.exceptions import ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from sources.common.fields import CPF_MESSAGE, is_cpf

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
