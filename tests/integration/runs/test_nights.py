"""Night after night: what is called live was read from an answer of that night, and nothing else is."""

from typing import Any

import pytest
from django.db import connection

from orchestrator import conf, dossiers, runs
from orchestrator.models import Dossier, Fetch, Snapshot
from orchestrator.records.dossiers import Presence
from orchestrator.records.runs import Totals
from orchestrator.requests import building
from orchestrator.sealing import envelopes
from tests.fakes import people
from tests.fakes import source as fakes
from tests.integration.runs.conftest import Fakes, Hands, finish, migration, night

Stands = tuple[str | None, Presence, str | None, str | None]  # completeness, presence, origin, error


def stands(cpf: str, source: str = "alpha") -> Stands:
    view = dossiers.find(cpf)
    assert view
    told = view.provenance[source]
    return view.completeness, view.blocks[source].presence, told.origin, told.error_code


def dossier_of(cpf: str) -> Dossier:
    return Dossier.objects.get(cpf_lookup=envelopes.lookup(cpf))


def spoil(fake_sources: Fakes, cpf: str) -> Any:
    """Alpha calls a debt "much"; gives what to say to mend it."""
    debt = fake_sources["alpha"].people[cpf]["debts"][0]
    right, debt["value"] = debt["value"], "much"
    return lambda: debt.update(value=right)


def ask(cpf: str, *, fresh: bool = True) -> None:
    """A single request, to its end."""
    accepted = dossiers.request(cpf=cpf, purpose="credit_analysis", owner="user:1", fresh=fresh)
    work(Fetch.objects.filter(build__requests=accepted.request_id))


def work(fetches: Any) -> None:
    for fetch in fetches:
        while building.fetch(fetch.pk) is not None:
            pass


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    for wait in ("BACKOFF_FIRST_SECONDS", "BACKOFF_LAST_SECONDS", "RUN_PAUSE_SECONDS"):
        monkeypatch.setattr(conf, wait, 0.0)


MISSING: Stands = ("partial", Presence.MISSING, None, "bad_answer")
CARRIED: Stands = ("partial", Presence.FOUND, "carried", "bad_answer")
LIVE: Stands = ("complete", Presence.FOUND, "live", None)


def test_a_bad_answer_stays_bad_however_often_it_comes(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    mend = spoil(fake_sources, crowd[1])
    for totals in (Totals(new=6, partial=1), *[Totals(unchanged=6, partial=1)] * 2):
        told = night(hands)
        assert (told.state, told.totals) == ("partial", totals)
        assert stands(crowd[1]) == MISSING
    mend()
    assert night(hands).totals == Totals(unchanged=6, changed=1)
    assert stands(crowd[1]) == LIVE


def test_what_is_carried_stays_carried_with_its_age_while_the_answer_is_bad(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    known = dossiers.find(crowd[1]).provenance["alpha"].fetched_at  # type: ignore[union-attr]
    mend = spoil(fake_sources, crowd[1])
    for _ in range(3):
        assert night(hands).totals == Totals(unchanged=6, partial=1)
        assert stands(crowd[1]) == CARRIED
        assert dossiers.find(crowd[1]).provenance["alpha"].fetched_at == known  # type: ignore[union-attr]
    mend()
    assert night(hands).totals == Totals(unchanged=7)
    assert stands(crowd[1]) == LIVE
    assert Snapshot.objects.count() == 7


def test_a_bad_answer_beside_a_change_makes_a_version_and_is_still_bad_the_night_after(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    night(hands)
    spoil(fake_sources, crowd[1])
    fake_sources["beta"].people[crowd[1]] = people.beta(crowd[1], name="Pessoa 1", assets=("1.00",))
    for _ in range(2):
        night(hands)
        assert stands(crowd[1]) == CARRIED
    assert dossier_of(crowd[1]).latest_version == 2


@pytest.mark.parametrize("known", [True, False])
def test_a_single_request_between_two_nights_changes_nothing_of_that(
    hands: Hands, crowd: list[str], fake_sources: Fakes, known: bool
) -> None:
    if known:
        night(hands)
    mend = spoil(fake_sources, crowd[1])
    expected = CARRIED if known else MISSING
    night(hands)
    ask(crowd[1])
    assert stands(crowd[1]) == expected
    night(hands)
    assert stands(crowd[1]) == expected
    mend()
    ask(crowd[1])
    assert stands(crowd[1]) == LIVE
    spoil(fake_sources, crowd[1])
    night(hands)
    assert stands(crowd[1]) == CARRIED


def test_the_same_good_answers_are_live_again_after_a_single_request_that_failed(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    """The hash of the first night stands for answers that were read, and for the version that stands."""
    night(hands)
    mend = spoil(fake_sources, crowd[1])
    ask(crowd[1])
    assert stands(crowd[1]) == CARRIED
    mend()
    assert night(hands).totals == Totals(unchanged=7)
    assert stands(crowd[1]) == LIVE


def test_asking_again_for_what_failed_proves_nothing_while_the_answer_is_bad(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    spoil(fake_sources, crowd[1])
    again = runs.retry_failed(night(hands).id, owner="user:1")
    finish(hands, again)
    assert (runs.status(again).state, stands(crowd[1])) == ("partial", MISSING)
    night(hands)
    assert stands(crowd[1]) == MISSING


def test_a_second_pass_that_mends_it_leaves_no_hash_of_the_first_one(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    mend = spoil(fake_sources, crowd[1])
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: Snapshot.objects.count() == 7)
    mend()
    finish(hands, run_id)
    assert stands(crowd[1]) == LIVE
    spoil(fake_sources, crowd[1])
    night(hands)
    assert stands(crowd[1]) == CARRIED


def test_who_was_refused_in_the_first_pass_is_not_called_live_after_the_second(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All failed at first, so that nothing was saved; then the others answer, and Alpha is not asked."""
    night(hands)
    monkeypatch.setattr(conf, "RUN_ATTEMPTS", 1)
    fake_sources["alpha"].always = fakes.status(403)
    for name in ("beta", "capa"):
        fake_sources[name].script = [fakes.status(500)] * 3
    told = night(hands)
    assert (told.state, told.totals) == ("partial", Totals(partial=7))
    assert stands(crowd[1]) == ("partial", Presence.FOUND, "carried", "refused")
    assert stands(crowd[1], "beta") == ("partial", Presence.FOUND, "live", None)


def test_of_a_person_whom_no_pass_could_fetch_there_is_no_version(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "RUN_ATTEMPTS", 1)
    fake_sources["alpha"].always = fakes.status(403)  # not asked again
    for name in ("beta", "capa"):
        fake_sources[name].always = fakes.status(500)
    told = night(hands)
    assert (told.state, told.totals, Snapshot.objects.count()) == ("failed", Totals(failed=7), 0)


def test_what_a_single_request_has_found_between_two_passes_stands(
    hands: Hands, crowd: list[str], fake_sources: Fakes, monkeypatch: pytest.MonkeyPatch
) -> None:
    night(hands)
    monkeypatch.setattr(conf, "RUN_ATTEMPTS", 1)
    for name in ("alpha", "beta", "capa"):
        fake_sources[name].script = [fakes.status(403 if name == "alpha" else 500)] * 3
    run_id = runs.refresh(owner="user:1")
    hands.work(until=lambda: len(fake_sources["capa"].calls) >= 6 and hands.waiting[0][0].__name__ != "save")
    ask(crowd[1])
    finish(hands, run_id)
    assert stands(crowd[1]) == LIVE


def test_blocks_that_a_retry_kept_do_not_undo_what_a_night_has_found_meanwhile(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    mend = spoil(fake_sources, crowd[1])
    accepted = dossiers.request(cpf=crowd[1], purpose="credit_analysis", owner="user:1")
    work(Fetch.objects.filter(build__requests=accepted.request_id))
    again = dossiers.retry(accepted.request_id, owner="user:1")
    fake_sources["beta"].people[crowd[1]] = people.beta(crowd[1], name="Pessoa 1", assets=("7.00",))
    mend()
    night(hands)
    found = dossiers.find(crowd[1])
    work(Fetch.objects.filter(build__requests=again.request_id, source="alpha"))
    assert dossiers.status(again.request_id).state == "complete"
    after = dossiers.find(crowd[1])
    assert found
    assert after
    assert after.blocks["beta"] == found.blocks["beta"]
    assert (after.version, stands(crowd[1], "beta")) == (found.version, LIVE)


def call_live(cpf: str) -> None:
    """As rows of before may say of a block that is missing."""
    dossier = dossier_of(cpf)
    dossier.provenance["alpha"], dossier.completeness = dossier.provenance["beta"], "complete"
    dossier.save()


def test_a_missing_block_that_was_called_live_is_told_by_the_next_try(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    spoil(fake_sources, crowd[1])
    night(hands)
    call_live(crowd[1])
    ask(crowd[1])
    assert stands(crowd[1]) == MISSING


def test_the_migration_mends_what_was_called_live_and_nothing_else(
    hands: Hands, crowd: list[str], fake_sources: Fakes
) -> None:
    spoil(fake_sources, crowd[1])
    night(hands)
    call_live(crowd[1])
    before = {cpf: dossier_of(cpf).provenance for cpf in crowd}
    with connection.cursor() as cursor:
        cursor.execute(migration("proven_provenance").MEND)
        assert cursor.rowcount == 1
    assert stands(crowd[1]) == MISSING
    after = {cpf: dossier_of(cpf).provenance for cpf in crowd}
    assert after[crowd[1]] == before[crowd[1]] | {"alpha": after[crowd[1]]["alpha"]}
    assert [cpf for cpf in crowd if after[cpf] != before[cpf]] == [crowd[1]]
