"""An insider with an ordinary account tries for what is others', on pages."""

import re
from collections.abc import Callable
from uuid import uuid4

import pytest

from fixtures import cast
from tests.security.conftest import MOST_SECONDS
from tests.security.insiders import (
    DOSSIER,
    GUESSES,
    OVER_EVERYTHING,
    Insider,
    asked,
    insider,
    rows,
    stranger,
    things,
)
from tests.security.walking import Things
from tests.stack import Stack

pytestmark = pytest.mark.e2e

__all__ = ["asked", "insider", "stranger", "things"]  # fixtures


# What a page says of the asking alone: its tokens, and where it was asked for.
AS_ASKED = re.compile(r'csrf\S+ value=\S+|"X-CSRF[^}]*|(?<=name="next" value=")[^"]*')


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
            assert len({AS_ASKED.sub("", each.text) for each in answers}) == 1
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
