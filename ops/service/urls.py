"""Routes that every service has: tokens, health, the description of its API and of its problems."""

from csp.constants import SELF, UNSAFE_INLINE
from csp.decorators import csp_update
from django.urls import path
from drf_spectacular.views import SpectacularAPIView, SpectacularSwaggerSplitView

from ops.service import documentation  # which also registers how a token is described
from ops.service.access.tokens import ClientCredentials
from ops.service.serving.health import healthz, readyz

# Swagger UI styles itself inline and draws its icons from data URLs; its script is still our file.
docs = csp_update({"style-src": [SELF, UNSAFE_INLINE], "img-src": [SELF, "data:"]})(
    SpectacularSwaggerSplitView.as_view(url_name="schema")
)

urlpatterns = [
    path("api/oauth/token/", ClientCredentials.as_view(), name="token"),
    path("healthz", healthz, name="healthz"),
    path("readyz", readyz, name="readyz"),
    path("api/schema/", SpectacularAPIView.as_view(), name="schema"),
    path("api/docs/", docs, name="docs"),
    path("api/problems/", documentation.problem_types, name="problems"),
    path("api/problems/<slug:code>/", documentation.problem_type, name="problem"),
]
