"""A run's results come in the language of the page that they are taken from: header, words and numbers."""

import csv
import io

import pytest
from django.test import Client

from tests.integration.portal.conftest import Machine, Send, upload
from tests.integration.runs.conftest import Hands, finish


def rows(response: object) -> list[dict[str, str]]:
    content = b"".join(response.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    return list(csv.DictReader(io.StringIO(content, newline=""), delimiter=";"))


@pytest.mark.parametrize(
    ("language", "name", "outcome", "total", "mark"),
    [
        ("pt-br", "Nome", ("Resultado", "novo"), "Dívidas: total", ","),
        ("en", "Name", ("Outcome", "new"), "Debts: total", "."),
    ],
)
def test_a_page_s_file_speaks_the_page_s_language(
    analyst: Client,
    send: Send,
    crowd: list[str],
    language: str,
    name: str,
    outcome: tuple[str, str],
    total: str,
    mark: str,
) -> None:
    url = send(crowd[0], "123")
    analyst.post("/setlang/", {"language": language, "next": "/"})
    good, bad = rows(analyst.get(f"{url}results/?format=csv"))
    assert good[name]
    assert good[outcome[0]] == outcome[1]
    assert good[total][-3] == mark
    assert ("dígitos" in "".join(bad.values())) is (language == "pt-br")


def test_programs_are_answered_in_codes_as_before(machine: Machine, hands: Hands, crowd: list[str]) -> None:
    api = machine("batch:run", "dossier:read")
    run_id = upload(api, crowd[:1]).json()["run_id"]
    finish(hands, run_id)
    (told,) = rows(api.get(f"/api/runs/{run_id}/results/?format=csv"))
    assert told["outcome"] == "new"
    assert told["debts_total"][-3] == ","
