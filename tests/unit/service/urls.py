"""Routes of a service that exists in these tests alone."""

from typing import Any, ClassVar

from django.db import OperationalError, connection
from django.urls import include, path
from rest_framework.exceptions import APIException, ValidationError
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from ops.service.access.authentication import client_of
from ops.service.api import errors


class Teapot(APIException):
    """An error whose code nobody has documented."""

    status_code, default_detail, default_code = 418, "I am a teapot.", "teapot"


class Echo(APIView):
    """GET needs the first scope, POST the second; what the body names happens."""

    required_scopes: ClassVar = {"GET": "dossier:read", "POST": "dossier:request"}

    def get(self, request: Request, secret: str) -> Response:
        """Who asks."""
        return Response({"client": client_of(request).name})

    def post(self, request: Request, secret: str) -> Response:
        """Goes wrong as asked."""
        wrong: dict[str, Any] = {
            "list": ValidationError(["No."]),
            "field": ValidationError({"name": ["No."]}),
            "store": OperationalError("quotes", secret),
            "nested": ValidationError({"rows": [{}, {"id": ["No."]}]}, code="taken"),
            "status": ValidationError({"status": ["No."]}),
            "undocumented": Teapot(),
        }
        asked: Any = request.data
        if asked["wrong"] == "sql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT %s::int", [secret + "x"])
        raise wrong.get(asked["wrong"], RuntimeError(f"quotes {secret}"))


handler400, handler403 = errors.bad_request, errors.forbidden
handler404, handler500 = errors.not_found, errors.server_error
urlpatterns = [path("", include("ops.service.urls")), path("echo/<str:secret>/", Echo.as_view())]
