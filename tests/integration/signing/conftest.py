"""What the tests of signing in share: somebody with a password, and their app for codes."""

import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import redis
from allauth.mfa.totp.internal.auth import TOTP, format_hotp_value, generate_totp_secret, hotp_value
from django.contrib.auth.hashers import PBKDF2PasswordHasher
from django.contrib.auth.models import Group, User
from django.core.cache import cache
from django.test import Client

from ops.service.env import env
from portal.signing import counting

PASSWORD = "quinze-corujas-lentas"
NEW_PASSWORD = "trinta-lontras-calmas"

REDIS = redis.Redis.from_url(env.str("REDIS_URL"))

Person = Callable[..., User]


@pytest.fixture(autouse=True)
def _nobody_failed_yet(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr(counting, "_away_until", 0.0)
    monkeypatch.setattr(PBKDF2PasswordHasher, "iterations", 1000)  # a hash of ours takes most of a second
    _forget()
    yield
    _forget()


def _forget() -> None:
    REDIS.flushdb()
    counting._own.cache_clear()
    cache.clear()


@pytest.fixture
def person(db: None) -> Person:
    """Makes somebody who has this password, and these roles."""

    def _person(name: str = "ana", *roles: str, **told: str) -> User:
        user = User.objects.create_user(name, password=PASSWORD, **told)
        user.groups.set([Group.objects.get_or_create(name=role)[0] for role in roles])
        return user

    return _person


def sign_in(browser: Client, name: str = "ana", password: str = PASSWORD, **more: str) -> Any:
    """What the login answers; `address` is whence."""
    where: dict[str, Any] = {"REMOTE_ADDR": more.pop("address")} if "address" in more else {}
    return browser.post("/login/", {"username": name, "password": password, **more}, **where)


def is_in(browser: Client) -> bool:
    """Whether the browser is signed in."""
    return browser.get("/session/").json()["user"] is not None


class App:
    """An app that makes codes for somebody."""

    def __init__(self, user: User) -> None:
        self.secret = generate_totp_secret()
        TOTP.activate(user, self.secret)

    def code(self, steps: int = 0) -> str:
        """The code of now, or so many periods from now."""
        return code_of(self.secret, steps)

    def wrong(self) -> str:
        """A code that is none of those that are good now."""
        good = {self.code(steps) for steps in (-1, 0, 1)}
        return next(code for number in range(10) if (code := f"{number:06}") not in good)


def code_of(secret: str, steps: int = 0) -> str:
    """The code that an app with this secret shows."""
    return str(format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps)))


def stops_at(response: Any, path: str) -> bool:
    """Whether an answer leads to a page of ours."""
    return bool(response.status_code == 302 and response["Location"].split("?")[0] == path)
