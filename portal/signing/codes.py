"""Codes of second factors: who must have them, and that each is good for one use only."""

import re
import time

from allauth.mfa import app_settings
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.contrib.auth.models import User
from django.db import transaction

_USED = "used"  # in an authenticator's data: the codes that were used of late, and when


def has_app(user: AbstractBaseUser) -> bool:
    """Whether somebody has an app that makes codes."""
    return bool(Authenticator.objects.filter(user_id=user.pk, type=Authenticator.Type.TOTP).exists())


def must_have_app(user: User) -> bool:
    """Whether one of somebody's roles asks for a second factor."""
    roles = settings.MFA_REQUIRED_ROLES
    return bool(roles) and user.groups.filter(name__in=roles).exists()


def is_lacking(user: User) -> bool:
    """Whether somebody must have a second factor and has none."""
    return must_have_app(user) and not has_app(user)


def accept(user: AbstractBaseUser, code: str) -> Authenticator | None:
    """Uses a code up, and gives which of somebody's authenticators it is of; None where of none, or where it
    was used before. Two at once wait for one another, in whichever process.
    """
    with transaction.atomic():
        known = Authenticator.objects.filter(user_id=user.pk).select_for_update(no_key=True).order_by("pk")
        for each in known:
            if each.wrap().validate_code(code) and (each.type != Authenticator.Type.TOTP or use(each, code)):
                return each
    return None


def use(authenticator: Authenticator, code: str) -> bool:
    """Marks an app's code as used; False where it was.

    allauth marks it in a cache, which every process has for itself and loses when it starts again.
    """
    at, digits = time.time(), re.sub(r"\D", "", code)
    window = app_settings.TOTP_PERIOD * (2 * app_settings.TOTP_TOLERANCE + 1)
    used = {each: when for each, when in authenticator.data.get(_USED, {}).items() if at - when < window}
    if digits in used:
        return False
    authenticator.data[_USED] = {**used, digits: at}
    authenticator.save(update_fields=["data"])
    return True
