"""A version as it is kept: what moves with each check is not in it, and nothing else is missing."""

import json
from dataclasses import replace
from datetime import timedelta

from orchestrator.records.dossiers import Contested
from portal.payloads import dossier_json, version_json
from tests.unit.portal import cast


def test_what_moves_is_not_in_it() -> None:
    view = cast.maria()
    moved = replace(
        view,
        latest_version=7,
        completeness="partial",
        checked_at=cast.CHECKED + timedelta(days=3),
        provenance={name: cast.live("carried", "timeout") for name in view.blocks},
        contested=(Contested(what="a dívida", since=cast.CHECKED, resolved_at=None),),
    )
    assert version_json.body(moved, cast.sources()) == version_json.body(view, cast.sources())


def test_all_else_is_what_the_api_answers() -> None:
    answered = json.loads(json.dumps(dossier_json.dossier(cast.maria(), cast.sources())))
    kept = json.loads(version_json.body(cast.maria(), cast.sources()))
    left = {"latest_version", "completeness", "checked_at", "contested"}
    assert {key: told for key, told in answered.items() if key not in {*left, "blocks"}} == {
        key: told for key, told in kept.items() if key != "blocks"
    }
    assert kept["blocks"] == {name: {"presence": "found"} for name in answered["blocks"]}


def test_other_content_is_another_body() -> None:
    view = cast.maria()
    other = replace(view, person={**view.person, "name": "Ana"})
    assert version_json.body(other, cast.sources()) != version_json.body(view, cast.sources())
