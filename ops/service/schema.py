"""How the OpenAPI documents describe a token; loaded with the routes, after DRF."""

from drf_spectacular.extensions import OpenApiAuthenticationExtension
from drf_spectacular.openapi import AutoSchema
from oauth2_provider.scopes import get_scopes_backend

from ops.service.authentication import BearerToken


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """OAuth 2 client credentials, with this service's scopes."""

    target_class = BearerToken
    name = "oauth2"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, object]:
        """The security scheme object."""
        flow = {"tokenUrl": "/api/oauth/token/", "scopes": dict(get_scopes_backend().get_all_scopes())}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}
