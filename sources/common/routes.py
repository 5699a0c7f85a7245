"""Routes that the sources share."""

from django.conf import settings
from django.urls import URLPattern, path
from rest_framework.viewsets import ViewSet

from ops.service.api import errors
from sources.common.batch import BatchView
from sources.common.drill.views import DrillView
from sources.common.listing import CpfsView

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
