"""Routes that every service has: tokens, health, the description of its API and of its problems."""

from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from ops.service import documentation  # which also registers how a token is described
from ops.service.access.tokens import ClientCredentials
from ops.service.serving.health import healthz, readyz

urlpatterns = [
    path("api/oauth/token/", ClientCredentials.as_view(), name="token"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", SpectacularSwaggerSplitView.as_view(url_name="schema"), name="docs"),
    path("api/problems/", documentation.problem_types, name="problems"),
    path("api/problems/<slug:code>/", documentation.problem_type, name="problem"),
]
