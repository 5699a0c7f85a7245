"""What somebody fills in to prove who they are."""

from typing import Any

from allauth.account.adapter import get_adapter
from allauth.account.forms import ChangePasswordForm, LoginForm
from allauth.core import context
from allauth.mfa.adapter import get_adapter as get_mfa_adapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.totp.forms import ActivateTOTPForm
from django import forms
from django.contrib.auth.models import User
from django.utils.translation import gettext_lazy as _

from portal.signing import codes
from portal.signing.lockouts import Try

_CODE = {"autocomplete": "one-time-code", "inputmode": "numeric", "autofocus": True}


def _password(label: Any, autocomplete: str, **options: Any) -> forms.CharField:
    widget = forms.PasswordInput(attrs={"autocomplete": autocomplete})
    return forms.CharField(label=label, strip=False, widget=widget, **options)


def _code(label: Any, **options: Any) -> forms.CharField:
    return forms.CharField(label=label, widget=forms.TextInput(attrs=_CODE), max_length=20, **options)


class SigningInForm(LoginForm):  # type: ignore[misc]  # has no types
    """A name and a password; the field of the name is called `username`, as it always was."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = forms.CharField(
            label=_("Usuário"),
            max_length=150,
            widget=forms.TextInput(
                attrs={"autocomplete": "username", "autocapitalize": "none", "autofocus": True}
            ),
        )
        self.fields["password"] = _password(_("Senha"), "current-password", max_length=4096)
        self.order_fields(["login", "password"])

    def add_prefix(self, field_name: str) -> str:
        """What a field is called in the page."""
        return "username" if field_name == "login" else field_name


class SecondFactorForm(AuthenticateForm):  # type: ignore[misc]  # has no types
    """A code of an app, or a recovery code."""

    code = _code(_("Código do aplicativo ou de recuperação"))

    def clean_code(self) -> str:
        """Tries it, within the bounds of `lockouts`."""
        code: str = self.cleaned_data["code"]
        self.authenticator = try_code(self.user, code)
        self.authenticator.user = self.user
        return code


class SecondFactorSetupForm(ActivateTOTPForm):  # type: ignore[misc]  # has no types
    """The first code of an app, which shows that it was set up well."""

    code = _code(_("Código que o aplicativo mostra"))


class NewPasswordForm(ChangePasswordForm):  # type: ignore[misc]  # has no types
    """The password of now, and twice the one from now on."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        for name, label in {
            "oldpassword": _("Senha atual"),
            "password1": _("Nova senha"),
            "password2": _("Nova senha, outra vez"),
        }.items():
            self.fields[name].label = label
            self.fields[name].help_text = ""
            self.fields[name].widget.attrs.pop("placeholder", None)

    def clean_password2(self) -> str:
        """Compares."""
        again: str = self.cleaned_data["password2"]
        if self.cleaned_data.get("password1", again) != again:
            raise forms.ValidationError(_("As duas senhas não são iguais."), code="mismatch")
        return again

    def clean_oldpassword(self) -> str:
        """Tries it, within the bounds of `lockouts`: who finds a session open does not know it."""
        given: str = self.cleaned_data["oldpassword"]
        if not get_adapter().reauthenticate(self.user, given):
            raise get_adapter().validation_error("enter_current_password")
        return given


class ConfirmationForm(forms.Form):
    """The password of who is signed in, or, where they have none, a code. It has no field where they have
    neither: they come by single sign-on, and confirm there.
    """

    def __init__(self, user: User, data: Any = None) -> None:
        super().__init__(data, prefix="confirmation")
        self.user = user
        if user.has_usable_password():
            self.fields["password"] = _password(_("Senha"), "current-password", max_length=4096)
        elif codes.has_app(user):
            self.fields["code"] = _code(_("Código do aplicativo ou de recuperação"))

    def clean_password(self) -> str:
        """Tries it, within the bounds of `lockouts`."""
        given: str = self.cleaned_data["password"]
        if not get_adapter().reauthenticate(self.user, given):
            raise forms.ValidationError(_("A senha não é esta."), code="password")
        return given

    def clean_code(self) -> str:
        """Likewise."""
        given: str = self.cleaned_data["code"]
        try_code(self.user, given)
        return given


def try_code(user: User, code: str) -> Any:
    """The authenticator that a code is of. Raises ValidationError where it is of none, or was used."""
    attempt = Try.of_user(context.request, user.pk, "code")
    attempt.begin()
    found = codes.accept(user, code)
    if found is None:
        attempt.fail()
        raise get_mfa_adapter().validation_error("incorrect_code")
    attempt.succeed()
    return found
