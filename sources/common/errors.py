"""Errors of the sources: what the services share, and MongoDB's."""

from typing import Any

from django.http import HttpResponse
from django.utils.translation import gettext_lazy as _
from pymongo.errors import ConnectionFailure, ExecutionTimeout, NetworkTimeout
from rest_framework.exceptions import ValidationError

from ops.service.api import errors

STORE_ERRORS = (ConnectionFailure, ExecutionTimeout, NetworkTimeout)


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The shared handler, with 503 also where MongoDB is away."""
    if isinstance(error, STORE_ERRORS):
        error = errors.Unavailable()
    return errors.exception_handler(error, context)


def cpf_taken() -> ValidationError:
    """Two customers of one source cannot share a CPF."""
    return ValidationError({"cpf": [_("A customer with this CPF already exists.")]}, code="unique")
