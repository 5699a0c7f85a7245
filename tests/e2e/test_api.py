"""The first whole journey over the API, on the whole stack with real workers."""

import json
import os
import signal
import sys
import time

import pytest
import requests

from fixtures import cast
from tests.stack import Analyst, Stack, eventually

pytestmark = pytest.mark.e2e


def test_a_dossier_of_someone_in_all_three_sources_is_complete(analyst: Analyst) -> None:
    receipt = analyst.ask(cast.MARIA.cpf)
    ended = analyst.follow(receipt)
    assert ended["state"] == "complete"
    dossier = analyst.dossier(receipt["dossier_id"])
    assert dossier["name"] == cast.MARIA.alpha.name  # type: ignore[union-attr]
    assert [debt["value"] for debt in dossier["debts"]] == ["1250.75", "89.90"]
    assert dossier["totals"]["debts"] == "1340.65"
    assert {block["presence"] for block in dossier["blocks"].values()} == {"found"}


@pytest.mark.parametrize(
    ("cpf", "expected"),
    [
        (
            "06134332991",
            {
                "name": "Teste",
                "address": "Rua Joaquina",
                "debts": [{"id": 3, "date": "2018-07-07", "value": "1000.00"}],
            },
        ),
        (
            "06934332991",
            {
                "name": "Teste",
                "address": "Rua blaba",
                "date_birth": "2018-07-09",
                "patrimonies": [{"description": "Carro", "value": "1000.00"}],
                "sources_income": [{"description": "Salário", "value": "1000.00"}],
            },
        ),
        (
            "06934332997",
            {
                "financial_transactions": [
                    {
                        "id": "5b3e4175c43bfd2b780afeba",
                        "description": "debito bancário",
                        "value": "0.00",
                        "date": "2011-10-05T14:48:00Z",
                        "type_transaction": "",
                        "payment_type": "",
                    }
                ]
            },
        ),
    ],
)
def test_the_command_builds_the_original_records_to_the_cent(
    stack: Stack, cpf: str, expected: dict[str, object]
) -> None:
    ended = stack.run(sys.executable, "manage.py", "dossier", cpf, "--purpose", "credit_analysis")
    assert ended.returncode == 0, ended.stderr
    dossier = json.loads(ended.stdout)
    assert {key: dossier[key] for key in expected} == expected
    assert "complete" in ended.stderr


def test_a_machine_client_polls_with_an_etag(stack: Stack, analyst: Analyst) -> None:
    receipt = analyst.ask(cast.MARIA.cpf)
    analyst.follow(receipt)
    url = requests.compat.urljoin(stack.url("portal"), receipt["status_url"])
    first = analyst.session.get(url, timeout=10)
    again = analyst.session.get(url, headers={"If-None-Match": first.headers["ETag"]}, timeout=10)
    assert (again.status_code, again.content) == (304, b"")


def test_an_edit_at_a_source_makes_version_two_with_a_diff(stack: Stack, analyst: Analyst) -> None:
    alpha, url = stack.session("alpha"), f"{stack.url('alpha')}/api/customers/"
    cpf = "71428793860"
    created = alpha.post(
        url,
        json={
            "cpf": cpf,
            "name": "Nova",
            "address": "Rua",
            "debts": [{"value": "10.00", "date": "2026-01-02"}],
        },
        timeout=10,
    )
    assert created.status_code == 201, created.text
    first = analyst.follow(analyst.ask(cpf, fresh=True))
    debts = [*created.json()["debts"], {"value": "0.01", "date": "2026-01-03"}]
    edited = alpha.patch(f"{url}{created.json()['id']}/", json={"debts": debts}, timeout=10)
    assert edited.status_code == 200, edited.text
    second = analyst.follow(analyst.ask(cpf, fresh=True))
    assert (second["outcome"], second["snapshot_version"]) == ("new_version", first["snapshot_version"] + 1)
    diff = analyst.session.get(
        f"{stack.url('portal')}/api/customers-dossiers/{second['dossier_id']}/diff/",
        params={"from": first["snapshot_version"], "to": second["snapshot_version"]},
        timeout=10,
    ).json()
    (change,) = diff["sections"]
    assert [row["value"] for row in change["added"]] == ["0.01"]
    assert change["removed"] == []


def test_a_source_that_is_down_makes_a_partial_dossier_with_the_last_good_block(
    stack: Stack, analyst: Analyst
) -> None:
    before = analyst.follow(analyst.ask(cast.MARIA.cpf, fresh=True))
    with stack.frozen("capa"):  # it accepts and never answers
        ended = analyst.follow(analyst.ask(cast.MARIA.cpf, fresh=True))
    assert (ended["state"], ended["outcome"]) == ("partial", "unchanged")
    assert ended["snapshot_version"] == before["snapshot_version"]
    assert (ended["sources"]["capa"]["state"], ended["sources"]["capa"]["origin"]) == ("stale", "carried")
    assert ended["sources"]["alpha"]["state"] == "ok"
    dossier = analyst.dossier(ended["dossier_id"])
    assert dossier["completeness"] == "partial"
    assert dossier["financial_transactions"], "a failed source is never shown as an absence"


def test_flower_asks_for_a_password_and_shows_ids_only(stack: Stack, analyst: Analyst) -> None:
    analyst.follow(analyst.ask(cast.MARIA.cpf, fresh=True))
    state = stack.state
    url = f"{stack.url('flower')}/api/tasks"
    assert requests.get(url, timeout=10).status_code == 401
    login = (state["flower_user"], state["flower_password"])

    def names() -> set[str]:
        tasks = requests.get(url, auth=login, timeout=10)
        assert cast.MARIA.cpf not in tasks.text
        return {task["name"] for task in tasks.json().values()}

    both = {"orchestrator.fetch_source", "orchestrator.finish_build"}
    assert eventually(names, until=lambda seen: both <= seen)


def test_no_log_of_any_process_holds_a_cpf(stack: Stack, analyst: Analyst) -> None:
    analyst.follow(analyst.ask(cast.MARIA.cpf, fresh=True))
    legacy = stack.session("capa")
    legacy.get(f"{stack.url('capa')}/financial-transactions/{cast.MARIA.cpf}", timeout=10)
    analyst.session.get(
        f"{stack.url('portal')}/api/customers-dossiers/", params={"cpf": cast.MARIA.cpf}, timeout=10
    )
    logs = [path for path in (stack.folder / "logs").iterdir() if path.is_file()]
    assert any("portal" in path.name for path in logs)
    for path in logs:
        assert cast.MARIA.cpf not in path.read_text(errors="replace"), path.name


def test_every_service_is_ready_and_documented(stack: Stack) -> None:
    for service in ("alpha", "beta", "capa", "portal"):
        for path in ("/healthz", "/readyz", "/api/schema/", "/api/docs/"):
            answer = requests.get(stack.url(service) + path, timeout=10)
            assert answer.status_code == 200, (service, path)


@pytest.mark.parametrize("process", ["worker-interactive", "redis", "postgres", "sweeper"])
def test_what_is_killed_starts_again_and_a_request_accepted_meanwhile_completes(
    stack: Stack, analyst: Analyst, process: str
) -> None:
    before = stack.pid(process)
    os.kill(before, signal.SIGKILL)
    # Without PostgreSQL nothing can be accepted, and the answer says so; without the others all is.
    receipt = _accepted(analyst) if process == "postgres" else analyst.ask(cast.MARIA.cpf, fresh=True)
    ended = analyst.follow(receipt, seconds=75)
    assert ended["state"] == "complete", ended
    assert eventually(lambda: stack.pid(process), until=lambda pid: pid != before)
    assert (
        eventually(lambda: stack.run("ops/status").returncode, until=lambda code: code == 0, seconds=60) == 0
    )


def _accepted(analyst: Analyst) -> dict[str, object]:
    """Asks until it is accepted."""
    ends = time.monotonic() + 30
    while True:
        try:
            return analyst.ask(cast.MARIA.cpf, fresh=True)
        except (AssertionError, requests.RequestException):
            if time.monotonic() > ends:
                raise
            time.sleep(0.1)
