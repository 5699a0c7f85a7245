"""What the API answers, and what its OpenAPI document says of it."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import jsonschema
import pytest
from drf_spectacular.generators import SchemaGenerator

from orchestrator import dossiers
from orchestrator.records.dossiers import Diff, DossierView, Presence, SectionChange
from orchestrator.versions import diff
from portal.payloads import dossier_json
from tests.unit.portal import cast


@pytest.fixture
def components(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """The schemas of the OpenAPI document, with the fourth source registered."""
    monkeypatch.setattr(dossiers, "sources", cast.sources)
    return dict(SchemaGenerator().get_schema(request=None, public=True))


def answer(view: DossierView) -> dict[str, Any]:
    return dossier_json.dossier(view, cast.sources())


def test_the_original_s_keys_are_there() -> None:
    original = {
        "id",
        "cpf",
        "name",
        "date_birth",
        "address",
        "debts",
        "patrimonies",
        "financial_transactions",
        "sources_income",
    }
    assert original <= set(answer(cast.maria()))


def test_money_is_a_string_with_two_places_and_dates_are_iso() -> None:
    assert answer(cast.maria())["debts"][1] == {"id": 2, "date": "2020-01-31", "value": "250.50"}


def test_instants_end_in_z_and_a_birth_date_is_a_day() -> None:
    body = answer(cast.maria())
    assert body["checked_at"] == "2026-11-22T13:05:00Z"
    assert body["date_birth"] == "1985-03-02"


def test_a_fourth_source_has_its_key_its_total_and_its_block() -> None:
    body = answer(cast.maria())
    assert body["vehicles"][0]["plate"] == "ABC1D23"
    assert body["totals"]["vehicles"] == "1234567.89"
    assert body["licence"] == "AB"
    assert body["blocks"]["fleet"]["presence"] == "found"


def test_credits_and_debits_are_totalled_apart() -> None:
    assert answer(cast.maria())["totals"]["financial_transactions"] == {"Credit": "10.00", "Debit": "99.90"}


def test_not_found_is_an_empty_list_and_failed_is_null() -> None:
    body = answer(cast.missing(cast.maria(beta=cast.absent(Presence.NOT_FOUND)), "alpha", "timeout"))
    assert body["patrimonies"] == []
    assert body["debts"] is None
    assert body["totals"]["debts"] is None
    assert body["blocks"]["alpha"] == {
        "presence": "missing",
        "origin": None,
        "fetched_at": None,
        "attempts": 1,
        "error_code": "timeout",
    }


def test_what_was_not_yet_asked_for_is_null_and_has_no_total() -> None:
    fleet = replace(cast.found("fleet"), person={}, sections={"vehicles": [{"id": 7, "plate": "ABC1D23"}]})
    view = cast.maria(alpha=replace(cast.found("alpha"), sections={}), fleet=fleet)
    body = answer(replace(view, person={"name": "Maria"}))
    assert body["debts"] is body["totals"]["debts"] is body["licence"] is None
    assert body["vehicles"] == [{"id": 7, "plate": "ABC1D23", "bought": None, "price": None}]
    assert body["blocks"]["alpha"]["presence"] == "found"


def test_divergences_name_the_field_and_what_each_source_says() -> None:
    assert answer(cast.maria())["divergences"] == [
        {"field": "name", "values": {"alpha": "Maria da Silva", "beta": "Maria A. da Silva"}}
    ]


def test_before_the_first_version_everything_is_null_but_who_it_is() -> None:
    unbuilt = replace(
        cast.maria(),
        version=None,
        latest_version=None,
        completeness=None,
        created_at=None,
        checked_at=None,
        person={},
        blocks={},
        provenance={},
        divergences=(),
    )
    body = answer(unbuilt)
    assert body["cpf"] == "52998224725"
    assert body["version"] is body["name"] is body["debts"] is None
    assert body["blocks"] == {}


def test_a_diff_is_as_the_document_describes_it(components: dict[str, Any]) -> None:
    before, after = ({"id": 7, "date": None, "value": Decimal(value)} for value in ("35.50", "35.51"))
    moved = SectionChange(
        source="alpha", section="debts", comparable=True, added=(), removed=(), changed=((before, after),)
    )
    unasked = SectionChange(
        source="fleet", section="vehicles", comparable=False, added=(), removed=(), never_asked=True
    )
    totals = diff.total_changes(cast.maria().blocks, {}, {each.name: each for each in cast.sources()})
    body = dossier_json.diff(
        Diff(
            from_version=1,
            to_version=2,
            presence=(),
            person=(),
            sections=(moved, unasked),
            totals=tuple(totals),
        )
    )
    jsonschema.validate(body, {"$ref": "#/components/schemas/Diff", **components})
    assert body["sections"][0]["changed"] == [
        {
            "before": {"id": 7, "date": None, "value": "35.50"},
            "after": {"id": 7, "date": None, "value": "35.51"},
        }
    ]
    assert [each["never_asked"] for each in body["sections"]] == [False, True]
    assert body["totals"]["debts"] == {"before": "1250.50", "after": None}
    assert body["totals"]["financial_transactions"]["before"] == {"Credit": "10.00", "Debit": "99.90"}


@pytest.mark.parametrize("failed", [False, True])
def test_a_dossier_is_as_the_document_describes_it(components: dict[str, Any], failed: bool) -> None:
    view = cast.missing(cast.maria(), "capa", "timeout") if failed else cast.maria()
    schema = components["components"]["schemas"]["Dossier"]
    jsonschema.validate(answer(view), {"$ref": "#/components/schemas/Dossier", **components})
    assert set(schema["properties"]) == set(schema["required"]) == set(answer(view))


def test_the_document_lists_a_fourth_source_s_columns(components: dict[str, Any]) -> None:
    vehicles = components["components"]["schemas"]["Dossier"]["properties"]["vehicles"]
    assert set(vehicles["items"]["properties"]) == {"id", "plate", "bought", "price"}


def test_the_document_says_what_a_birth_date_and_an_amount_are(components: dict[str, Any]) -> None:
    dossier = components["components"]["schemas"]["Dossier"]["properties"]
    assert dossier["date_birth"]["format"] == "date"
    assert "half-even" in dossier["debts"]["items"]["properties"]["value"]["description"]


def test_every_endpoint_of_the_contract_is_described(components: dict[str, Any]) -> None:
    paths = components["paths"]
    assert {
        "/api/customers-dossiers/",
        "/api/customers-dossiers/search/",
        "/api/customers-dossiers/{dossier_id}/",
        "/api/customers-dossiers/{dossier_id}/versions/",
        "/api/customers-dossiers/{dossier_id}/versions/{number}/",
        "/api/customers-dossiers/{dossier_id}/diff/",
        "/api/customers-dossiers/{dossier_id}/figures/",
        "/api/customers-dossiers/{dossier_id}/versions/{number}/figures/",
        "/api/dossier-requests/{request_id}/",
        "/api/sources/",
    } <= set(paths)
    assert set(paths["/api/customers-dossiers/"]["post"]["responses"]) == {
        *("202", "400", "401", "403", "405", "406", "409", "410", "413", "414", "415", "422", "429", "431"),
        *("500", "503"),
    }
    assert components["paths"]["/api/sources/"]["get"]["parameters"][0]["schema"] == {
        "type": "integer",
        "minimum": 1,
        "maximum": 48,
        "default": 6,
    }
    assert components["openapi"].startswith("3.1")
