"""The portal's addresses. None of them ever holds a CPF."""

from django.contrib.auth.views import LoginView, LogoutView
from django.urls import include, path

from portal import views
from portal.api.docs import api_docs

login = LoginView.as_view(template_name="portal/login.html", redirect_authenticated_user=True)

handler400 = "portal.problems.bad_request"
handler403 = "portal.problems.forbidden"
handler404 = "portal.problems.not_found"
handler500 = "portal.problems.server_error"

urlpatterns = [
    path("api/docs/", api_docs, name="docs"),
    path("api/", include("portal.api.urls")),
    path("", include("ops.service.urls")),
    path("", views.home, name="home"),
    path("login/", login, name="login"),
    path("logout/", LogoutView.as_view(), name="logout"),
    path("", include("django.conf.urls.i18n")),
    path("requests/<uuid:request_id>/", views.wait, name="wait"),
    path("requests/<uuid:request_id>/cancel/", views.cancel, name="cancel"),
    path("dossiers/<int:dossier_id>/", views.dossier, name="dossier"),
    path("dossiers/<int:dossier_id>/versions/<int:number>/", views.dossier, name="version"),
    path("dossiers/<int:dossier_id>/diff/", views.diff, name="diff"),
    path("dossiers/<int:dossier_id>/update/", views.update, name="update"),
]
