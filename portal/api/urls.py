"""The API's routes, below /api/."""

from django.urls import path

from portal.api import requests, schema, sources, views

__all__ = ["schema", "urlpatterns"]  # importing the schema tells drf-spectacular of it

urlpatterns = [
    path("customers-dossiers/", views.DossierList.as_view(), name="api-dossiers"),
    path("customers-dossiers/search/", views.DossierSearch.as_view(), name="api-search"),
    path("customers-dossiers/<int:dossier_id>/", views.DossierDetail.as_view(), name="api-dossier"),
    path("customers-dossiers/<int:dossier_id>/versions/", views.VersionList.as_view(), name="api-versions"),
    path(
        "customers-dossiers/<int:dossier_id>/versions/<int:number>/",
        views.DossierVersion.as_view(),
        name="api-version",
    ),
    path("customers-dossiers/<int:dossier_id>/diff/", views.DossierDiff.as_view(), name="api-diff"),
    path("dossier-requests/<uuid:request_id>/", requests.RequestDetail.as_view(), name="api-request"),
    path("dossier-requests/<uuid:request_id>/cancel/", requests.RequestCancel.as_view(), name="api-cancel"),
    path("dossier-requests/<uuid:request_id>/retry/", requests.RequestRetry.as_view(), name="api-retry"),
    path("sources/", sources.SourceList.as_view(), name="api-sources"),
]
