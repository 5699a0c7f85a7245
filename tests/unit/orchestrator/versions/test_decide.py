"""Should a version be saved? The decider is pure: results and what stands in, a decision out."""

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import orjson

from orchestrator import content
from orchestrator.clients import beta
from orchestrator.records.dossiers import Block, Presence, Provenance
from orchestrator.sealing import envelopes
from orchestrator.versions import carrying, snapshots

NOW = datetime(2026, 11, 22, tzinfo=UTC)
LIVE = Provenance(origin="live", fetched_at=NOW, attempts=1, error_code=None)
FAILED = Provenance(origin=None, fetched_at=None, attempts=3, error_code="timeout")


def found(value: str) -> dict[str, Any]:
    block = Block(
        presence=Presence.FOUND, person={"name": "Maria"}, sections={"debts": [{"value": Decimal(value)}]}
    )
    return content.encode(block)


NOT_FOUND = content.encode(content.NOT_FOUND)


def brought(block: dict[str, Any]) -> carrying.Result:
    return carrying.Result(block=block, provenance=LIVE)


NOTHING = carrying.Result(block=None, provenance=FAILED)


def decide(result: carrying.Result, before: snapshots.Conclusion | None = None) -> snapshots.Conclusion:
    standing = orjson.loads(before.content) if before else {}
    return snapshots.decide(1, {"alpha": result}, standing, before.content_hash if before else None)


def test_the_first_content_is_a_change() -> None:
    assert decide(brought(found("1"))).changed


def test_the_same_values_again_are_no_change() -> None:
    first = decide(brought(found("1.00")))
    assert not decide(brought(found("1")), first).changed


def test_one_cent_is_a_change() -> None:
    first = decide(brought(found("1.00")))
    assert decide(brought(found("1.01")), first).changed


def old(**changes: Any) -> tuple[dict[str, Any], bytes]:
    """Content as it was written once, and its hash: an instant of birth, texts as they came."""
    block = {
        "presence": "found",
        "person": {"name": "Joa\u0303o ", "date_birth": "1985-10-20T03:00:00Z"},
        "sections": {"patrimonies": [{"description": "Carro", "value": "1.00"}]},
    }
    stored = {"beta": block | changes}
    digest = envelopes.content_hash(1, snapshots.ordered(envelopes.canonical(stored)))
    return {"beta": content.encode(content.decode(beta.SOURCE, stored["beta"]))}, digest


JOAO = Block(
    presence=Presence.FOUND,
    person={"name": "João", "date_birth": date(1985, 10, 20)},
    sections={"patrimonies": [{"value": Decimal("1.00"), "description": "Carro"}]},
)


def test_what_stands_in_an_older_form_is_the_same_and_gets_its_hash_of_today() -> None:
    standing, digest = old()
    result = brought(content.encode(JOAO))
    now = snapshots.decide(1, {"beta": result}, standing, digest)
    assert (now.changed, now.rehash) == (False, True)
    assert now.content_hash != digest
    again = snapshots.decide(1, {"beta": result}, standing, now.content_hash)
    assert (again.changed, again.rehash) == (False, False)


def test_what_stands_in_an_older_form_and_differs_is_a_change() -> None:
    standing, digest = old(sections={"patrimonies": [{"description": "Carro", "value": "1.01"}]})
    now = snapshots.decide(1, {"beta": brought(content.encode(JOAO))}, standing, digest)
    assert (now.changed, now.rehash) == (True, False)


def test_content_is_hashed_as_it_always_was() -> None:
    """Another form would make a new version of every dossier there is."""
    block = Block(
        presence=Presence.FOUND,
        person={"name": 'Ana "\\" Sá'},
        sections={"debts": [{"value": Decimal("2.00")}, {"value": Decimal("1.50"), "date": NOW}], "old": []},
    )
    written = decide(brought(content.encode(block))).content
    assert snapshots.ordered(written).decode() == (
        '{"alpha":{"person":{"name":"Ana \\"\\\\\\" Sá"},"presence":"found","sections":{"debts":['
        '"{\\"date\\":\\"2026-11-22T00:00:00Z\\",\\"value\\":\\"1.50\\"}",'
        '"{\\"value\\":\\"2.00\\"}"],"old":[]}}}'
    )


def test_the_order_of_rows_is_no_change() -> None:
    rows = [{"value": Decimal("1.00")}, {"value": Decimal("2.00")}]

    def block(*ordered: dict[str, Decimal]) -> dict[str, Any]:
        return content.encode(Block(presence=Presence.FOUND, person={}, sections={"debts": ordered}))

    first = decide(brought(block(*rows)))
    assert not decide(brought(block(*reversed(rows))), first).changed
    assert decide(brought(block(*rows, rows[0])), first).changed, "a row more is a change"


def test_an_outage_with_a_carried_block_is_no_change_but_partial() -> None:
    first = decide(brought(found("1")))
    after = decide(NOTHING, first)
    assert not after.changed
    assert after.completeness == "partial"


def test_failed_and_not_found_never_hash_alike() -> None:
    assert decide(NOTHING).content_hash != decide(brought(NOT_FOUND)).content_hash


def test_found_to_not_found_is_a_change() -> None:
    first = decide(brought(found("1")))
    assert decide(brought(NOT_FOUND), first).changed


def test_not_found_everywhere_is_complete() -> None:
    assert decide(brought(NOT_FOUND)).completeness == "complete"


def test_age_origin_and_attempts_are_not_content() -> None:
    first = decide(brought(found("1")))
    cached = Provenance(origin="cache", fetched_at=NOW, attempts=0, error_code=None)
    assert not decide(carrying.Result(block=found("1"), provenance=cached), first).changed


def test_money_stays_exact_from_block_to_content_and_back() -> None:
    from orchestrator.clients import alpha

    stored = orjson.loads(decide(brought(found("0.10"))).content)["alpha"]
    assert content.decode(alpha.SOURCE, stored).sections["debts"][0]["value"] == Decimal("0.10")
