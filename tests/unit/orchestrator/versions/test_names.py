"""The name that is noted of a version is the name that the dossier shows: one rule."""

from hypothesis import given
from hypothesis import strategies as st

from orchestrator import content
from orchestrator.clients.registry import SOURCES
from orchestrator.records.dossiers import Block, Presence
from orchestrator.sealing import envelopes
from orchestrator.versions import names, reading

NAMES = st.none() | st.sampled_from(["", "Maria", 'Ana "Bia"', "José D'Ávila", "7", "Ω\\u0000"]) | st.text()
SOURCE_NAMES = [*(source.name for source in SOURCES), "retired"]


def block(name: str | None) -> Block:
    return Block(
        presence=Presence.FOUND,
        person={} if name is None else {"name": name, "address": "Rua A"},
        sections={"debts": [{"name": "not the person's"}]},
    )


@given(st.permutations(SOURCE_NAMES), st.lists(NAMES, min_size=4, max_size=4))
def test_it_is_the_first_source_s_that_has_one(order: list[str], told: list[str | None]) -> None:
    written = envelopes.canonical(
        {source: content.encode(block(name)) for source, name in zip(order, told, strict=True)}
    )
    by_source = dict(zip(order, told, strict=True))
    shown = reading._person({source: block(by_source[source]) for source in SOURCE_NAMES})
    assert names.written(written) == (shown.get("name") or "")


def test_nobody_has_no_name() -> None:
    assert names.written(b"{}") == ""
    assert names.taken({}) == ""
