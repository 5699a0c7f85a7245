"""A source's health in words, and its chart."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from django.utils import translation
from django.utils.timezone import now

from orchestrator.records.conditions import BulkHealth, Circuit, Gate, Latency, Slice, SourceHealth
from portal.presenting import sources_page
from tests.unit.portal import cast

BEGAN = datetime(2026, 11, 25, 12, 0, tzinfo=UTC)


def parts(*counts: tuple[int, int]) -> tuple[Slice, ...]:
    """A quarter of an hour each."""
    return tuple(
        Slice(began_at=BEGAN + timedelta(minutes=15 * number), answered=answered, failed=failed)
        for number, (answered, failed) in enumerate(counts)
    )


NO_ANSWER = Latency(p50=None, p95=None, p99=None)


def health(**told: object) -> SourceHealth:
    """Alpha, all well unless told otherwise."""
    well = SourceHealth(
        source="alpha",
        hours=6,
        calls=10,
        answered=10,
        errors={},
        latency=Latency(p50=0.052, p95=0.4, p99=1.25),
        bulk=BulkHealth(calls=0, answered=0, latency=NO_ANSWER),
        last_answer_at=now(),
        last_error_at=None,
        gate=Gate(circuit=Circuit.CLOSED),
        is_degraded=False,
        slices=parts((10, 0)),
    )
    return replace(well, **told)  # type: ignore[arg-type]


def card(**told: object) -> sources_page.Card:
    (made,) = sources_page.cards([health(**told)], cast.sources())
    return made


@pytest.mark.parametrize(
    ("told", "word"),
    [
        ({}, "funcionando"),
        ({"is_degraded": True}, "instável"),
        ({"gate": Gate(circuit=Circuit.OPEN), "is_degraded": True}, "suspensa"),
        ({"gate": Gate(circuit=Circuit.OPEN, paused_seconds=3.0), "is_degraded": True}, "suspensa"),
        ({"gate": Gate(circuit=Circuit.HALF_OPEN), "is_degraded": True}, "em teste"),
        ({"gate": Gate(circuit=Circuit.CLOSED, paused_seconds=3.0)}, "pausada a pedido da fonte"),
        ({"calls": 0, "answered": 0}, "sem dados"),
        ({"calls": 0, "answered": 0, "gate": Gate(circuit=Circuit.OPEN)}, "suspensa"),
        ({"gate": Gate(circuit=Circuit.OFF)}, "funcionando"),
        ({"gate": Gate(circuit=Circuit.UNKNOWN), "is_degraded": True}, "instável"),
    ],
)
def test_a_source_s_state_is_one_word(told: dict[str, object], word: str) -> None:
    assert str(card(**told).sign.word) == word


def test_whether_it_is_suspended_may_be_unknown_or_switched_off_and_that_is_said() -> None:
    assert card().note == ""
    assert "Não dá para saber" in card(gate=Gate(circuit=Circuit.UNKNOWN)).note
    assert "desligada" in card(gate=Gate(circuit=Circuit.OFF)).note


def test_a_pause_is_told_in_whole_seconds_and_never_as_none() -> None:
    assert card(gate=Gate(circuit=Circuit.CLOSED, paused_seconds=12.2)).pause == "13 s"
    assert card(gate=Gate(circuit=Circuit.CLOSED, paused_seconds=0.01)).pause == "1 s"


def test_latencies_shares_and_errors_are_written_out() -> None:
    shown = card(calls=10, answered=7, errors={"timeout": 2, "bad_answer": 1})
    assert shown.share == "70 %"
    assert shown.latencies == (("p50", "52 ms"), ("p95", "400 ms"), ("p99", "1,2 s"))
    assert [(str(word), number) for word, number in shown.errors] == [
        ("a fonte demorou demais", 2),
        ("a fonte respondeu algo inválido", 1),
    ]


def test_a_source_that_never_answered_has_no_latency_and_no_age() -> None:
    shown = card(calls=0, answered=0, latency=NO_ANSWER, last_answer_at=None)
    assert (shown.latencies, shown.last_answer, shown.share) == ((), "", "")


def test_bulk_calls_are_counted_and_timed_apart() -> None:
    assert (card().bulk_calls, card().bulk_latencies) == (0, ())
    bulk = BulkHealth(calls=4, answered=3, latency=Latency(p50=1.5, p95=2.0, p99=2.0))
    shown = card(bulk=bulk)
    assert (shown.calls, shown.bulk_calls) == (10, 4)
    assert shown.bulk_latencies == (("p50", "1,5 s"), ("p95", "2,0 s"), ("p99", "2,0 s"))


def test_what_answered_goes_up_and_what_failed_goes_down_by_one_scale() -> None:
    shown = card(slices=parts((44, 0), (22, 11), (0, 0))).chart
    assert [(bar.x, bar.answered, bar.top, bar.failed) for bar in shown.bars] == [
        (0, 44, 0, 0),
        (10, 22, 22, 11),
        (20, 0, 44, 0),
    ]
    assert shown.width == 30


def test_a_single_failure_among_thousands_is_still_seen() -> None:
    (bar,) = card(slices=parts((5000, 1))).chart.bars
    assert bar.failed == sources_page.LEAST


@pytest.mark.parametrize("worst", [(1000, 0), (0, 1000), (3, 1000)])
def test_no_bar_leaves_the_chart(worst: tuple[int, int]) -> None:
    for bar in card(slices=parts(worst, (1, 1))).chart.bars:
        assert 0 <= bar.top <= sources_page.ABOVE
        assert bar.failed <= sources_page.BELOW


def test_the_chart_is_told_in_words_with_when_it_failed() -> None:
    shown = card(calls=9, answered=6, slices=parts((3, 0), (2, 1), (1, 2), (0, 0))).chart
    assert "6 respondidas e 3 com falha" in shown.told
    assert "entre 09:15 e 09:45" in shown.told  # São Paulo
    assert shown.bars[1].told == "09:15–09:30: 2 respondidas, 1 com falha"
    assert shown.bars[3].told.startswith("09:45–agora")


def test_beyond_a_day_a_time_carries_its_date() -> None:
    assert card(hours=48, slices=parts((1, 1))).chart.bars[0].told.startswith("25/11 09:00–")


def test_a_card_is_in_the_page_s_language() -> None:
    with translation.override("en"):
        shown = card(gate=Gate(circuit=Circuit.OPEN))
        assert (shown.label, str(shown.sign.word)) == ("Alpha (debts)", "suspended")
        assert "10 answered and 0 failed" in shown.chart.told


def test_a_source_that_is_registered_no_more_goes_by_its_name() -> None:
    assert card(source="gone").label == "gone"
