"""Beta's routes."""

from django.urls import include, path

from sources.beta.views import CustomerBatch, CustomerCpfs, CustomerViewSet
from sources.common.routes import customers, handlers

handler400, handler403, handler404, handler500 = handlers
urlpatterns = [
    path("", include("ops.service.urls")),
    *customers("<str:pk>", CustomerViewSet, CustomerBatch, CustomerCpfs),
]
