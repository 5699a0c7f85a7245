"""Every page of ours that somebody can come to, and how. A new page is a row; a test compares with routes."""

from collections.abc import Callable
from dataclasses import dataclass

from django.template.loader import render_to_string
from django.utils import translation
from playwright.sync_api import Page

from tests.fakes.people import MARIA
from tests.integration.portal.looks.world import PASSWORD, WITH_APP

Act = Callable[[Page], None]


@dataclass(frozen=True, kw_only=True)
class Seen:
    """A page as somebody sees it: its picture's name, its route as written, who looks, where, and what
    they do there first."""

    name: str
    route: str
    by: str = ""
    path: str = ""
    act: Act | None = None

    @property
    def address(self) -> str:
        """Where to go; the route itself unless told otherwise."""
        return self.path or f"/{self.route}"


def _send(*, by: str = "button:not([type=button])", **typed: str) -> Act:
    """Fills fields in and sends their form, by one of its buttons."""

    def _sent(page: Page) -> None:
        for name, value in typed.items():
            field = page.locator(f"main [name={name}]").first
            if field.evaluate("field => field.tagName") == "SELECT":
                field.select_option(value)
            else:
                field.fill(value)
        form = field.locator("xpath=ancestor::form")
        with page.expect_navigation():
            form.locator(by).first.evaluate("button => button.form.requestSubmit(button)")

    return _sent


def _open(chosen: str) -> Act:
    """Opens everything of that kind."""
    return lambda page: page.locator(chosen).evaluate_all("all => all.forEach(each => each.open = true)")


def _keys(page: Page) -> None:
    page.locator("body").press("?")


LOGGED_IN = {"username": WITH_APP, "password": PASSWORD}
PAGES = (
    Seen(name="login", route="login/"),
    Seen(name="login-refused", route="login/", act=_send(username="ninguem", password="errada-de-todo")),
    Seen(name="login-code", route="login/code/", path="/login/", act=_send(**LOGGED_IN)),
    Seen(name="login-done", route="login/done/", by="analyst"),
    Seen(name="keys", route="keys/"),
    Seen(name="keys-dialog", route="keys/", path="/account/", by="analyst", act=_keys),
    Seen(name="home", route="", by="analyst"),
    Seen(name="home-refused", route="", by="analyst", act=_send(cpf="111")),
    Seen(name="home-digits", route="", by="analyst", act=_send(cpf="529.982.247-26", purpose="collection")),
    Seen(name="found", route="", by="analyst", act=_send(q="maria")),
    Seen(name="found-nobody", route="", by="analyst", act=_send(q="ninguem")),
    Seen(name="sources", route="sources/", by="operator"),
    Seen(name="runs", route="runs/", by="supervisor"),
    Seen(name="runs-operator", route="runs/", by="operator"),
    Seen(name="run", route="runs/<int:run_id>/", path="/runs/{done}/", by="supervisor"),
    Seen(
        name="run-moving",
        route="runs/<int:run_id>/",
        path="/runs/{moving}/",
        by="supervisor",
        act=_open("details"),
    ),
    Seen(name="run-people", route="runs/<int:run_id>/people/", path="/runs/{done}/people/", by="supervisor"),
    Seen(name="everybody", route="runs/everybody/", by="supervisor"),
    Seen(name="followed", route="followed/", by="analyst"),
    Seen(name="wait", route="requests/<uuid:request_id>/", path="/requests/{waiting}/", by="analyst"),
    Seen(
        name="wait-cancelled",
        route="requests/<uuid:request_id>/",
        path="/requests/{cancelled}/",
        by="analyst",
    ),
    Seen(name="wait-failed", route="requests/<uuid:request_id>/", path="/requests/{failed}/", by="analyst"),
    Seen(
        name="attempts",
        route="requests/<uuid:request_id>/attempts/",
        path="/requests/{partial_request}/attempts/",
        by="analyst",
    ),
    Seen(name="dossier", route="dossiers/<int:dossier_id>/", path="/dossiers/{maria}/", by="analyst"),
    Seen(name="dossier-absent", route="dossiers/<int:dossier_id>/", path="/dossiers/{absent}/", by="analyst"),
    Seen(
        name="dossier-partial", route="dossiers/<int:dossier_id>/", path="/dossiers/{partial}/", by="analyst"
    ),
    Seen(
        name="version",
        route="dossiers/<int:dossier_id>/versions/<int:number>/",
        path="/dossiers/{maria}/versions/1/",
        by="analyst",
    ),
    Seen(name="diff", route="dossiers/<int:dossier_id>/diff/", path="/dossiers/{maria}/diff/", by="analyst"),
    Seen(name="record", route="record/", by="auditor"),
    Seen(name="record-refused", route="record/", by="auditor", act=_send(person="123")),
    Seen(name="anomalies", route="record/anomalies/", by="auditor"),
    Seen(name="persons", route="persons/", by="privacy_officer", act=_open("details")),
    Seen(
        name="person-report",
        route="persons/",
        by="privacy_officer",
        act=_send(cpf=MARIA, by="[value=report]"),
    ),
    Seen(
        name="person-refused",
        route="persons/",
        by="privacy_officer",
        act=_send(cpf="123", by="[value=erase]"),
    ),
    Seen(name="account", route="account/", by=WITH_APP),
    Seen(name="confirm", route="account/confirm/", by=WITH_APP),
    Seen(name="password", route="account/password/", by=WITH_APP),
    Seen(name="second-factor", route="account/second-factor/", by="analyst"),
    Seen(name="second-factor-off", route="account/second-factor/off/", by=WITH_APP),
    Seen(name="codes", route="account/second-factor/codes/", by=WITH_APP),
    Seen(name="codes-new", route="account/second-factor/codes/new/", by=WITH_APP),
    Seen(name="error-403", route="record/", by="analyst"),
    Seen(name="error-404", route="dossiers/<int:dossier_id>/", path="/dossiers/999999/", by="analyst"),
    Seen(name="error-404-anybody", route="", path="/nowhere/"),
    Seen(name="error-410", route="dossiers/<int:dossier_id>/", path="/dossiers/{erased}/", by="analyst"),
)
# Pages that nobody comes to at will: shown in the place of another, as they are written.
PROBLEMS = (
    "400",
    "403_csrf",
    "413",
    "429",
    "500",
    "503",
    "portal/locked",
    "portal/no_account",
    "portal/sso_failed",
)


def problem(name: str, language: str) -> str:
    """One of PROBLEMS as it is answered to somebody who is not signed in."""
    with translation.override(language):
        told = {"advice": "…", "reference": "0123456789abcdef", "until": "12:00:00", "minutes": "15 min"}
        return render_to_string(f"{name}.html", told)
