"""What allauth asks us: who may come in, what is said, how secrets are kept."""

import base64
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from cryptography.fernet import Fernet, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import authenticate
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.encoding import force_bytes
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext_lazy as _
from qrcode import QRCode
from qrcode.image.svg import SvgPathImage

from portal.signing import codes
from portal.signing.lockouts import Try

# What is said when something was done, by the template that allauth would say it with; of the rest, nothing.
_SAID = {
    "account/messages/password_changed.txt": _("A senha foi trocada, e as outras sessões terminaram."),
    "mfa/messages/totp_activated.txt": _("A verificação em duas etapas está ligada."),
    "mfa/messages/totp_deactivated.txt": _("A verificação em duas etapas está desligada."),
    "mfa/messages/recovery_codes_generated.txt": _("Há novos códigos de recuperação."),
}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # has no types
    """Passwords are tried within the bounds of `lockouts`; nobody signs up; nothing leaves this host."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "username_password_mismatch": _("Usuário ou senha incorretos."),
        "enter_current_password": _("A senha atual não é esta."),
    }

    def authenticate(self, request: HttpRequest, **credentials: Any) -> User | None:
        """Who a name and a password are of, if of anybody who is active."""
        attempt = Try.of_name(request, credentials.get("username", ""))
        attempt.begin()
        user = authenticate(request, **credentials)
        if user is None:
            attempt.fail()
            return None
        attempt.succeed()
        return user if isinstance(user, User) else None

    def respond_user_inactive(self, request: HttpRequest, user: User) -> HttpResponse:
        """Only single sign-on comes so far with an account that was closed: it is told as none."""
        return no_account(request)

    def is_safe_url(self, url: str) -> bool:
        """Whether an address that a visitor brings is one of ours."""
        return url_has_allowed_host_and_scheme(
            url, allowed_hosts={self.request.get_host()}, require_https=self.request.is_secure()
        )

    def is_ajax(self, request: HttpRequest) -> bool:
        """Never: these are pages."""
        return False

    def add_message(
        self,
        request: HttpRequest,
        level: int,
        message_template: str | None = None,
        *_: Any,
        message: str | None = None,
        **__: Any,
    ) -> None:
        """Says it in our words, where we have any."""
        if said := message or _SAID.get(message_template or ""):
            messages.add_message(request, level, str(said))


class SecondFactorAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # has no types
    """The secrets of second factors are kept sealed with a key that is made of SECRET_KEY."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("O código não confere, ou já foi usado. Espere o próximo."),
        "cannot_delete_authenticator": _("Seu papel exige a verificação em duas etapas."),
    }

    def get_totp_label(self, user: User) -> str:
        """How the app calls the account."""
        return user.get_username()

    def build_totp_svg(self, url: str) -> str:
        """The address as a picture that an app can read, to stand within a page."""
        picture = QRCode(image_factory=SvgPathImage)
        picture.add_data(url)
        drawn: str = picture.make_image().to_string(encoding="unicode")
        return drawn

    def encrypt(self, text: str) -> str:
        """Seals a secret."""
        return _sealer().encrypt(text.encode()).decode()

    def decrypt(self, encrypted_text: str) -> str:
        """Opens what `encrypt` sealed, with today's key or one of SECRET_KEY_FALLBACKS."""
        return _sealer().decrypt(encrypted_text.encode()).decode()

    def can_delete_authenticator(self, authenticator: Authenticator) -> bool:
        """Not where a role asks for it."""
        return not codes.must_have_app(authenticator.user)


def no_account(request: HttpRequest) -> HttpResponse:
    """The page for who was signed in elsewhere and has no account here."""
    return render(request, "portal/no_account.html", status=403)


def _sealer() -> MultiFernet:
    secrets = [settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS]
    return MultiFernet([Fernet(base64.urlsafe_b64encode(_derived(secret))) for secret in secrets])


def _derived(secret: str | bytes) -> bytes:
    return HKDF(algorithm=SHA256(), length=32, salt=None, info=b"second factors").derive(force_bytes(secret))
