"""`/api/problems/`: what each type of problem means. For people as a page, for machines as JSON."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render

from ops.service import problems
from ops.service.bodies import dumps
from ops.service.errors import not_allowed

SAFE = ("GET", "HEAD")


Json = dict[str, object]


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
