"""Values of stored documents: strange ones, and that what is quick is also right."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import orjson
import pytest
from bson import Decimal128, Int64

from sources.capa import answers
from sources.common import zero
from sources.common.fields import SAO_PAULO


def written(value: Any) -> str:
    return orjson.dumps(value).decode()


@pytest.mark.parametrize(
    ("stored", "money", "number"),
    [
        (None, "0.00", "0"),
        ("abc", "0.00", "0"),
        ("12.345", "12.34", "12.34"),
        ([], "0.00", "0"),
        (True, "0.00", "0"),
        (Int64(5), "5.00", "5"),
        (1.005, "1.00", "1"),
        (1.015, "1.02", "1.02"),
        (-0.01, "-0.01", "-0.01"),
        (float("nan"), "0.00", "0"),
        (Decimal128("12.30"), "12.30", "12.3"),
        (Decimal128("12"), "12.00", "12"),
        (Decimal128("12.5"), "12.50", "12.5"),
        (Decimal128("0.005"), "0.00", "0"),
        (Decimal128("-12.00"), "-12.00", "-12"),
        (Decimal128("-0.05"), "-0.05", "-0.05"),
        (Decimal128("-0.00"), "0.00", "0"),
        (Decimal128("1E+3"), "1000.00", "1000"),
        (Decimal128("999999999999.99"), "999999999999.99", "999999999999.99"),
        (Decimal128("NaN"), "0.00", "0"),
        (Decimal128("-Infinity"), "0.00", "0"),
        (Decimal128("1E+6000"), "0.00", "0"),
        (Decimal128("184467440737095516.16"), "184467440737095516.16", "1.8446744073709552e+17"),
        (Decimal128("12345678901234567890.00"), "12345678901234567890.00", "1.2345678901234567e+19"),
    ],
)
def test_what_can_be_read_as_money_is_and_the_rest_is_zero(stored: Any, money: str, number: str) -> None:
    assert (zero.money(stored), written(zero.number(stored))) == (money, number)


def test_any_amount_in_cents_is_read_as_its_decimal() -> None:
    random = Random(1)
    for _ in range(1000):
        amount = Decimal(random.randrange(-(10**14), 10**14)).scaleb(-2)
        assert zero.money(Decimal128(amount)) == str(amount)
        assert zero.number(Decimal128(amount)) == float(amount)


def local(moment: datetime) -> Any:
    """As Capa answers it, when MongoDB's driver gives it without a zone."""
    item = answers.consulted("52998224725", {"_id": 1, "date": moment.replace(tzinfo=None)})
    return orjson.loads(orjson.dumps(item["date"]))


@pytest.mark.parametrize(
    ("stored", "answered"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-01T00:00:00Z"),
        ("1900-01-01T12:00:00Z", "1900-01-01T12:00:00Z"),
        ("2018-11-04T02:59:59Z", "2018-11-03T23:59:59-03:00"),
        ("2018-11-04T03:00:00Z", "2018-11-04T01:00:00-02:00"),
        ("2019-02-17T01:30:00Z", "2019-02-16T23:30:00-02:00"),
        ("2019-02-17T02:30:00Z", "2019-02-16T23:30:00-03:00"),
        ("9999-12-31T23:59:59.999Z", "9999-12-31T20:59:59.999000-03:00"),
    ],
)
def test_an_instant_is_in_the_time_of_sao_paulo_where_that_can_be_written(stored: str, answered: str) -> None:
    assert local(datetime.fromisoformat(stored)) == answered


@pytest.mark.parametrize("stored", [None, "yesterday", 5])
def test_what_is_no_instant_is_the_zero_one(stored: Any) -> None:
    assert answers.consulted("52998224725", {"_id": 1, "date": stored})["date"] == zero.ZERO_INSTANT


def test_any_instant_is_what_python_makes_of_it() -> None:
    random = Random(1)
    for _ in range(1000):
        moment = datetime(1915, 1, 1, tzinfo=UTC) + timedelta(seconds=random.randrange(4 * 10**9))
        assert local(moment) == moment.astimezone(SAO_PAULO).isoformat()
        assert zero.instant(moment) == moment.isoformat().replace("+00:00", "Z")
