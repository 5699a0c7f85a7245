"""What only somebody may do who proved lately who they are, whoever sits at an open session."""

from typing import cast

from allauth.core.exceptions import ImmediateHttpResponse
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render, resolve_url
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django_htmx.http import HttpResponseClientRedirect

from portal.signing import sessions
from portal.signing.forms import ConfirmationForm

_NOT_CARRIED = ("csrfmiddlewaretoken", "confirmation-")


class SignedInRequest(HttpRequest):
    """Of somebody who is signed in."""

    user: User


def require_recent(request: HttpRequest) -> None:
    """Goes on where who is signed in proved it in the last REAUTHENTICATED_SECONDS: by their login, or since.

    Else raises ImmediateHttpResponse. A GET leads to a page that asks for the password and comes back. A POST
    is answered with such a page (403) that carries along what was typed, and sends it again to the same
    address with the password: nothing of it is kept anywhere. Files cannot be carried: they are chosen again.
    """
    if sessions.is_proved(request.session):
        return
    if request.method != "POST" or "HX-Request" in request.headers or request.FILES:
        raise ImmediateHttpResponse(_leading(request))
    sent = any(name.startswith("confirmation-") for name in request.POST)
    form = ConfirmationForm(cast(User, request.user), request.POST if sent else None)
    if not confirmed(request, form):
        raise ImmediateHttpResponse(asking(request, form, status=403))


def confirmed(request: HttpRequest, form: ConfirmationForm) -> bool:
    """Whether the form proves who is signed in; then it holds for a while."""
    if not form.fields or not form.is_valid():
        return False
    sessions.prove(request.session)
    return True


def asking(
    request: HttpRequest, form: ConfirmationForm, *, coming_back: str = "", status: int = 200
) -> HttpResponse:
    """The page that asks for the password, and goes on afterwards with what was sent, or to an address."""
    carried = [
        (name, value)
        for name, values in request.POST.lists()
        for value in values
        if not name.startswith(_NOT_CARRIED)
    ]
    context = {"form": form, "next": coming_back, "carried": () if coming_back else carried}
    response = render(request, "portal/confirm.html", context, status=status)
    response["Cache-Control"] = "private, no-store"
    return response


def safe(request: HttpRequest, address: str) -> str:
    """An address that a visitor brings, where it is one of ours; else the first page's."""
    ours = url_has_allowed_host_and_scheme(
        address, allowed_hosts={request.get_host()}, require_https=request.is_secure()
    )
    return address if address and ours else resolve_url("home")


def _leading(request: HttpRequest) -> HttpResponse:
    """To the page that asks for the password; back to what was wanted, or to the page with the form."""
    back = request.get_full_path() if request.method == "GET" else request.headers.get("Referer", "")
    if "HX-Request" in request.headers:
        back = request.headers.get("HX-Current-URL", "")
    address = f"{resolve_url('confirm')}?{urlencode({REDIRECT_FIELD_NAME: safe(request, back)})}"
    return HttpResponseClientRedirect(address) if "HX-Request" in request.headers else redirect(address)
