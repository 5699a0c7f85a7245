"""Dossiers over the API: finding them, what a source left open, versions and what changed between them."""

import pytest
from django.test import Client

from tests.fakes import people
from tests.fakes.people import ANA, JOAO, MARIA
from tests.integration.portal.conftest import ASK, DOSSIERS, Build, Fakes, conforms, post, silence
from tests.problems import fields


def test_a_dossier_is_found_by_search_by_id_and_the_original_s_way(api: Client, built: Build) -> None:
    current = built()
    found = post(api, f"{DOSSIERS}search/", {"cpf": "529.982.247-25"}).json()
    assert found == api.get(f"{DOSSIERS}{current.dossier_id}/").json()
    assert [found] == api.get(DOSSIERS, {"cpf": MARIA}).json()
    assert found["debts"][0]["value"] == "1000.00"
    assert found["financial_transactions"][0]["type_transaction"] == "Debit"
    assert found["last_purchase"]["payment_type"] == "CreditCard"
    assert found["divergences"][0]["field"] == "address"
    conforms(found, "Dossier")


def test_nobody_is_an_empty_list_the_original_s_way_and_a_404_by_search(api: Client, built: Build) -> None:
    built()
    assert api.get(DOSSIERS, {"cpf": JOAO}).json() == []
    assert post(api, f"{DOSSIERS}search/", {"cpf": JOAO}).status_code == 404


@pytest.mark.parametrize("cpf", ["", "1", "abc"])
def test_a_search_for_what_is_no_cpf_names_the_field(api: Client, cpf: str) -> None:
    assert set(fields(api.get(DOSSIERS, {"cpf": cpf}))) == {"cpf"}
    assert set(fields(post(api, f"{DOSSIERS}search/", {"cpf": cpf}))) == {"cpf"}


def test_before_the_first_version_the_version_is_null(api: Client, fake_sources: Fakes) -> None:
    dossier_id = post(api, DOSSIERS, ASK).json()["dossier_id"]
    body = api.get(f"{DOSSIERS}{dossier_id}/").json()
    assert body["version"] is body["debts"] is None
    conforms(body, "Dossier")


def test_a_failed_source_is_null_and_a_person_not_found_is_an_empty_list(
    api: Client, built: Build, fake_sources: Fakes
) -> None:
    silence(fake_sources["alpha"])
    body = api.get(f"{DOSSIERS}{built(ANA).dossier_id}/").json()
    assert (body["debts"], body["blocks"]["alpha"]["presence"]) == (None, "missing")
    assert (body["patrimonies"], body["blocks"]["beta"]["presence"]) == ([], "not_found")
    assert body["blocks"]["alpha"]["error_code"] == "refused"
    conforms(body, "Dossier")


def test_versions_and_what_changed_between_them(api: Client, built: Build, fake_sources: Fakes) -> None:
    built()
    fake_sources["alpha"].people[MARIA] = people.alpha(MARIA, debts=("2000.00",))
    base = f"{DOSSIERS}{built().dossier_id}/"
    assert [each["version"] for each in api.get(f"{base}versions/").json()] == [2, 1]
    assert api.get(f"{base}versions/1/").json()["debts"][0]["value"] == "1000.00"
    diff = api.get(f"{base}diff/", {"from": 1, "to": 2}).json()
    (debts,) = diff["sections"]
    assert (debts["source"], debts["section"], debts["comparable"]) == ("alpha", "debts", True)
    assert [(row["before"]["value"], row["after"]["value"]) for row in debts["changed"]] == [
        ("1000.00", "2000.00")
    ]
    conforms(diff, "Diff")


def test_a_version_is_pinned_and_let_go(api: Client, built: Build, fake_sources: Fakes) -> None:
    versions = f"{DOSSIERS}{built().dossier_id}/versions/"
    for method, pinned in ((api.put, True), (api.put, True), (api.delete, False), (api.delete, False)):
        assert method(f"{versions}1/pin/").status_code == 204
        body = api.get(versions).json()
        assert [each["pinned"] for each in body] == [pinned]
        conforms(body, "VersionSummary", many=True)
    assert api.put(f"{versions}2/pin/").status_code == 404


@pytest.mark.parametrize(
    ("query", "field"), [({"to": "1"}, "from"), ({"from": "1"}, "to"), ({"from": "x", "to": "1"}, "from")]
)
def test_a_diff_needs_both_versions(api: Client, query: dict[str, str], field: str) -> None:
    response = api.get(f"{DOSSIERS}1/diff/", query)
    assert response.status_code == 400
    assert set(fields(response)) == {field}
