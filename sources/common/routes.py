"""Routes that the sources share, and what is answered where one fails."""

from typing import Any

from django.conf import settings
from django.http import HttpResponse
from django.urls import URLPattern, path
from pymongo.errors import ConnectionFailure, ExecutionTimeout, NetworkTimeout
from rest_framework.viewsets import ViewSet

from ops.service.api import errors
from sources.common.bulk import BatchView, CpfsView
from sources.common.drill.views import DrillView

STORE_ERRORS = (ConnectionFailure, ExecutionTimeout, NetworkTimeout)
handlers = (errors.bad_request, errors.forbidden, errors.not_found, errors.server_error)


def shared(batch: type[BatchView], cpfs: type[CpfsView]) -> list[URLPattern]:
    """What the orchestrator relies on, and where FAULT_DRILL is on the switch that breaks it."""
    return [
        path("api/customers/batch/", batch.as_view(), name="customer-batch"),
        path("api/customers/cpfs/", cpfs.as_view(), name="customer-cpfs"),
        *([path("drill/", DrillView.as_view(), name="drill")] if settings.FAULT_DRILL else []),
    ]


def customers(
    key: str, viewset: type[ViewSet], batch: type[BatchView], cpfs: type[CpfsView]
) -> list[URLPattern]:
    """Customers by a primary key, which `key` says how to read (`<int:pk>`)."""
    many = viewset.as_view({"get": "list", "post": "create"})
    one = viewset.as_view(
        {"get": "retrieve", "put": "update", "patch": "partial_update", "delete": "destroy"}
    )
    return [
        *shared(batch, cpfs),
        path("api/customers/", many, name="customer-list"),
        path(f"api/customers/{key}/", one, name="customer-detail"),
    ]


def exception_handler(error: Exception, context: dict[str, Any]) -> HttpResponse | None:
    """The shared handler, with 503 also where MongoDB is away."""
    if isinstance(error, STORE_ERRORS):
        error = errors.Unavailable()
    return errors.exception_handler(error, context)
