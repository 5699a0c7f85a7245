"""Accounts: made and closed at the terminal and in Django's admin, each name once in whatever case."""

from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import CommandError, call_command
from django.test import Client

from portal.access.models import Membership
from tests.integration.portal.access.conftest import OURS, People, records

PASSWORD = "correct horse battery 7"


def create(name: str, *roles: str, team: str = "") -> str:
    out = StringIO()
    given = [part for role in roles or ("analyst",) for part in ("--role", role)]
    call_command("create_user", name, *given, "--generate", "--team", team, stdout=out)
    return out.getvalue().strip()


def test_an_account_has_its_roles_and_team_and_is_recorded(db: None) -> None:
    password = create("rui", "analyst", "auditor", team=OURS)
    user = User.objects.get(username="rui")
    assert user.check_password(password)
    assert sorted(group.name for group in user.groups.all()) == ["analyst", "auditor"]
    assert Membership.objects.get(user=user, until=None).team.name == OURS
    assert (user.is_staff, user.is_superuser) == (False, False)
    told = [each["detail"] for each in records(actor="terminal")]
    assert told == [
        f"user:{user.pk} made",
        f"user:{user.pk} +analyst +auditor",
        f"user:{user.pk} team {OURS}",
    ]
    assert password not in str(records())


def test_a_weak_password_makes_no_account(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdin", StringIO("123456\n"))
    with pytest.raises(CommandError, match="refused"):
        call_command("create_user", "rui", "--role", "analyst")
    assert not User.objects.exists()


def test_a_closed_account_leaves_its_team_and_stays(db: None) -> None:
    create("rui", team=OURS)
    for _ in range(2):
        call_command("close_user", "rui", stdout=StringIO())
    user = User.objects.get(username="rui")
    assert not user.is_active
    assert not user.memberships.filter(until=None).exists()
    with pytest.raises(CommandError, match="no account"):
        call_command("close_user", "nobody")


@pytest.mark.parametrize("name", ["rui", "RUI", "Rui"])
def test_a_name_that_is_taken_in_another_case_is_refused_at_the_terminal(db: None, name: str) -> None:
    create("rui")
    with pytest.raises(CommandError, match="already"):
        create(name)
    assert User.objects.count() == 1


def test_and_in_the_admin_for_a_new_account(people: People) -> None:
    given = {"username": "ANALYST", "password1": PASSWORD, "password2": PASSWORD, "usable_password": "true"}
    before = User.objects.count()
    assert people["administrator"].post("/admin/auth/user/add/", given).status_code == 200
    assert User.objects.count() == before
    assert (
        people["administrator"].post("/admin/auth/user/add/", {**given, "username": "rui"}).status_code == 302
    )
    assert User.objects.filter(username="rui").exists()


def test_and_in_the_admin_for_one_that_is_renamed(people: People) -> None:
    user = people.users["colleague"]
    form = {"memberships-TOTAL_FORMS": "0", "memberships-INITIAL_FORMS": "0", "is_active": "on"}
    for name, status in (("ANALYST", 200), ("COLLEAGUE", 302), ("colleague.2", 302)):
        answer = people["administrator"].post(
            f"/admin/auth/user/{user.pk}/change/", {**form, "username": name}
        )
        assert answer.status_code == status, name
    user.refresh_from_db()
    assert user.username == "colleague.2"


def test_an_administrator_changes_their_own_password_where_everybody_does(people: People) -> None:
    for method in ("get", "post"):
        answer = getattr(people["administrator"], method)("/admin/password_change/")
        assert (answer.status_code, answer["Location"]) == (302, "/account/")


def test_the_record_names_the_account_that_was_changed_in_words(people: People) -> None:
    create("rui", team=OURS)
    call_command("close_user", "rui", stdout=StringIO())
    shown = " ".join(people["auditor"].get("/record/").content.decode().split())
    for told in ("rui: criada", "rui: +analyst", "rui: encerrada"):
        assert told in shown
    assert "user:" not in shown


@pytest.mark.django_db
def test_the_sessions_of_a_closed_account_end_and_stay_ended() -> None:
    password, browser = create("ana", "analyst"), Client()
    browser.post("/login/", {"username": "ana", "password": password})
    assert browser.get("/").status_code == 200
    call_command("close_user", "ana", stdout=StringIO())
    assert not User.objects.get(username="ana").is_active
    User.objects.filter(username="ana").update(is_active=True)
    assert browser.get("/").status_code == 302


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("language", "said"),
    [
        ("pt-br", ("Clientes de máquina", "Clientes da API", "Ler os dossiês que se pediram")),
        ("en", ("Machine clients", "API clients", "Read the dossiers that were asked for")),
    ],
)
def test_the_admin_names_clients_and_scopes_in_the_page_s_language(
    people: People, language: str, said: tuple[str, ...]
) -> None:
    browser = people["administrator"]
    browser.cookies["django_language"] = language
    shown = (
        browser.get("/admin/").content.decode()
        + browser.get("/admin/service/apiclient/add/").content.decode()
    )
    assert [each for each in said if each not in shown] == []
