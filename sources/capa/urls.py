"""Capa's routes; those of the original with and without a trailing slash."""

from django.urls import include, path, re_path

from sources.capa import views
from sources.common.routes import handlers, shared

handler400, handler403, handler404, handler500 = handlers
urlpatterns = [
    path("", include("ops.service.urls")),
    *shared(views.CustomerBatch, views.CustomerCpfs),
    re_path(r"^financial-transactions/?$", views.Transactions.as_view(), name="transactions"),
    re_path(
        r"^financial-transactions/(?P<cpf>[^/]+)/?$", views.TransactionsOf.as_view(), name="transactions-of"
    ),
    re_path(r"^last-purchases/(?P<cpf>[^/]+)/?$", views.LastPurchases.as_view(), name="last-purchases"),
    re_path(r"^consulted-cpf/(?P<cpf>[^/]+)/?$", views.ConsultedCpfs.as_view(), name="consulted-cpf"),
]
