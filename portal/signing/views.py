"""The pages of signing in, and of one's own account."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from allauth.account.views import LoginView, PasswordChangeView
from allauth.mfa.base.views import AuthenticateView
from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.views import GenerateRecoveryCodesView, ViewRecoveryCodesView
from allauth.mfa.totp.views import ActivateTOTPView, DeactivateTOTPView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import REDIRECT_FIELD_NAME
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.http.response import HttpResponseBase
from django.middleware.csrf import get_token
from django.shortcuts import redirect, render
from django.utils.cache import patch_cache_control
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from portal.signing import codes, sessions
from portal.signing.forms import ConfirmationForm, NewPasswordForm, SigningInForm
from portal.signing.recent import SignedInRequest, asking, confirmed, require_recent, safe

View = Callable[..., HttpResponseBase]


def own(view: View) -> View:
    """A page of one's own account: for who is signed in, and kept nowhere."""

    @login_required
    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        response = view(request, *args, **kwargs)
        patch_cache_control(response, private=True, no_store=True)
        return response

    return guarded


def own_and_recent(view: View) -> View:
    """One that who merely finds a session open must not use."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: object, **kwargs: object) -> HttpResponseBase:
        require_recent(request)
        return view(request, *args, **kwargs)

    return own(guarded)


class _Login(LoginView):  # type: ignore[misc]  # has no types
    form_class = SigningInForm
    template_name = "portal/login.html"

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        """With the provider of single sign-on, where there is one."""
        [provider, *_others] = settings.SOCIALACCOUNT_PROVIDERS.get("openid_connect", {}).get("APPS", ()) or [
            None
        ]
        return {**super().get_context_data(**kwargs), "provider": provider}


class _SecondFactor(AuthenticateView):  # type: ignore[misc]  # has no types
    template_name = "portal/second_factor.html"


class _NewPassword(PasswordChangeView):  # type: ignore[misc]  # has no types
    form_class = NewPasswordForm
    template_name = "portal/password.html"

    def dispatch(self, request: SignedInRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        """404 for who has none: they come by single sign-on."""
        if not request.user.has_usable_password():
            raise Http404
        response: HttpResponseBase = super().dispatch(request, *args, **kwargs)
        return response

    def get_default_success_url(self) -> str:
        """Back to the account."""
        return redirect("account").url


class _Activate(ActivateTOTPView):  # type: ignore[misc]  # has no types
    template_name = "portal/second_factor_setup.html"

    def form_valid(self, form: Any) -> HttpResponse:
        """The code is used from now on, and sessions that were opened without one end."""
        response: HttpResponse = super().form_valid(form)
        made = Authenticator.objects.get(user=self.request.user, type=Authenticator.Type.TOTP)
        codes.use(made, form.cleaned_data["code"])
        sessions.end_others(self.request)
        return response


class _Deactivate(DeactivateTOTPView):  # type: ignore[misc]  # has no types
    template_name = "portal/second_factor_off.html"


class _Codes(ViewRecoveryCodesView):  # type: ignore[misc]  # has no types
    template_name = "portal/recovery_codes.html"


class _NewCodes(GenerateRecoveryCodesView):  # type: ignore[misc]  # has no types
    template_name = "portal/new_recovery_codes.html"


login = _Login.as_view()
second_factor = _SecondFactor.as_view()
password = own(_NewPassword.as_view())
activate = own_and_recent(_Activate.as_view())
deactivate = own_and_recent(_Deactivate.as_view())
recovery_codes = own_and_recent(_Codes.as_view())
new_recovery_codes = own_and_recent(_NewCodes.as_view())


@require_GET
@own
def account(request: SignedInRequest) -> HttpResponse:
    """How one signs in, and where one is signed in just now."""
    context = {
        "sessions": list(sessions.of_user(request)),
        "has_app": codes.has_app(request.user),
        "must_have_app": codes.must_have_app(request.user),
    }
    return render(request, "portal/account.html", context)


@require_POST
@own
def end_session(request: SignedInRequest) -> HttpResponse:
    """Ends one of one's other sessions, or all of them."""
    chosen = request.POST.get("session", "")
    if chosen.isascii() and chosen.isdigit() and len(chosen) <= 18:
        sessions.end_one(request.user.pk, int(chosen))
    else:
        sessions.end_others(request)
    messages.success(request, _("A sessão terminou.") if chosen else _("As outras sessões terminaram."))
    return redirect("account")


@require_http_methods(["GET", "HEAD", "POST"])
@own
def confirm(request: SignedInRequest) -> HttpResponse:
    """Asks for the password again, and goes on to what was wanted."""
    back = safe(request, request.POST.get(REDIRECT_FIELD_NAME) or request.GET.get(REDIRECT_FIELD_NAME, ""))
    form = ConfirmationForm(request.user, request.POST or None)
    if request.method == "POST" and confirmed(request, form):
        return redirect(back)
    return asking(request, form, coming_back=back)


@require_GET
def session(request: HttpRequest) -> JsonResponse:
    """Whose session this is, if anybody's, and what its forms must carry: a page asks that was open while
    somebody signed in again elsewhere. No other host's page may read it.
    """
    told = {"user": request.user.pk, "token": get_token(request) if request.user.is_authenticated else None}
    response = JsonResponse(told)
    patch_cache_control(response, private=True, no_store=True)
    return response


@require_GET
@own
def signed_in(request: HttpRequest) -> HttpResponse:
    """Where a login leads that a page asked for which stays open elsewhere."""
    return render(request, "portal/signed_in.html")
