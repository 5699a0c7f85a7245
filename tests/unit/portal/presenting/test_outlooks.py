"""What an ask would bring, in words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.timezone import localtime, now

from orchestrator.records.conditions import Circuit, Gate, Outlook
from portal.presenting import formats, outlooks
from tests.unit.portal import cast

LONG_AGO = datetime(2020, 11, 2, 12, 0, tzinfo=UTC)
SUSPENDED = Gate(circuit=Circuit.OPEN)
CLOSED = Gate(circuit=Circuit.CLOSED)


def outlook(
    *, gate: Gate = CLOSED, degraded: bool = False, copy: datetime | None = None, old: datetime | None = None
) -> Outlook:
    return Outlook(source="alpha", gate=gate, is_degraded=degraded, copy_at=copy, standing_at=old)


def told(given: Outlook, *, fresh: bool = False) -> str:
    (prospect,) = outlooks.prospects([given], cast.sources(), fresh=fresh)
    return str(prospect.sign.word)


def test_a_kept_copy_is_what_an_ask_would_bring_with_its_age() -> None:
    given = outlook(copy=now() - timedelta(minutes=4, seconds=20))
    assert told(given) == "cópia recente, de há 4\xa0minutos"


def test_a_fresh_ask_takes_no_copy() -> None:
    assert told(outlook(copy=now()), fresh=True) == "será consultada agora"


def test_a_kept_copy_serves_although_the_source_is_suspended() -> None:
    assert told(outlook(gate=SUSPENDED, degraded=True, copy=now())).startswith("cópia recente")


def test_without_a_copy_the_source_is_asked_and_how_old_its_last_data_are_is_told() -> None:
    assert told(outlook()) == "será consultada agora"
    with_old = told(outlook(old=LONG_AGO))
    assert with_old.startswith("será consultada agora; o último dado é de ")
    assert formats.day(localtime(LONG_AGO)) in with_old


@pytest.mark.parametrize(
    ("gate", "begins"),
    [
        (CLOSED, "pode falhar; "),
        (Gate(circuit=Circuit.HALF_OPEN), "pode falhar; "),
        (Gate(circuit=Circuit.CLOSED, paused_seconds=9.0), "pode falhar; "),
        (SUSPENDED, "suspensa agora; "),
    ],
)
def test_of_a_degraded_source_the_last_data_would_stand(gate: Gate, begins: str) -> None:
    whole = told(outlook(gate=gate, degraded=True, old=LONG_AGO))
    assert whole.startswith(f"{begins}valeria o último dado, de 02/11/2020 (há ")


def test_where_there_is_no_earlier_data_that_is_said() -> None:
    assert told(outlook(degraded=True)) == "pode falhar; sem dado anterior"


def test_english_says_it_in_english() -> None:
    with translation.override("en"):
        assert told(outlook(gate=SUSPENDED, degraded=True)) == "suspended just now; there is no earlier data"


def test_only_degraded_sources_are_warned_of_and_each_with_its_reason() -> None:
    well = outlook()
    (caution,) = outlooks.cautions([well, outlook(gate=SUSPENDED, degraded=True)], cast.sources())
    assert (caution.label, str(caution.sign.word)) == ("Alpha (dívidas)", "suspensa")
    assert "último dado" in caution.explanation
