"""The API's routes, below /api/."""

from django.urls import path

from portal.api import requests, run_results, runs, schema, views
from portal.api.versions import decisions, figures, version_export

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
    path(
        "customers-dossiers/<int:dossier_id>/versions/<int:number>/pin/",
        views.VersionPin.as_view(),
        name="api-pin",
    ),
    path(
        "customers-dossiers/<int:dossier_id>/versions/<int:number>/decisions/",
        decisions.VersionDecisions.as_view(),
        name="api-decisions",
    ),
    path(
        "customers-dossiers/<int:dossier_id>/figures/", figures.DossierFigures.as_view(), name="api-figures"
    ),
    path(
        "customers-dossiers/<int:dossier_id>/versions/<int:number>/figures/",
        figures.VersionFigures.as_view(),
        name="api-version-figures",
    ),
    path(
        "customers-dossiers/<int:dossier_id>/versions/<int:number>/export/",
        version_export.VersionExport.as_view(),
        name="api-version-export",
    ),
    path("customers-dossiers/<int:dossier_id>/diff/", views.DossierDiff.as_view(), name="api-diff"),
    path("dossier-requests/<uuid:request_id>/", requests.RequestDetail.as_view(), name="api-request"),
    path("dossier-requests/<uuid:request_id>/cancel/", requests.RequestCancel.as_view(), name="api-cancel"),
    path("dossier-requests/<uuid:request_id>/retry/", requests.RequestRetry.as_view(), name="api-retry"),
    path("sources/", views.SourceList.as_view(), name="api-sources"),
    path("runs/", runs.RunList.as_view(), name="api-runs"),
    path("runs/lists/", runs.ListUploads.as_view(), name="api-lists"),
    path("runs/<int:run_id>/", runs.RunDetail.as_view(), name="api-run"),
    path("runs/<int:run_id>/pause/", runs.RunPause.as_view(), name="api-run-pause"),
    path("runs/<int:run_id>/resume/", runs.RunResume.as_view(), name="api-run-resume"),
    path("runs/<int:run_id>/cancel/", runs.RunCancel.as_view(), name="api-run-cancel"),
    path("runs/<int:run_id>/retry/", runs.RunRetry.as_view(), name="api-run-retry"),
    path("runs/<int:run_id>/failed/", run_results.RunFailed.as_view(), name="api-run-failed"),
    path("runs/<int:run_id>/rejected/", run_results.RunRejected.as_view(), name="api-run-rejected"),
    path("runs/<int:run_id>/results/", run_results.RunResults.as_view(), name="api-run-results"),
]
