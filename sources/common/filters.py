"""Filters of the lists."""

from rest_framework.exceptions import ValidationError
from rest_framework.request import Request

from sources.common.fields import CPF_MESSAGE, is_cpf


def cpf_filter(request: Request) -> dict[str, str]:
    """`{"cpf": …}` from the query, or nothing; ValidationError where it is no CPF."""
    cpf = request.query_params.get("cpf")
    if cpf is None:
        return {}
    if not is_cpf(cpf):
        raise ValidationError({"cpf": [CPF_MESSAGE]})
    return {"cpf": cpf}
