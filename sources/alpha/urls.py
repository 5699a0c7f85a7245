"""Alpha's routes."""

from django.urls import include, path

from sources.alpha.views import CustomerBatch, CustomerCpfs, CustomerViewSet
from sources.common.routes import customers, handlers

handler400, handler403, handler404, handler500 = handlers
urlpatterns = [
    path("", include("ops.service.urls")),
    *customers("<int:pk>", CustomerViewSet, CustomerBatch, CustomerCpfs),
]
