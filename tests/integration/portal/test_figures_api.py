"""Figures of a dossier over the API: of the version that stands, of one before it, and on the record."""

from datetime import UTC, datetime

import pytest
from django.test import Client

from tests.fakes import people
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import records
from tests.integration.portal.conftest import ASK, DOSSIERS, Build, Fakes, conforms, post, silence


def value(body: dict[str, dict[str, dict[str, object]]], key: str) -> object:
    return body["figures"][key]["value"]


def test_figures_of_the_latest_version_and_of_one_before(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    built()
    fake_sources["beta"].people[MARIA] = people.beta(MARIA, assets=("70000.00", "0.50"))
    base = f"{DOSSIERS}{built().dossier_id}/"
    current, first = api.get(f"{base}figures/").json(), api.get(f"{base}versions/1/figures/").json()
    conforms(current, "Figures")
    conforms(first, "Figures")
    assert (current["version"], value(current, "assets")) == (2, "70000.50")
    assert (first["version"], value(first, "assets")) == (1, "45000.00")
    assert value(current, "declared_income") == "5000.00"


def test_debts_older_than_five_years_are_counted_and_the_dossier_keeps_them(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    owing = people.alpha(MARIA)
    owing["debts"][0]["date"] = "2018-07-07"
    fake_sources["alpha"].people[MARIA] = owing
    base = f"{DOSSIERS}{built().dossier_id}/"
    body = api.get(f"{base}figures/").json()
    assert (value(body, "old_debts"), value(body, "total_debt")) == (1, "0.00")
    assert api.get(base).json()["debts"][0]["value"] == "1000.00"


def test_a_version_that_stands_is_reckoned_to_now_and_one_of_before_to_when_it_was_saved(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    built()
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2000.00",))
    base = f"{DOSSIERS}{built().dossier_id}/"
    before = datetime.now(UTC)
    saved = api.get(f"{base}versions/1/").json()["created_at"]
    assert api.get(f"{base}versions/1/figures/").json()["at"] == saved
    for path in ("figures/", "versions/2/figures/"):
        assert datetime.fromisoformat(api.get(base + path).json()["at"]) >= before


def test_what_a_source_never_answered_is_unknown_over_the_api_too(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    silence(fake_sources["alpha"])
    body = api.get(f"{DOSSIERS}{built().dossier_id}/figures/").json()
    assert value(body, "total_debt") is None
    assert value(body, "assets") == "45000.00"
    assert "block_missing" in [flag["key"] for flag in body["flags"]]
    conforms(body, "Figures")


def test_before_the_first_version_all_is_unknown(api: Client, fake_sources: Fakes) -> None:
    body = api.get(f"{DOSSIERS}{post(api, DOSSIERS, ASK).json()['dossier_id']}/figures/").json()
    assert {figure["value"] for figure in body["figures"].values()} == {None}
    assert (body["version"], body["flags"], body["months"]) == (None, [], None)
    conforms(body, "Figures")


@pytest.mark.parametrize("path", ["figures/", "versions/1/figures/"])
def test_a_look_at_figures_is_on_the_record(api: Client, built: Build, path: str) -> None:
    dossier_id, before = built().dossier_id, records()
    api.get(f"{DOSSIERS}{dossier_id}/{path}")
    (told,) = [each for each in records() if each not in before]
    assert (told["action"], told["outcome"]) == ("look", "shown")
    assert (told["dossier_id"], told["version"]) == (dossier_id, 1)


def test_a_query_that_nobody_reads_is_refused(api: Client, built: Build) -> None:
    assert api.get(f"{DOSSIERS}{built().dossier_id}/figures/?at=2020-01-01").status_code == 400
