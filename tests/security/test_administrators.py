"""Whoever manages people does not make themselves a reader, and nobody else manages them."""

from collections.abc import Callable
from uuid import uuid4

import pytest

from tests.security.insiders import (
    Insider,
    asked,
    insider,
    made,
    rows,
    stranger,
    things,
)
from tests.stack import Stack

pytestmark = pytest.mark.e2e

__all__ = ["asked", "insider", "stranger", "things"]  # fixtures


class TestAdmin:
    """Whoever manages people does not make themselves a reader, and nobody else manages them."""

    @pytest.mark.parametrize("who", ["analyst", "supervisor", "auditor", "operator", "privacy_officer"])
    def test_nobody_else_enters(self, insider: Callable[[str], Insider], who: str) -> None:
        form = {"name": "mine", "scopes": ["dossier:all", "dossier:read"], "username": "mine"}
        for path in ("auth/user/", "auth/user/add/", "auth/user/1/change/", "service/apiclient/add/", ""):
            assert insider(who).get(f"/admin/{path}").status_code in (302, 403)
            assert insider(who).post(f"/admin/{path}", form).status_code in (302, 403)

    def test_an_administrator_gives_themselves_no_role_team_or_power(
        self, stack: Stack, insider: Callable[[str], Insider]
    ) -> None:
        admin, name = insider("administrator"), stack.state["accounts"]["administrator"]["username"]
        ((own,),) = rows(stack, "select id from auth_user where username = %s", name)
        ((team,),) = rows(stack, "select min(id) from access_team")
        before = standing(stack, own)
        form = {"username": name, "first_name": "Sim", "is_active": "on", **crafted(team, own)}
        form["groups"] = [pk for (pk,) in rows(stack, "select id from auth_group")]
        form["user_permissions"] = [1, 2, 3, 4]
        form |= dict.fromkeys(("is_superuser", "is_staff"), "on")
        for path in (f"/admin/auth/user/{own}/change/", f"/admin/auth/user/{own}/change/?_popup=1"):
            assert admin.post(path, form).status_code in (200, 302)
        assert standing(stack, own) == before
        (saved,) = rows(stack, "select first_name from auth_user where id = %s", own)
        assert saved == ("Sim",), "the form was not taken at all, which proves nothing"
        assert admin.get("/dossiers/1/").status_code == 403

    def test_nor_by_the_form_of_another_account(
        self, stack: Stack, insider: Callable[[str], Insider]
    ) -> None:
        admin, name = insider("administrator"), stack.state["accounts"]["administrator"]["username"]
        ((own,),) = rows(stack, "select id from auth_user where username = %s", name)
        ((team,),) = rows(stack, "select min(id) from access_team")
        before = standing(stack, own)
        other = f"outra-{uuid4().hex[:8]}"
        made(stack, other, "analyst")
        ((pk,),) = rows(stack, "select id from auth_user where username = %s", other)
        form = {"username": other, "is_active": "on", **crafted(team, own)}
        form |= dict.fromkeys(("is_superuser", "is_staff"), "on")
        assert admin.post(f"/admin/auth/user/{pk}/change/", form).status_code in (200, 302)
        assert standing(stack, own) == before
        assert standing(stack, pk)["powers"] == [(False, False, True)]

    def test_nor_is_anybody_made_with_powers(self, stack: Stack, insider: Callable[[str], Insider]) -> None:
        name, password = f"nova-{uuid4().hex[:8]}", f"Qz7!{uuid4().hex}"
        form: dict[str, object] = {"username": name, "password1": password, "password2": password}
        form |= dict.fromkeys(("is_superuser", "is_staff"), "on") | {"usable_password": "true"}
        form["user_permissions"] = form["groups"] = [1, 2, 3]
        added = insider("administrator").post("/admin/auth/user/add/", form)
        assert added.status_code == 302, added.text
        ((pk,),) = rows(stack, "select id from auth_user where username = %s", name)
        kept = standing(stack, pk)
        assert kept == {"powers": [(False, False, True)], "groups": [], "permissions": [], "teams": []}

    def test_roles_are_the_code_s_and_nothing_is_deleted(
        self, stack: Stack, insider: Callable[[str], Insider]
    ) -> None:
        admin = insider("administrator")
        ((group,),) = rows(stack, "select id from auth_group where name = 'administrator'")
        given = rows(stack, "select permission_id from auth_group_permissions where group_id = %s", group)
        for path in (f"group/{group}/change/", "group/add/", f"group/{group}/delete/", "user/1/delete/"):
            form = {"name": "administrator", "permissions": list(range(1, 30)), "post": "yes"}
            assert admin.post(f"/admin/auth/{path}", form).status_code == 403, path
        form = {"action": "delete_selected", "_selected_action": [1, 2, 3], "post": "yes"}
        accounts = rows(stack, "select count(*) from auth_user")
        for model in ("auth/user", "auth/group", "access/team"):
            assert admin.post(f"/admin/{model}/", form).status_code in (200, 302, 403)
        assert rows(stack, "select count(*) from auth_user") == accounts
        now = rows(stack, "select permission_id from auth_group_permissions where group_id = %s", group)
        assert sorted(now) == sorted(given)

    @pytest.mark.parametrize(
        "query",
        [
            "password__startswith=p",
            "authenticator__data__contains=a",
            "memberships__team__name=x",
            "usersession__session_key__startswith=a",
            "logentry__change_message__contains=a",
            "_to_field=password&_popup=1",
            "groups__permissions__codename=read",
        ],
    )
    def test_a_list_is_filtered_by_no_secret(self, insider: Callable[[str], Insider], query: str) -> None:
        answer = insider("administrator").get(f"/admin/auth/user/?{query}")
        assert answer.status_code in (302, 400)
        assert "pbkdf2" not in answer.text + str(answer.headers)

    def test_history_and_popups_tell_of_accounts_alone(
        self, stack: Stack, insider: Callable[[str], Insider]
    ) -> None:
        admin = insider("administrator")
        history = admin.get("/admin/auth/user/1/history/")
        assert history.status_code == 200
        assert "argon2" not in history.text
        assert "pbkdf2" not in history.text
        for (kind,) in rows(stack, "select id from django_content_type"):
            assert admin.get(f"/admin/r/{kind}/1/").status_code == 404
        for app in ("orchestrator", "sessions", "oauth2_provider", "mfa", "usersessions", "admin"):
            assert admin.get(f"/admin/{app}/").status_code == 404

    def test_a_password_that_an_administrator_gives_is_on_the_record(
        self, stack: Stack, insider: Callable[[str], Insider]
    ) -> None:
        name, password = f"vitima-{uuid4().hex[:8]}", f"Qz7!{uuid4().hex}"
        made(stack, name, "analyst")
        ((pk,),) = rows(stack, "select id from auth_user where username = %s", name)
        form = {"password1": password, "password2": password, "usable_password": "true"}
        assert insider("administrator").post(f"/admin/auth/user/{pk}/password/", form).status_code == 302
        told = rows(stack, "select actor from access_record where detail = %s", f"user:{pk} password")
        ((admin,),) = rows(
            stack,
            "select id from auth_user where username = %s",
            stack.state["accounts"]["administrator"]["username"],
        )
        assert told == [(f"user:{admin}",)]


def crafted(team: object, own: object) -> dict[str, object]:
    """A formset of memberships as the page of another's account would send it."""
    row = {"id": "", "user": own, "team": team, "since_0": "2020-01-01", "since_1": "00:00:00"}
    counts = {"TOTAL_FORMS": 1, "INITIAL_FORMS": 0, "MIN_NUM_FORMS": 0, "MAX_NUM_FORMS": 1000}
    return {f"memberships-{name}": value for name, value in counts.items()} | {
        f"memberships-0-{name}": value for name, value in row.items()
    }


def standing(stack: Stack, pk: object) -> dict[str, list[tuple[object, ...]]]:
    """All that gives an account power."""
    asked = {
        "powers": "select is_superuser, is_staff, is_active from auth_user where id = %s",
        "groups": "select group_id from auth_user_groups where user_id = %s order by 1",
        "permissions": "select permission_id from auth_user_user_permissions where user_id = %s",
        "teams": "select team_id, since, until from access_membership where user_id = %s order by 2",
    }
    return {what: rows(stack, statement, pk) for what, statement in asked.items()}
