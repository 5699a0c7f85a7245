"""How often a token may be asked for, and with how many wrong secrets."""

from base64 import b64encode
from ipaddress import IPv6Address
from secrets import randbits

import pytest
from django.test import Client
from pytest_django import Settings

from tests.logs import captured
from tests.problems import fields
from tests.unit.service.conftest import create

TOKEN = "/api/oauth/token/"
# Nobody else's, also where this runs again while Redis still counts.
HERE, ELSEWHERE, THIRD = (str(IPv6Address((0x20010DB8 << 96) | (randbits(32) << 64))) for _ in range(3))


class TestTokens:
    """Wrong secrets meet an end; who guesses them locks nobody out elsewhere."""

    @pytest.fixture
    def client(self) -> dict[str, str]:
        return create("dossier:read")

    def ask(self, http: Client, client: dict[str, str], *, secret: str = "", address: str = HERE) -> int:
        form = {
            "grant_type": "client_credentials",
            **client,
            "client_secret": secret or client["client_secret"],
        }
        return http.post(TOKEN, form, REMOTE_ADDR=address).status_code

    def test_a_hundred_wrong_secrets_meet_a_limit_and_leave_lines_without_them(
        self, http: Client, client: dict[str, str]
    ) -> None:
        log = captured()
        answered = [self.ask(http, client, secret=f"guess-{n}") for n in range(100)]
        assert answered == [401] * 20 + [429] * 80
        lines = log()
        refused = [line for line in lines if line["event"] == "token.refused"]
        assert len(refused) == 20
        assert {(line["client"], line["address"]) for line in refused} == {(client["client_id"], HERE)}
        assert "guess-" not in str(lines)
        assert self.ask(http, client) == 429
        assert self.ask(http, client, address=ELSEWHERE) == 200
        assert self.ask(http, create("dossier:read")) == 200

    @pytest.mark.parametrize("by", ["header", "quoted header"])
    def test_the_other_ways_to_name_a_client_are_the_same_client(
        self, http: Client, client: dict[str, str], settings: Settings, by: str
    ) -> None:
        settings.WRONG_SECRETS = 1
        assert self.ask(http, client, secret="wrong") == 401
        name = (
            client["client_id"]
            if by == "header"
            else "%" + f"{ord(client['client_id'][0]):x}" + client["client_id"][1:]
        )
        proof = b64encode(f"{name}:{client['client_secret']}".encode()).decode()
        headers = {"Authorization": f"Basic {proof}"}
        form = {"grant_type": "client_credentials"}
        assert http.post(TOKEN, form, headers=headers, REMOTE_ADDR=HERE).status_code == 429
        assert http.post(TOKEN, form, headers=headers, REMOTE_ADDR=ELSEWHERE).status_code == 200

    def test_an_address_that_guesses_at_many_clients_meets_a_limit_of_its_own(
        self, http: Client, client: dict[str, str], settings: Settings
    ) -> None:
        settings.WRONG_SECRETS_OF_ADDRESS = 5
        log = captured()
        wrong = [
            self.ask(http, {"client_id": f"52998224725{n}", "client_secret": "x"}, address=THIRD)
            for n in range(6)
        ]
        assert wrong == [401] * 5 + [429]
        assert "52998224725" not in str(log())
        assert self.ask(http, client, address=THIRD) == 429
        assert self.ask(http, client, address=ELSEWHERE) == 200

    def test_a_refusal_is_a_problem_that_says_when_to_come_back(
        self, http: Client, client: dict[str, str], settings: Settings
    ) -> None:
        settings.TOKENS_PER_MINUTE = 1
        form = {"grant_type": "client_credentials", **client}
        given = http.post(TOKEN, form)
        assert given["RateLimit-Policy"] == '"tokens";q=1;w=60'
        answer = http.post(TOKEN, form)
        assert (answer.status_code, answer.json()["code"], fields(answer)) == (429, "throttled", [])
        assert 0 < int(answer["Retry-After"]) <= 60

    @pytest.mark.parametrize(
        "proof", ["Basic", "Basic x", "Basic \xff", "Basic AAAA", "Basic /w==", "Bearer x"]
    )
    def test_what_names_no_client_is_counted_as_nobody(self, http: Client, proof: str) -> None:
        answer = http.post(TOKEN, {"grant_type": "client_credentials"}, HTTP_AUTHORIZATION=proof)
        assert answer.status_code in (400, 401)
