"""A diff holds all that moved: applied to what stood before, it gives what stands after."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestrator import content
from orchestrator.clients.registry import by_name
from orchestrator.records.dossiers import Block, Diff, DossierView, Presence
from orchestrator.records.sources import Kind, Row
from orchestrator.versions import diff

SOURCES = by_name()
VALUES: dict[Kind, st.SearchStrategy[Any]] = {
    Kind.TEXT: st.sampled_from(["", "Mercado", "Salário"]),
    Kind.MONEY: st.sampled_from([Decimal("35.50"), Decimal("35.51"), Decimal("-1.00")]),
    Kind.DATE: st.sampled_from([None, date(2018, 7, 7), date(2020, 1, 31)]),
    Kind.DAY: st.sampled_from([None, date(1985, 3, 2)]),
    Kind.INSTANT: st.sampled_from([None, datetime(2026, 1, 1, 2, 30, tzinfo=UTC)]),
    Kind.IDENTIFIER: st.sampled_from([None, "1", "2", "3"]),
}


def _rows(source: str, key: str) -> st.SearchStrategy[list[Row]]:
    (section,) = (each for each in SOURCES[source].sections if each.key == key)
    row = st.fixed_dictionaries({column.key: VALUES[column.kind] for column in section.columns})
    return st.lists(row, max_size=1 if section.single else 5)


def _block(source: str) -> st.SearchStrategy[Block]:
    declared = SOURCES[source]
    sections = st.fixed_dictionaries({each.key: _rows(source, each.key) for each in declared.sections})
    person = st.fixed_dictionaries({each.key: VALUES[each.kind] for each in declared.person})
    return st.builds(Block, presence=st.just(Presence.FOUND), person=person, sections=sections)


BLOCKS = st.fixed_dictionaries({source: _block(source) for source in SOURCES})
EMPTY = DossierView(
    id=1,
    cpf="52998224725",
    version=1,
    latest_version=2,
    completeness="complete",
    created_at=None,
    checked_at=None,
    person={},
    blocks={},
    provenance={},
    divergences=(),
)


def between(before: Mapping[str, Block], after: Mapping[str, Block]) -> Diff:
    then, now = (replace(EMPTY, version=n, blocks=each) for n, each in ((1, before), (2, after)))
    return diff.between(then, now, SOURCES)


def apply(before: Mapping[str, Block], changes: Diff) -> dict[str, Block]:
    """The version after, as far as a diff tells of it: of sources that found the person both times."""
    person = {name: dict(block.person) for name, block in before.items()}
    rows = {name: {key: list(each) for key, each in block.sections.items()} for name, block in before.items()}
    for value in changes.person:
        assert person[value.source][value.field] == value.before
        person[value.source][value.field] = value.after
    for section in changes.sections:
        standing = rows[section.source][section.section]
        for gone in (*section.removed, *(then for then, _ in section.changed)):
            standing.remove(gone)
        standing += [*section.added, *(now for _, now in section.changed)]
    return {
        name: Block(presence=block.presence, person=person[name], sections=rows[name])
        for name, block in before.items()
    }


def unordered(blocks: Mapping[str, Block]) -> dict[str, Any]:
    """Blocks without the order of their rows."""
    return {
        name: (
            block.person,
            {
                key: Counter(tuple(sorted(row.items())) for row in rows)
                for key, rows in block.sections.items()
            },
        )
        for name, block in blocks.items()
    }


@given(BLOCKS)
def test_a_version_does_not_differ_from_itself(blocks: dict[str, Block]) -> None:
    found = between(blocks, blocks)
    assert (found.presence, found.person, found.sections) == ((), (), ())
    assert all(total.before == total.after for total in found.totals)


@given(BLOCKS, BLOCKS)
def test_a_diff_applied_to_the_version_before_gives_the_version_after(
    before: dict[str, Block], after: dict[str, Block]
) -> None:
    assert unordered(apply(before, between(before, after))) == unordered(after)


@given(BLOCKS, st.randoms(use_true_random=False))
def test_the_order_of_rows_means_nothing(blocks: dict[str, Block], random: Any) -> None:
    mixed = {
        name: replace(
            block, sections={key: random.sample(rows, len(rows)) for key, rows in block.sections.items()}
        )
        for name, block in blocks.items()
    }
    assert between(blocks, mixed).sections == ()


@given(BLOCKS, BLOCKS)
def test_totals_are_told_of_every_section_that_has_one_moved_or_not(
    before: dict[str, Block], after: dict[str, Block]
) -> None:
    found = {(each.source, each.section): each for each in between(before, after).totals}
    assert {key for _, key in found} == {
        "debts",
        "patrimonies",
        "sources_income",
        "financial_transactions",
    }
    debts = found["alpha", "debts"]
    for total, blocks in ((debts.before, before), (debts.after, after)):
        assert total == {
            "": sum((Decimal(str(row["value"])) for row in blocks["alpha"].sections["debts"]), Decimal("0"))
        }


def test_what_is_unknown_has_no_total_and_it_is_not_nought() -> None:
    unknown, nobody = (dict.fromkeys(SOURCES, each) for each in (content.MISSING, content.NOT_FOUND))
    (debts, *_) = between(unknown, nobody).totals
    assert debts.before is None
    assert debts.after == {"": Decimal("0.00")}
