"""An insider with an ordinary account, and a machine client with some scopes, try for what is others'."""

import json
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any
from uuid import uuid4

import psycopg2
import pytest
import requests

from fixtures import cast
from tests.security import walking
from tests.security.conftest import MOST_SECONDS, enter, hidden
from tests.security.walking import Things
from tests.stack import Analyst, Stack

pytestmark = pytest.mark.e2e

Browsers = Callable[[str], requests.Session]
GUESSES = 50  # in a quarter of an hour, as the setting's default says
DOSSIER = ("", "versions/1/", "diff/", "diff/?from=1&to=1")
# What anybody might send along, in the hope that some of it is taken.
OVER_EVERYTHING = {
    "owner": "user:1",
    "team": "team:1",
    "state": "complete",
    "over_everybody": "true",
    "standing_version": "0",
    "from_version": "0",
    "basis": "all",
    "run_id": "1",
    "id": "1",
}


class Insider:
    """Somebody's browser, as they misuse it."""

    def __init__(self, stack: Stack, session: requests.Session) -> None:
        self.base, self.session = stack.url("portal"), session

    def get(self, path: str, **told: str) -> requests.Response:
        """Follows no redirect."""
        url = self.base + path
        return self.session.get(url, headers=told, timeout=MOST_SECONDS, allow_redirects=False)

    def post(self, path: str, form: Mapping[str, object] | None = None, **more: object) -> requests.Response:
        """With the token that a page's forms carry."""
        token = self.session.cookies.get("csrftoken") or hidden(self.session, f"{self.base}/account/")
        form = {**(form or {}), **({"csrfmiddlewaretoken": token} if isinstance(token, str) else token)}
        url = self.base + path
        return self.session.post(url, form, timeout=MOST_SECONDS, allow_redirects=False, **more)  # type: ignore[arg-type]


@pytest.fixture
def insider(stack: Stack, browsers: Browsers) -> Callable[[str], Insider]:
    return lambda who: Insider(stack, browsers(who))


@pytest.fixture
def stranger(stack: Stack) -> Insider:
    """An analyst of no team, with an account of their own: what they guess locks nobody else out."""
    name = f"curiosa-{uuid4().hex[:8]}"
    return made(stack, name, "analyst")


def made(stack: Stack, name: str, *roles: str) -> Insider:
    """A new account with these roles, logged in."""
    granted = [part for role in roles for part in ("--role", role)]
    command = (sys.executable, "manage.py", "create_user", name, *granted, "--generate")
    account = stack.run(*command, SERVICE="portal")
    assert account.returncode == 0, account.stderr[-2000:]
    session = requests.Session()
    enter(stack, session, username=name, password=account.stdout.strip().splitlines()[-1])
    return Insider(stack, session)


@pytest.fixture(scope="module")
def things(analyst: Analyst) -> Things:
    """A machine client's dossier, request and run: no person's."""
    return walking.made(analyst)


@pytest.fixture
def asked(stack: Stack, insider: Callable[[str], Insider]) -> Things:
    """The analyst's own dossier and request, and a run of the supervisor's of the same team."""
    wait = insider("analyst").post("/", {"cpf": cast.MARIA.cpf, "purpose": "collection"})
    assert wait.status_code == 302, wait.text
    request = wait.headers["Location"].split("/")[2]
    listed = insider("supervisor").post(
        "/runs/", {"purpose": "collection"}, files={"file": ("l.csv", f"cpf\n{cast.MARIA.cpf}\n".encode())}
    )
    assert listed.status_code == 302, listed.text
    (dossier,) = rows(
        stack,
        "select build.dossier_id from orchestrator_dossierrequest as asked"
        " join orchestrator_build as build on build.id = asked.build_id where asked.id = %s",
        request,
    )
    return Things(dossier=dossier[0], request=request, run=int(listed.headers["Location"].split("/")[2]))


def rows(stack: Stack, statement: str, *values: object) -> list[tuple[Any, ...]]:
    """What the portal's database holds."""
    connection = psycopg2.connect(stack.state["engines"]["database_url"] + "delta_db")
    try:
        with connection, connection.cursor() as cursor:
            cursor.execute(statement, values)
            return list(cursor.fetchall())
    finally:
        connection.close()


class TestPages:
    def test_another_team_s_dossier_request_and_run_are_404_and_the_same_as_none(
        self, asked: Things, insider: Callable[[str], Insider]
    ) -> None:
        other = insider("analyst_elsewhere")
        form = {"pinned": "yes", "following": "yes", "purpose": "collection"}
        for dossier, request in ((asked.dossier, asked.request), (987654, uuid4())):
            answers = [other.get(f"/dossiers/{dossier}/{part}") for part in DOSSIER]
            answers += [other.get(f"/requests/{request}/{part}") for part in ("", "attempts/")]
            answers += [
                other.post(f"/dossiers/{dossier}/{part}", form)
                for part in ("versions/1/pin/", "follow/", "update/")
            ]
            answers += [other.post(f"/requests/{request}/{part}") for part in ("retry/", "cancel/")]
            assert {answer.status_code for answer in answers} == {404}
            assert not any(cast.MARIA.cpf in re.sub(r"\D", "", each.text) for each in answers)
            assert len({re.sub(r"csrf\S+ value=\S+|\"X-CSRF[^}]*", "", each.text) for each in answers}) == 1
        assert insider("colleague").get(f"/dossiers/{asked.dossier}/").status_code == 200

    def test_a_tag_opens_nothing(self, asked: Things, insider: Callable[[str], Insider]) -> None:
        own = insider("analyst").get(f"/requests/{asked.request}/attempts/")
        for known in ("*", own.headers.get("ETag", 'W/"x"')):
            told = {"If-None-Match": known, "HX-Request": "true"}
            for path in (f"/requests/{asked.request}/", f"/dossiers/{asked.dossier}/"):
                assert insider("analyst_elsewhere").get(path, **told).status_code == 404

    @pytest.mark.parametrize("who", ["analyst", "auditor", "privacy_officer", "administrator"])
    def test_a_run_and_its_results_are_closed_to_who_runs_none(
        self, asked: Things, insider: Callable[[str], Insider], who: str
    ) -> None:
        for part in ("", "results/", "results/?format=jsonl"):
            assert insider(who).get(f"/runs/{asked.run}/{part}").status_code == 403
        for act in ("pause", "resume", "cancel", "retry"):
            assert insider(who).post(f"/runs/{asked.run}/{act}/").status_code == 403
        assert insider(who).post("/runs/refresh/").status_code == 403
        assert insider(who).get("/runs/").status_code == 403

    def test_an_operator_sees_counts_of_a_run_and_no_dossier(
        self, asked: Things, insider: Callable[[str], Insider]
    ) -> None:
        page = insider("operator").get(f"/runs/{asked.run}/")
        assert page.status_code == 200
        assert "/dossiers/" not in page.text
        assert insider("operator").get(f"/runs/{asked.run}/results/").status_code == 403

    def test_counting_from_one_opens_nothing_ends_in_a_wait_and_stands_out(
        self, stack: Stack, asked: Things, stranger: Insider, insider: Callable[[str], Insider]
    ) -> None:
        answers = []
        for number in range(1, 4 * GUESSES):
            answers.append(stranger.get(f"/dossiers/{number}/"))
            if answers[-1].status_code == 429:
                break
        assert {answer.status_code for answer in answers[:-1]} == {404}
        assert len(answers) > GUESSES
        assert answers[-1].status_code == 429, "nobody stopped it"
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 900
        for path in ("/", f"/requests/{asked.request}/"):
            assert stranger.get(path).status_code == 429
        (found,) = rows(
            stack,
            "select count(*) from access_record where outcome = 'not_found' and actor ="
            " (select 'user:' || max(id) from auth_user where username like 'curiosa-%%')",
        )
        assert found[0] == len(answers) - 1
        page = insider("auditor").get("/record/anomalies/")
        assert page.status_code == 200
        assert "curiosa-" in page.text

    def test_nothing_sent_along_makes_an_ask_or_a_list_somebody_else_s(
        self, stack: Stack, insider: Callable[[str], Insider]
    ) -> None:
        analyst, supervisor = insider("analyst"), insider("supervisor")
        analyst.post("/", {**OVER_EVERYTHING, "cpf": cast.JOAO.cpf, "purpose": "collection"})
        listed = {"file": ("l.csv", f"cpf\n{cast.JOAO.cpf}\n".encode())}
        sent = supervisor.post("/runs/", {**OVER_EVERYTHING, "purpose": "fraud_prevention"}, files=listed)
        run = int(sent.headers["Location"].split("/")[2])
        ids: dict[str, int] = dict(rows(stack, "select username, id from auth_user"))
        accounts = stack.state["accounts"]
        (ask,) = rows(
            stack,
            "select owner, team from orchestrator_dossierrequest order by created_at desc limit 1",
        )
        assert ask[0] == f"user:{ids[accounts['analyst']['username']]}"
        (kept,) = rows(stack, "select owner, team, over_everybody from orchestrator_run where id = %s", run)
        assert kept == (f"user:{ids[accounts['supervisor']['username']]}", ask[1], False)

    @pytest.mark.parametrize("told", [{}, {"HX-Request": "true"}], ids=["form", "htmx"])
    def test_no_post_is_taken_without_the_token_of_a_page(
        self, asked: Things, insider: Callable[[str], Insider], told: dict[str, str]
    ) -> None:
        paths = [
            "/",
            "/outlook/",
            f"/dossiers/{asked.dossier}/update/",
            f"/dossiers/{asked.dossier}/follow/",
            f"/dossiers/{asked.dossier}/versions/1/pin/",
            f"/requests/{asked.request}/cancel/",
            f"/requests/{asked.request}/retry/",
            "/runs/",
            "/runs/refresh/",
            f"/runs/{asked.run}/cancel/",
            "/record/",
            "/record/file/",
            "/persons/act/",
            "/notices/1/seen/",
            "/account/password/",
            "/account/sessions/end/",
            "/account/confirm/",
            "/setlang/",
            "/logout/",
            "/admin/auth/user/add/",
        ]
        someone = insider("supervisor")
        forged = {**told, "Origin": "https://evil.example", "X-CSRFToken": "x" * 64}
        form = {"cpf": cast.MARIA.cpf, "purpose": "collection", "pinned": "yes", "following": "yes"}
        for path in paths:
            for headers in (told, forged):
                url = someone.base + path
                answer = someone.session.post(
                    url, form, headers=headers, timeout=MOST_SECONDS, allow_redirects=False
                )
                assert answer.status_code == 403, (path, headers)
        assert someone.get("/").status_code == 200  # and is logged in still

    def test_no_get_does_what_a_post_is_for(self, asked: Things, insider: Callable[[str], Insider]) -> None:
        paths = [
            *(f"/dossiers/{asked.dossier}/{part}" for part in ("update/", "follow/", "versions/1/pin/")),
            *(f"/requests/{asked.request}/{part}" for part in ("cancel/", "retry/")),
            *(f"/runs/{asked.run}/{part}" for part in ("pause/", "resume/", "cancel/", "retry/")),
            "/runs/refresh/",
            "/notices/1/seen/",
        ]
        for path in paths:
            for method in ("GET", "HEAD", "PUT", "DELETE", "PATCH"):
                someone = insider("supervisor")
                url = f"{someone.base}{path}?pinned=yes&following=yes&purpose=collection&_method=POST"
                token = {"X-CSRFToken": someone.session.cookies.get("csrftoken", "")}
                answer = someone.session.request(method, url, headers=token, timeout=MOST_SECONDS)
                assert answer.status_code == 405, (method, path)


@pytest.fixture(scope="module")
def elsewhere(stack: Stack) -> Analyst:
    """All that a client may be given without being given all."""
    return Analyst.of(stack, "dossier:read", "dossier:request", "dossier:pin", "batch:run")


class TestMachines:
    def test_what_another_client_or_a_person_asked_for_is_404_whatever_tag_is_sent(
        self, stack: Stack, things: Things, asked: Things, analyst: Analyst, elsewhere: Analyst
    ) -> None:
        base = stack.url("portal")
        for theirs in (things, asked):
            status = analyst.session.get(
                f"{base}/api/dossier-requests/{theirs.request}/", timeout=MOST_SECONDS
            )
            run = analyst.session.get(f"{base}/api/runs/{theirs.run}/", timeout=MOST_SECONDS)
            assert (status.status_code, run.status_code) == (200, 200)
            tags = ("*", status.headers["ETag"], run.headers["ETag"], f"W/{status.headers['ETag']}")
            dossier, request = (
                f"/api/customers-dossiers/{theirs.dossier}/",
                f"/api/dossier-requests/{theirs.request}/",
            )
            paths = [
                ("GET", dossier),
                ("HEAD", dossier),
                ("GET", f"{dossier}versions/"),
                ("GET", f"{dossier}versions/1/"),
                ("GET", f"{dossier}diff/?from=1&to=1"),
                ("PUT", f"{dossier}versions/1/pin/"),
                ("DELETE", f"{dossier}versions/1/pin/"),
                ("GET", request),
                ("POST", f"{request}cancel/"),
                ("POST", f"{request}retry/"),
                ("GET", f"/api/runs/{theirs.run}/"),
                *(
                    ("POST", f"/api/runs/{theirs.run}/{act}/")
                    for act in ("pause", "resume", "cancel", "retry")
                ),
                *(("GET", f"/api/runs/{theirs.run}/{part}/") for part in ("failed", "rejected", "results")),
            ]
            for number, (method, path) in enumerate(paths):
                told = {"If-None-Match": tags[number % len(tags)], "Idempotency-Key": uuid4().hex}
                answer = elsewhere.session.request(method, base + path, headers=told, timeout=MOST_SECONDS)
                assert answer.status_code == 404, (method, path)

    def test_it_finds_nobody_by_cpf_and_lists_no_other_s_run(
        self, stack: Stack, things: Things, elsewhere: Analyst
    ) -> None:
        base = stack.url("portal")
        found = elsewhere.session.get(
            f"{base}/api/customers-dossiers/", params={"cpf": cast.MARIA.cpf}, timeout=MOST_SECONDS
        )
        assert found.json() == []
        searched = elsewhere.session.post(
            f"{base}/api/customers-dossiers/search/", json={"cpf": cast.MARIA.cpf}, timeout=MOST_SECONDS
        )
        assert searched.status_code == 404
        listed = elsewhere.session.get(f"{base}/api/runs/?limit=100", timeout=MOST_SECONDS).json()
        assert things.run not in [run["run_id"] for run in listed]

    @pytest.mark.parametrize("scopes", [("batch:run",), ("batch:run", "runs:all")], ids="+".join)
    def test_who_runs_lists_without_the_scope_to_read_gets_no_dossier_of_any_run(
        self, stack: Stack, things: Things, scopes: tuple[str, ...]
    ) -> None:
        base, runner = stack.url("portal"), Analyst.of(stack, *scopes).session
        sent = runner.post(
            f"{base}/api/runs/lists/",
            data={"purpose": "collection"},
            files={"file": ("l.csv", f"cpf\n{cast.MARIA.cpf}\n".encode())},
            timeout=MOST_SECONDS,
        )
        own = sent.json()["run_id"]
        for run in (own, things.run):
            for kind in ("csv", "xlsx", "jsonl"):
                url = f"{base}/api/runs/{run}/results/?format={kind}"
                assert runner.get(url, timeout=MOST_SECONDS).status_code == 403
            told = [
                runner.get(f"{base}/api/runs/{run}/{part}", timeout=MOST_SECONDS).text
                for part in ("", "failed/", "rejected/")
            ]
            assert not re.search(r"Maria|52998224725|529\.982", "".join(told))
        for path in (f"{things.dossier}/", f"{things.dossier}/versions/1/"):
            refused = runner.get(f"{base}/api/customers-dossiers/{path}", timeout=MOST_SECONDS)
            assert refused.status_code == 403

    def test_a_client_that_counts_from_one_has_to_wait(self, stack: Stack) -> None:
        base, guesser = stack.url("portal"), Analyst.of(stack, "dossier:read").session
        answers = []
        for number in range(900_000, 900_000 + 4 * GUESSES):
            url = f"{base}/api/customers-dossiers/{number}/"
            answers.append(guesser.get(url, timeout=MOST_SECONDS))
            if answers[-1].status_code == 429:
                break
        assert {answer.status_code for answer in answers[:-1]} == {404}
        assert answers[-1].status_code == 429
        assert 0 < int(answers[-1].headers["Retry-After"]) <= 900

    def test_nothing_sent_along_is_taken_nor_ignored(self, stack: Stack, elsewhere: Analyst) -> None:
        url = f"{stack.url('portal')}/api/customers-dossiers/"
        ask = {"cpf": cast.MARIA.cpf, "purpose": "collection"}
        for name, value in OVER_EVERYTHING.items():
            refused = elsewhere.session.post(url, json={**ask, name: value}, timeout=MOST_SECONDS)
            assert refused.status_code == 400, name
            refused = elsewhere.session.post(f"{url}?{name}={value}", json=ask, timeout=MOST_SECONDS)
            assert refused.status_code == 400, name


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


def test_tokens_carry_no_scope_beyond_their_client_s(stack: Stack) -> None:
    command = (sys.executable, "manage.py", "create_api_client", "thin", "--scope", "dossier:request")
    thin = json.loads(stack.run(*command, SERVICE="portal").stdout)
    token = f"{stack.url('portal')}/api/oauth/token/"
    for scope in ("dossier:all", "dossier:request dossier:all", "dossier:request dossier:read"):
        form = {"grant_type": "client_credentials", "scope": scope}
        told = requests.post(
            token, data=form, auth=(thin["client_id"], thin["client_secret"]), timeout=MOST_SECONDS
        )
        assert told.status_code == 400
        assert "access_token" not in told.json()
    granted = stack.token("portal", thin)
    (found,) = rows(stack, "select scope from oauth2_provider_accesstoken order by id desc limit 1")
    assert granted
    assert found == ("dossier:request",)
