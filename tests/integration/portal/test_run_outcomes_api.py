"""What became of whom in a run, over the API: who failed, which rows were bad, the results as a file."""

import json
from typing import Any

import pytest
from django.test import Client

from orchestrator import conf
from orchestrator.models import Chunk
from tests.integration.portal.conftest import RUNS, Fakes, conforms, started, worked_off
from tests.integration.runs.conftest import Hands
from tests.problems import fields


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_who_failed_is_told_with_the_reason_by_source(
    runs_api: Client, hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_PASSES", 1)
    fake_sources["beta"].people[crowd[1]]["name"] = 7
    run_id = worked_off(runs_api, hands, crowd[:3])
    failed = json.loads(body(runs_api.get(f"{RUNS}{run_id}/failed/")))
    dossier_ids = Chunk.objects.get(run=run_id).dossier_ids or []
    assert failed == [
        {
            "dossier_id": dossier_ids[1],
            "outcome": "partial",
            "line": 3,
            "restored": False,
            "errors": {"beta": "bad_answer"},
        }
    ]
    conforms(failed, "RunMember", many=True)


def test_bad_rows_are_told_by_line_without_their_values(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = worked_off(runs_api, hands, [crowd[0], "123", "5299822472x", crowd[0]])
    response = runs_api.get(f"{RUNS}{run_id}/rejected/")
    rejected = json.loads(text := body(response))
    assert response["Content-Type"] == "application/json"
    assert [(row["line"], row["code"]) for row in rejected] == [
        (3, "length"),
        (4, "characters"),
        (5, "duplicate"),
    ]
    assert b"5299822472x" not in text
    conforms(rejected, "RejectedLine", many=True)


def test_a_run_without_bad_rows_has_an_empty_list_of_them(
    runs_api: Client, hands: Hands, crowd: list[str]
) -> None:
    run_id = worked_off(runs_api, hands, crowd[:2])
    assert [json.loads(body(runs_api.get(f"{RUNS}{run_id}/{of}/"))) for of in ("rejected", "failed")] == [
        [],
        [],
    ]


@pytest.mark.parametrize(
    ("query", "kind", "start"),
    [
        ({}, "text/csv; charset=utf-8", b"\xef\xbb\xbfline;cpf;outcome"),
        ({"format": "csv"}, "text/csv; charset=utf-8", b"\xef\xbb\xbfline;cpf;outcome"),
        (
            {"format": "xlsx"},
            "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
            b"PK\x03\x04",
        ),
        ({"format": "jsonl"}, "application/x-ndjson", b'{"line":2,"outcome":"new"'),
    ],
)
def test_the_results_are_a_file_of_the_format_that_is_asked_for(
    runs_api: Client, hands: Hands, crowd: list[str], query: dict[str, str], kind: str, start: bytes
) -> None:
    run_id = worked_off(runs_api, hands, crowd[:2])
    response = runs_api.get(f"{RUNS}{run_id}/results/", query, headers={"Accept": kind})
    assert response.status_code == 200
    assert response["Content-Type"] == kind
    assert response["Content-Disposition"] == (
        f'attachment; filename="run-{run_id}.{query.get("format", "csv")}"'
    )
    assert set(response["Cache-Control"].split(", ")) == {"private", "no-store"}
    assert body(response).startswith(start)


def test_a_file_of_another_format_is_refused(runs_api: Client, hands: Hands, crowd: list[str]) -> None:
    response = runs_api.get(f"{RUNS}{started(runs_api)}/results/", {"format": "pdf"})
    assert (response.status_code, set(fields(response))) == (400, {"format"})
