"""Reads settings from the environment, once, at start; a missing one is named with a hint.

An entry point (manage.py, the Celery app, a WSGI file, gunicorn's configuration) loads them first, from
files of lines KEY=value, quoted or not: importing this or any other module changes nothing.
"""

import os
import re
import stat
from collections.abc import Mapping, MutableMapping
from decimal import Decimal
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import environ
from django.core.exceptions import ImproperlyConfigured

ROOT = Path(__file__).resolve().parents[2]
SETTINGS_MODULES = {
    "alpha": "sources.alpha.settings",
    "beta": "sources.beta.settings",
    "capa": "sources.capa.settings",
    "portal": "portal.settings",
}
_LINE = re.compile(r"""(?:export )?(\w+)=(["']?)(.*)\2""")
_NAME = re.compile(r"^(?:# )?([A-Z]\w*)=", re.MULTILINE)
_AMOUNT = re.compile(r"[0-9]{1,12}(\.[0-9]{1,2})?")
_SOURCE = re.compile("ALPHA|BETA|CAPA")
# Keys: each may be given as the content of a file, which `NAME_FILE` names.
SECRETS = ("SECRET_KEY", "MASTER_KEYS", "LOOKUP_KEYS", "LOOKUP_KEY")
_NOT_FOR_OTHERS = stat.S_IRWXO | stat.S_IWGRP


class Env(environ.Env):  # type: ignore[misc]  # has no types
    """Typed reading of the environment; an empty variable has its default."""

    def get_value(self, var: str, cast: Any = None, default: Any = environ.Env.NOTSET, **more: Any) -> Any:
        """The value, or the default where there is one and the variable is missing or empty."""
        if default is not self.NOTSET and not os.environ.get(var):
            return default
        return super().get_value(var, cast, default, **more)

    def amount(self, var: str, default: str) -> Decimal:
        """An amount of nought or more, such as 600.00; raises ImproperlyConfigured where it is none."""
        text = self.str(var, default=default)
        if not _AMOUNT.fullmatch(text):
            raise ImproperlyConfigured(f"{var} is {text!r}; it must be a number such as {default}.")
        return Decimal(text)


env = Env()


def service() -> str:
    """The service that this process is; the portal unless SERVICE says otherwise."""
    name = os.environ.get("SERVICE") or "portal"
    if name not in SETTINGS_MODULES:
        known = ", ".join(SETTINGS_MODULES)
        raise ImproperlyConfigured(f"SERVICE is {name!r}; it must be one of {known}.")
    return name


def stack_dir() -> Path:
    """The folder of the embedded stack: `.local` beside manage.py, unless STACK_DIR names another."""
    return Path(os.environ.get("STACK_DIR") or ROOT / ".local").resolve()


def env_file(environ: Mapping[str, str]) -> Path:
    """The installation's file: `.env` beside manage.py, unless ENV_FILE names another."""
    return Path(environ.get("ENV_FILE") or ROOT / ".env")


def read(path: Path) -> dict[str, str]:
    """The values of a file that are not empty; none where there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    found = (_LINE.fullmatch(line.strip()) for line in lines)
    return {line[1]: line[3] for line in found if line and line[3]}


def fill(environ: MutableMapping[str, str], path: Path) -> None:
    """Adds a file's values to an environment; what is already given there, and not empty, stays.

    A key that is given there by itself or by a file is given, whichever of the two this file has.
    """
    stays = {name for name, value in environ.items() if value}
    stays |= {f"{name}_FILE" for name in stays.intersection(SECRETS)}
    stays |= {name for name in SECRETS if f"{name}_FILE" in stays}
    environ.update({name: value for name, value in read(path).items() if name not in stays})


def load() -> None:
    """Completes this process's environment from the files of settings; for entry points alone.

    What the process was given comes first, then `.env` beside manage.py, then `stack.env`, which the
    embedded stack writes with its generated passwords (mode 0600). In all three, a value that is
    empty is not given. Safe to run twice.
    """
    fill(os.environ, env_file(os.environ))
    fill(os.environ, stack_dir() / "stack.env")


def select_settings(name: str | None = None) -> None:
    """Loads the settings, and points Django at those of a service: the one named, else SERVICE's."""
    load()
    if name:
        os.environ["SERVICE"] = name
    os.environ["DJANGO_SETTINGS_MODULE"] = SETTINGS_MODULES[service()]


def required(name: str, hint: str) -> str:
    """The value of an environment variable that has no default, or of the file that is given in its stead.

    Raises ImproperlyConfigured with the hint where it is missing or empty.
    """
    value = secret(name) if name in SECRETS else env.str(name, default="")
    if not value:
        raise ImproperlyConfigured(f"{name} is not set. {hint} `ops/up` sets it by itself.")
    return str(value)


def secret(name: str) -> str:
    """One of SECRETS, from the environment or from the file that `NAME_FILE` names; empty where not given.

    Raises ImproperlyConfigured where both are given, or the file cannot be read, is empty, or is open to
    others: then whoever has an account on the machine would have the key.
    """
    by_file = f"{name}_FILE"
    value, path = env.str(name, default=""), env.str(by_file, default="")
    if not path:
        return str(value)
    if value:
        raise ImproperlyConfigured(f"{name} and {name}_FILE are both given: take one of them away.")
    try:
        with Path(path).open() as file:
            mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
            text = file.read().strip()
    except (OSError, UnicodeDecodeError) as error:
        why = getattr(error, "strerror", None) or "it is not text"
        raise ImproperlyConfigured(f"{name}_FILE: {path} cannot be read ({why}).") from None
    if mode & _NOT_FOR_OTHERS:
        raise ImproperlyConfigured(
            f"{name}_FILE: {path} is open to others (mode {mode:04o}): `chmod 600` it, or 640 for a group."
        )
    if not text:
        raise ImproperlyConfigured(f"{name}_FILE: {path} is empty.")
    return text


def database_url(name: str) -> str:
    """The URL of one of the four PostgreSQL databases: `alpha`, `beta`, `capa` or `delta`.

    `DATABASE_URL` names the server; `ALPHA_DATABASE_URL` … `PORTAL_DATABASE_URL` override it.
    """
    owner = "portal" if name == "delta" else name
    if override := env.str(f"{owner.upper()}_DATABASE_URL", default=""):
        return str(override)
    server = required("DATABASE_URL", "Give the PostgreSQL server: postgres://role:password@host:5432/.")
    return urlunsplit(urlsplit(server)._replace(path=f"/{name}_db"))


def settings_of(environ: Mapping[str, str]) -> dict[str, str]:
    """What an environment gives of our settings: those that `.env.example` names, for whichever source."""
    names = ["ENV_FILE", *_NAME.findall((ROOT / ".env.example").read_text())]
    ours = re.compile("|".join(_SOURCE.sub("[A-Z0-9]+", name) for name in names))
    return {name: value for name, value in environ.items() if value and ours.fullmatch(name)}
