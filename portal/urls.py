"""The portal's addresses. None of them ever holds a CPF."""

from django.urls import include, path
from django.views.generic import TemplateView

from portal.access.accounts import admin
from portal.views import (
    asks,
    decisions,
    dossiers,
    finding,
    following,
    persons,
    records,
    requests,
    runs,
    sources,
    take_away,
)

handler400 = "portal.problems.bad_request"
handler403 = "portal.problems.forbidden"
handler404 = "portal.problems.not_found"
handler500 = "portal.problems.server_error"

urlpatterns = [
    path("admin/", admin.site.urls),
    path("api/", include("portal.api.urls")),
    path("", include("ops.service.urls")),
    path("", include("portal.signing.urls")),
    path("", asks.start, name="home"),
    path("keys/", TemplateView.as_view(template_name="portal/keys.html"), name="keys"),
    path("outlook/", asks.outlook, name="outlook"),
    path("find/", finding.find, name="find"),
    path("sources/", sources.sources, name="sources"),
    path("runs/", runs.index, name="runs"),
    path("runs/everybody/", runs.everybody, name="everybody"),
    path("runs/refresh/", runs.refresh, name="refresh"),
    path("runs/<int:run_id>/", runs.run, name="run"),
    path("runs/<int:run_id>/pause/", runs.pause, name="run-pause"),
    path("runs/<int:run_id>/resume/", runs.resume, name="run-resume"),
    path("runs/<int:run_id>/cancel/", runs.cancel, name="run-cancel"),
    path("runs/<int:run_id>/retry/", runs.retry, name="run-retry"),
    path("runs/<int:run_id>/people/", runs.people, name="run-people"),
    path("runs/<int:run_id>/results/", runs.results, name="run-results"),
    path("runs/<int:run_id>/follow/", following.follow_run, name="follow-run"),
    path("followed/", following.followed, name="followed"),
    path("followed/news/", following.news, name="followed-news"),
    path("record/", records.record, name="record"),
    path("record/file/", records.take_away, name="record-file"),
    path("record/anomalies/", records.anomalies, name="record-anomalies"),
    path("persons/", persons.index, name="persons"),
    path("persons/act/", persons.act, name="persons-act"),
    path("persons/requests/<int:request_id>/contest/", persons.contest, name="persons-contest"),
    path("persons/requests/<int:request_id>/answer/", persons.answer, name="persons-answer"),
    path("notices/<int:notice_id>/seen/", asks.seen, name="notice-seen"),
    path("", include("django.conf.urls.i18n")),
    path("requests/<uuid:request_id>/", requests.wait, name="wait"),
    path("requests/<uuid:request_id>/attempts/", requests.attempts, name="attempts"),
    path("requests/<uuid:request_id>/retry/", asks.retry, name="retry"),
    path("requests/<uuid:request_id>/cancel/", requests.cancel, name="cancel"),
    path("dossiers/<int:dossier_id>/", dossiers.dossier, name="dossier"),
    path("dossiers/<int:dossier_id>/versions/<int:number>/", dossiers.dossier, name="version"),
    path("dossiers/<int:dossier_id>/versions/<int:number>/rows/", dossiers.rows, name="rows"),
    path("dossiers/<int:dossier_id>/versions/<int:number>/pin/", dossiers.pin, name="pin"),
    path("dossiers/<int:dossier_id>/versions/<int:number>/decide/", decisions.decide, name="decide"),
    path("dossiers/<int:dossier_id>/versions/<int:number>/export/", take_away.version, name="version-export"),
    path("dossiers/<int:dossier_id>/diff/", dossiers.diff, name="diff"),
    path("dossiers/<int:dossier_id>/follow/", dossiers.follow, name="follow"),
    path("dossiers/<int:dossier_id>/update/", asks.update, name="update"),
]
