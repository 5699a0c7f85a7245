"""What a source may answer, value by value, and what is refused."""

import copy
import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from orchestrator.clients import alpha, beta, capa
from orchestrator.clients.parsing import answers
from orchestrator.clients.parsing.answers import block_of
from orchestrator.errors import BadAnswer
from orchestrator.records.dossiers import Block, Presence
from orchestrator.records.sources import Source
from tests.fakes import people
from tests.fakes.people import ANA, JOAO, MARIA


def parse(source: Source, cpfs: list[str], answer: Any) -> dict[str, Block | BadAnswer]:
    """Python writes what JSON has no way to say, as some servers do: NaN and Infinity."""
    return answers.Parser(source).blocks(cpfs, json.dumps(answer).encode())


def test_alphas_debts_become_decimals_and_dates() -> None:
    block = block_of(parse(alpha.SOURCE, [MARIA], [people.alpha(MARIA)]), MARIA)
    assert block.presence is Presence.FOUND
    assert block.person == {"name": "Maria da Silva", "address": "Rua das Flores, 10"}
    assert block.sections["debts"] == [{"id": 1, "date": date(2024, 7, 7), "value": Decimal("1000.00")}]


def test_betas_rows_become_decimals() -> None:
    block = block_of(parse(beta.SOURCE, [MARIA], [people.beta(MARIA)]), MARIA)
    assert block.sections["sources_income"][0]["value"] == Decimal("5000.00")


def test_capas_rows_are_renamed_and_their_instants_moved_to_utc() -> None:
    block = block_of(parse(capa.SOURCE, [MARIA], [people.capa(MARIA)]), MARIA)
    row = block.sections["financial_transactions"][0]
    assert (row["type_transaction"], row["payment_type"]) == ("Debit", "CreditCard")
    assert row["date"] == datetime(2026, 10, 5, 14, 48, tzinfo=UTC)
    assert row["value"] == Decimal("99.90")
    assert len(block.sections["last_purchase"]) == 1


def test_a_last_purchase_of_null_is_no_row() -> None:
    block = block_of(parse(capa.SOURCE, [MARIA], [people.capa(MARIA, values=())]), MARIA)
    assert block.sections["last_purchase"] == []


def test_who_is_absent_from_the_answer_is_not_found() -> None:
    blocks = parse(alpha.SOURCE, [MARIA, JOAO], [people.alpha(JOAO)])
    assert block_of(blocks, MARIA).presence is Presence.NOT_FOUND
    assert block_of(blocks, JOAO).presence is Presence.FOUND


def test_one_bad_row_spoils_no_other_persons_block_and_is_named() -> None:
    bad = people.alpha(MARIA, debts=("1.00", "2.00"))
    bad["debts"][1]["value"] = "abc"
    blocks = parse(alpha.SOURCE, [MARIA, JOAO], [bad, people.alpha(JOAO)])
    assert block_of(blocks, JOAO).presence is Presence.FOUND
    with pytest.raises(BadAnswer, match="debts, row 2: value is not money"):
        block_of(blocks, MARIA)


def test_keys_that_nobody_declared_are_ignored() -> None:
    item = {**people.alpha(MARIA), "score": {"secret": 1}}
    assert block_of(parse(alpha.SOURCE, [MARIA], [item]), MARIA).presence is Presence.FOUND


def test_zero_values_of_old_documents_are_accepted() -> None:
    item = people.beta(MARIA) | {"date_birth": "", "name": "", "patrimonies": []}
    block = block_of(parse(beta.SOURCE, [MARIA], [item]), MARIA)
    assert block.person["date_birth"] is None
    old = people.capa(MARIA)
    old["financial_transactions"][0] |= {
        "value": 0,
        "date": "0001-01-01T00:00:00Z",
        "type": "",
        "PaymentType": "",
    }
    row = block_of(parse(capa.SOURCE, [MARIA], [old]), MARIA).sections["financial_transactions"][0]
    assert (row["value"], row["date"], row["type_transaction"]) == (Decimal("0.00"), None, "")


@pytest.mark.parametrize(
    ("value", "amount"),
    [
        ("1000.00", "1000.00"),
        (0.1 + 0.2, "0.30"),
        (2.675, "2.68"),  # repr is 2.675: half-even gives 2.68, the float's own bits would give 2.67
        (2.665, "2.66"),
        ("-5", "-5.00"),
        (-0.0, "0.00"),
        (999999999999.99, "999999999999.99"),
        (0, "0.00"),
        ("-0.00", "0.00"),
        ("007.5", "7.50"),
        (1234.5678, "1234.57"),
        (1e3, "1000.00"),
        (0e999, "0.00"),
        (1e-300, "0.00"),
    ],
)
def test_money_is_taken_as_string_or_number_and_rounded_half_even(value: Any, amount: str) -> None:
    item = people.alpha(MARIA)
    item["debts"][0]["value"] = value
    row = block_of(parse(alpha.SOURCE, [MARIA], [item]), MARIA).sections["debts"][0]
    assert str(row["value"]) == amount


@pytest.mark.parametrize(
    "value",
    [
        "NaN",
        "Infinity",
        "-Infinity",
        1e12,
        "1000000000000",
        "abc",
        "",
        None,
        True,
        [],
        {},
        "1,00",
        "1.234",  # a thousand and more, or one and a fraction: who knows
        "12.345",
        "1.234.567",
        "1,234.50",
        "1.234,50",
        "1E3",
        "1e3",
        "0e999",
        "+5",
        ".5",
        "5.",
        "1_000.00",
        " 5 ",
        "٥",
        "999999999999.995",
        "1e9999",
        "sNaN",
        "-",
        "9" * 1_000_001,
        "1e-9999",
        10**12,
        -(10**12),
        999999999999.999,
    ],
)
def test_what_is_not_money_is_refused(value: Any) -> None:
    item = people.alpha(MARIA)
    item["debts"][0]["value"] = value
    with pytest.raises(BadAnswer, match="value"):
        block_of(parse(alpha.SOURCE, [MARIA], [item]), MARIA)


def test_money_that_is_refused_is_named_by_its_key_and_row() -> None:
    item = people.beta(MARIA, assets=("1.00", "1.234"))
    with pytest.raises(BadAnswer, match=r"^patrimonies, row 2: value is not money$"):
        block_of(parse(beta.SOURCE, [MARIA], [item]), MARIA)


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("1985-10-20", date(1985, 10, 20)),
        ("1985-10-20T00:00:00Z", date(1985, 10, 20)),
        ("1985-10-20T00:00:00-03:00", date(1985, 10, 20)),
        ("1985-10-20T23:59:59-03:00", date(1985, 10, 20)),
        ("1985-10-20T00:00:00+14:00", date(1985, 10, 20)),
        ("1985-10-20T00:00:00.000", date(1985, 10, 20)),
        ("", None),
        ("0001-01-01", None),
        ("0001-01-01T00:00:00Z", None),
    ],
)
def test_a_birth_date_is_the_day_that_is_written_whatever_the_offset(written: str, day: date | None) -> None:
    item = people.beta(MARIA) | {"date_birth": written}
    assert block_of(parse(beta.SOURCE, [MARIA], [item]), MARIA).person["date_birth"] == day


@pytest.mark.parametrize(
    ("written", "hour"),
    [
        ("2026-10-05T14:48:00Z", 14),
        ("2026-10-05T11:48:00-03:00", 14),
        ("2026-10-05T14:48:00+00:00", 14),
        ("2026-10-05T14:48:00.000Z", 14),
        ("2026-10-05T14:48:00.9Z", 14),  # to the second
        ("2026-10-05t14:48:00z", 14),
        ("2026-10-05T11:48:00", 14),  # without an offset it is São Paulo's
        ("2018-11-05T11:48:00", 13),  # whose summer time there once was
    ],
)
def test_one_instant_is_one_value_however_it_is_written(written: str, hour: int) -> None:
    item = people.capa(MARIA)
    item["financial_transactions"][0]["date"] = written
    row = block_of(parse(capa.SOURCE, [MARIA], [item]), MARIA).sections["financial_transactions"][0]
    year, month, day = map(int, written[:10].split("-"))
    assert row["date"] == datetime(year, month, day, hour, 48, tzinfo=UTC)


_NO_DAYS = (
    "20240101",
    "2024-W01-1",
    "2024W011",
    "2024-001",
    "2024-1-1",
    "01/02/2024",
    "2024-02-30",
    "２024-01-01",
)
_NO_INSTANTS = (
    *(f"{day}T10:00:00Z" for day in _NO_DAYS),
    "2024-01-01 10:00",
    "2024-01-01 10:00:00Z",
    "2024-01-01T10:00Z",
    "2024-01-01T10",
    "2024-01-01T10-03:00",
    "2024-01-01T100000Z",
    "2024-01-01T10:00:00-03",
    "2024-01-01T10:00:00-0300",
    "2024-01-01T10:00:00,5Z",
    "2024-01-01T25:00:00Z",
    "2024-01-01T10:00:00-03:00Z",
    "0001-01-01T00:00:00+14:00Z",
    "yesterday",
)


@pytest.mark.parametrize("written", [*_NO_DAYS, "2024-01-01T00:00:00Z"])
def test_what_is_no_day_by_rfc_3339_is_refused(written: str) -> None:
    item = people.alpha(MARIA)
    item["debts"][0]["date"] = written
    with pytest.raises(BadAnswer, match=r"^debts, row 1: date is not a date$"):
        block_of(parse(alpha.SOURCE, [MARIA], [item]), MARIA)


@pytest.mark.parametrize("written", [*_NO_INSTANTS, "2024-01-01"])
def test_what_is_no_instant_by_rfc_3339_is_refused(written: str) -> None:
    item = people.capa(MARIA)
    item["financial_transactions"][0]["date"] = written
    with pytest.raises(BadAnswer, match=r"^financial_transactions, row 1: date is not an instant$"):
        block_of(parse(capa.SOURCE, [MARIA], [item]), MARIA)


@pytest.mark.parametrize("written", [*_NO_DAYS, *_NO_INSTANTS])
def test_a_birth_date_is_a_day_or_an_instant_by_rfc_3339(written: str) -> None:
    with pytest.raises(BadAnswer, match=r"^date_birth is not an? (date|instant)$"):
        block_of(parse(beta.SOURCE, [MARIA], [people.beta(MARIA) | {"date_birth": written}]), MARIA)


@pytest.mark.parametrize(
    "name", ["João da Silva", "Joa\u0303o da Silva", " João  da\u00a0Silva ", "João da\u200b Silva"]
)
def test_texts_that_look_alike_are_one_value(name: str) -> None:
    block = block_of(parse(alpha.SOURCE, [MARIA], [people.alpha(MARIA, name=name)]), MARIA)
    assert block.person["name"] == "João da Silva"


def _nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def _without(key: str) -> Callable[[dict[str, Any]], Any]:
    return lambda item: [{name: value for name, value in item.items() if name != key}]


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (lambda item: {"results": [item]}, "not a list"),
        (lambda item: [None], "not an object"),
        (lambda item: [item, item], "twice"),
        (lambda item: [item | {"cpf": ANA}], "not asked"),
        (lambda item: [item | {"cpf": 52998224725}], "cpf is not a text"),
        (_without("name"), "name is missing"),
        (_without("id"), "id is missing"),
        (_without("debts"), "debts is missing"),
        (lambda item: [item | {"debts": {}}], "debts is not a list"),
        (
            lambda item: [item | {"debts": [{"id": 1, "value": "1", "date": "2018-07-07"}]}],
            "customer is missing",
        ),
        (lambda item: [item | {"debts": [item["debts"][0] | {"date": "2018-02-30"}]}], "date is not a date"),
        (lambda item: [item | {"debts": [item["debts"][0] | {"id": None}]}], "id is neither"),
        (
            lambda item: [item | {"debts": [item["debts"][0], "Maria"]}],
            "debts, row 2: an item is not an object",
        ),
        (lambda item: [item | {"debts": [item["debts"][0] | {"id": 1.5}]}], "id is neither"),
        (lambda item: [item | {"debts": [item["debts"][0] | {"id": True}]}], "id is neither"),
        (lambda item: [item | {"debts": [item["debts"][0] | {"id": 2**63}]}], "id is none of what"),
        (lambda item: [item | {"debts": [item["debts"][0] | {"value": 10**4200}]}], "not a possible amount"),
        (lambda item: [item | {"name": None}], "name is not a text"),
        (lambda item: [item | {"name": "\ud800"}], "not JSON"),
        (lambda item: [item | {"extra": _nested(50)}], "nested deeper"),
    ],
)
def test_a_broken_answer_is_refused_with_the_key_and_without_the_value(
    spoil: Callable[[dict[str, Any]], Any], reason: str
) -> None:
    with pytest.raises(BadAnswer, match=reason) as caught:
        block_of(parse(alpha.SOURCE, [MARIA], spoil(copy.deepcopy(people.alpha(MARIA)))), MARIA)
    assert MARIA not in str(caught.value)
    assert "Maria" not in str(caught.value)


@pytest.mark.parametrize("value", [b"Maria", MARIA.encode(), b"unread"])
def test_what_is_not_utf_8_is_refused(value: bytes) -> None:
    item = people.alpha(MARIA) | {"undeclared": "unread"}
    body = json.dumps([item]).encode().replace(value, b"\xff")
    with pytest.raises(BadAnswer, match="not JSON"):
        block_of(answers.Parser(alpha.SOURCE).blocks([MARIA], body), MARIA)


def test_one_text_that_is_not_utf_8_spoils_no_other_persons_block() -> None:
    body = (
        json.dumps([people.alpha(JOAO), people.alpha(MARIA) | {"name": "?"}]).encode().replace(b"?", b"\xff")
    )
    blocks = answers.Parser(alpha.SOURCE).blocks([MARIA, JOAO], body)
    assert isinstance(blocks[MARIA], BadAnswer)
    assert block_of(blocks, JOAO).presence is Presence.FOUND


@pytest.mark.parametrize(
    ("number", "amount"),
    [
        ("12.5", "12.50"),
        ("0.125000000000000000000001", "0.12"),  # a float of the same name is 0.125
        ("1E+2", "100.00"),
        ("1e0001", "10.00"),
    ],
)
def test_a_number_is_read_as_python_writes_it(number: str, amount: str) -> None:
    body = json.dumps([people.alpha(MARIA)]).encode().replace(b'"1000.00"', number.encode())
    block = block_of(answers.Parser(alpha.SOURCE).blocks([MARIA], body), MARIA)
    assert str(block.sections["debts"][0]["value"]) == amount


def test_a_number_longer_than_python_reads_is_refused() -> None:
    body = json.dumps([people.alpha(MARIA)]).encode().replace(b'"1000.00"', b"9" * 5000)
    with pytest.raises(BadAnswer, match="debts, row 1: value is none of what"):
        block_of(answers.Parser(alpha.SOURCE).blocks([MARIA], body), MARIA)


def test_nesting_up_to_the_bound_is_allowed() -> None:
    item = people.alpha(MARIA) | {"extra": _nested(48)}
    assert block_of(parse(alpha.SOURCE, [MARIA], [item]), MARIA).presence is Presence.FOUND


@pytest.mark.parametrize("key", ["type", "PaymentType"])
def test_a_word_that_the_contract_does_not_have_is_refused(key: str) -> None:
    item = people.capa(MARIA)
    item["financial_transactions"][0][key] = "Pix"
    with pytest.raises(BadAnswer, match=f"row 1: {key} is none of what is documented") as caught:
        block_of(parse(capa.SOURCE, [MARIA], [item]), MARIA)
    assert "Pix" not in str(caught.value)


def test_a_transaction_of_another_person_is_refused() -> None:
    item = people.capa(MARIA)
    item["financial_transactions"][0]["cpf"] = ANA
    with pytest.raises(BadAnswer, match="another CPF"):
        block_of(parse(capa.SOURCE, [MARIA], [item]), MARIA)


@pytest.mark.parametrize("source", [alpha.SOURCE, beta.SOURCE, capa.SOURCE], ids=lambda source: source.name)
def test_every_documented_key_of_every_source_is_required(source: Source) -> None:
    item = people.answer_of(source.name, MARIA)
    for key in item:
        lacking = {name: value for name, value in item.items() if name != key}
        with pytest.raises(BadAnswer, match=f"{key} is missing"):
            block_of(parse(source, [MARIA], [lacking]), MARIA)
