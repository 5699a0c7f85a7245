"""A machine client of a source, over Django's test client: real routes, tokens and stores."""

import io
import json
from typing import Any

from django.core.management import call_command
from django.test import Client


class Api:
    """Asks with a token that carries these scopes; a fault of the service is answered as 500."""

    def __init__(self, *scopes: str) -> None:
        self.http = Client(raise_request_exception=False)
        out = io.StringIO()
        call_command("create_api_client", "test", *(f"--scope={scope}" for scope in scopes), stdout=out)
        self.credentials = json.loads(out.getvalue())
        form = {"grant_type": "client_credentials", **self.credentials}
        self.token = self.http.post("/api/oauth/token/", form).json()["access_token"]

    def ask(self, method: str, path: str, body: Any = None, **extra: Any) -> Any:
        """Sends a body as JSON, or as it is where it is bytes."""
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body)
        options = {"content_type": "application/json", "headers": {"Authorization": f"Bearer {self.token}"}}
        return self.http.generic(method, path, data, **{**options, **extra})

    def get(self, path: str, **extra: Any) -> Any:
        """GET."""
        return self.ask("GET", path, **extra)

    def post(self, path: str, body: Any = None, **extra: Any) -> Any:
        """POST."""
        return self.ask("POST", path, body, **extra)

    def batch(self, *cpfs: str) -> Any:
        """The batch's items by CPF."""
        return {item["cpf"]: item for item in self.post("/api/customers/batch/", {"cpfs": cpfs}).json()}
