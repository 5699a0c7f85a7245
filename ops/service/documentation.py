"""What the services say of their own APIs. Loaded with the routes, after DRF.

The OpenAPI documents describe a token and every way in which a request may fail; `/api/problems/` tells what
each type of problem means, for people as a page, for machines as JSON.
"""

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerFieldExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import ResolvedComponent
from drf_spectacular.utils import OpenApiResponse
from oauth2_provider.scopes import get_scopes_backend
from rest_framework.negotiation import DefaultContentNegotiation

from ops.service.access.authentication import BearerToken, Scopes, all_of
from ops.service.api import problems
from ops.service.api.bodies import dumps
from ops.service.api.errors import not_allowed

Json = dict[str, object]
Operation = dict[str, Any]
SAFE = ("GET", "HEAD")

_TEXT = {"type": "string"}
PROBLEM: Operation = {
    "type": "object",
    "description": "RFC 9457. Of inputs that are not valid the messages are also here by the input's name.",
    "properties": {
        "type": {"type": "string", "format": "uri-reference", "description": "Where the code is documented."},
        "title": _TEXT,
        "status": {"type": "integer"},
        "detail": _TEXT,
        "code": {**_TEXT, "description": "For programs: what it means stays the same."},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {"field": _TEXT, "code": _TEXT, "message": _TEXT},
                "required": ["field", "code", "message"],
            },
        },
    },
    "required": ["type", "title", "status", "detail", "code", "errors"],
}
ALWAYS = (400, 405, 414, 429, 431, 500, 503)  # 400, 414 and 431 of a request that no view gets to see
WITH_TOKEN, WITH_BODY = (401, 403), (413, 415)
HEADERS = {"401": "WWW-Authenticate", "403": "WWW-Authenticate", "405": "Allow", "429": "Retry-After"}


class BearerTokenScheme(OpenApiAuthenticationExtension):  # type: ignore[no-untyped-call]
    """OAuth 2 client credentials, with this service's scopes."""

    target_class = BearerToken
    name = "oauth2"

    def get_security_definition(self, auto_schema: AutoSchema) -> dict[str, object]:
        """The security scheme object."""
        flow = {"tokenUrl": "/api/oauth/token/", "scopes": dict(get_scopes_backend().get_all_scopes())}
        return {"type": "oauth2", "flows": {"clientCredentials": flow}}

    def get_security_requirement(self, auto_schema: AutoSchema) -> list[dict[str, list[str]]]:
        """The scopes that the view names for the method: all of one of these."""
        scope = getattr(auto_schema.view, "required_scopes", {}).get(auto_schema.method, ())
        needed = scope if isinstance(scope, Scopes) else all_of(*([scope] if scope else []))
        choices = [[name] for name in needed.names] if needed.one_will_do else [list(needed.names)]
        return [{self.name: names} for names in choices]


class TextSchema(OpenApiSerializerFieldExtension):  # type: ignore[no-untyped-call]
    """A text that is taken in holds more than blanks, unless it may be blank."""

    target_class = "ops.service.api.fields.TextField"

    def map_serializer_field(self, auto_schema: AutoSchema, direction: str) -> Operation:
        """As drf-spectacular describes it, and that."""
        described: Operation = auto_schema._map_serializer_field(  # type: ignore[no-untyped-call]
            self.target, direction, bypass_extensions=True
        )
        if direction == "request" and not self.target.allow_blank:
            described["pattern"] = r"\S"
        return described


class Schema(AutoSchema):
    """Adds to what a view says of itself what can happen at every address, and what inputs bring along."""

    def get_operation(self, *args: Any, **kwargs: Any) -> Operation | None:
        """The operation object, its answers in the order of their statuses."""
        operation: Operation | None = super().get_operation(*args, **kwargs)
        if operation is None:
            return None
        failures = [*ALWAYS, *(WITH_TOKEN if operation.get("security") else ())]
        if "{" in self.path:
            failures.append(404)
        if self.view.content_negotiation_class is DefaultContentNegotiation:
            failures.append(406)
        if self.method != "GET":
            failures += WITH_BODY
        answers = operation["responses"]
        for status in failures:
            answers.setdefault(str(status), self._problem(str(status), ""))
        operation["responses"] = dict(sorted(answers.items()))
        return operation

    def _get_response_for_code(
        self, serializer: Any, status_code: str, media_types: Any = None, direction: Any = "response"
    ) -> Operation:
        if status_code >= "400":
            said = serializer.description if isinstance(serializer, OpenApiResponse) else ""
            return self._problem(status_code, said)
        answer: Operation = super()._get_response_for_code(  # type: ignore[no-untyped-call]
            serializer, status_code, media_types, direction
        )
        return answer

    def _problem(self, status: str, description: object) -> Operation:
        component = ResolvedComponent(  # type: ignore[no-untyped-call]
            name="Problem", type=ResolvedComponent.SCHEMA, object="Problem", schema=PROBLEM
        )
        self.registry.register_on_missing(component)
        kind = problems.types()[problems.documented(None, int(status))]
        answer = {
            "description": str(description or kind.title),
            "content": {problems.CONTENT_TYPE: {"schema": component.ref}},
        }
        if header := HEADERS.get(status):
            answer["headers"] = {header: {"schema": _TEXT}}
        return answer


def problem_types(request: HttpRequest) -> HttpResponse:
    """All types of this service. No token needed."""
    told = [_described(request, code) for code in problems.types()]
    return _answer(request, told, told)


def problem_type(request: HttpRequest, code: str) -> HttpResponse:
    """One type; 404 for a code that there is not."""
    if code not in problems.types():
        raise Http404
    told = _described(request, code)
    return _answer(request, told, [told])


def _described(request: HttpRequest, code: str) -> Json:
    kind = problems.types()[code]
    return {
        "type": problems.type_url(request, code),
        "code": code,
        "status": kind.status,
        "title": str(kind.title),
        "advice": str(kind.advice),
    }


def _answer(request: HttpRequest, told: object, listed: list[Json]) -> HttpResponse:
    if request.method not in SAFE:
        return not_allowed(request, ", ".join(SAFE))
    if request.get_preferred_type(["application/json", "text/html"]) == "text/html":
        answer = render(request, "service/problems.html", {"types": listed})
    else:
        answer = HttpResponse(dumps(told), content_type="application/json")
    answer["Vary"] = "Accept, Accept-Language"
    return answer
