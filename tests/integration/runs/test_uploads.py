"""Lists: good rows are built, bad ones told with their lines; a hundred thousand rows are no trouble."""

import csv
import io
import subprocess
from collections import Counter
from typing import Any

import pytest

from orchestrator import conf, dossiers, runs
from orchestrator.errors import InvalidInput
from orchestrator.lists import confined
from orchestrator.models import Chunk, Dossier, Run
from orchestrator.records.runs import ListRows, Totals
from orchestrator.sealing.cpf import check_digits
from tests.fakes import people
from tests.integration.runs.conftest import Fakes, Hands, finish


def upload(text: str, **options: object) -> int:
    file = io.BytesIO(text.encode())
    return runs.upload(file, purpose="credit_analysis", owner="user:1", **options)  # type: ignore[arg-type]


def test_a_list_is_built_in_its_own_order(hands: Hands, crowd: list[str]) -> None:
    run_id = upload("\n".join(["name;cpf", *(f"x;{cpf}" for cpf in reversed(crowd))]))
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.kind, told.state, told.totals) == ("list", "complete", Totals(new=7))
    assert told.rows == ListRows(accepted=7)
    members = list(runs.members(run_id))
    assert [member.line for member in members] == list(range(2, 9))
    assert [dossiers.load(member.dossier_id or 0).cpf for member in members] == crowd[::-1]


def test_bad_rows_are_told_with_their_lines_and_the_good_ones_built(hands: Hands, crowd: list[str]) -> None:
    run_id = upload(f"cpf\n{people.MARIA}\nabc\n\n529.982.247-25\n11111111111\n{crowd[0]}\n")
    finish(hands, run_id)
    told = runs.status(run_id)
    assert (told.state, told.totals) == ("complete", Totals(new=2))
    assert told.rows == ListRows(accepted=2, duplicates=1, rejected=2)
    assert [(row.line, row.code) for row in runs.rejected_lines(run_id)] == [
        (3, "characters"),
        (5, "duplicate"),
        (6, "repeated"),
    ]


def test_restored_zeros_are_marked(hands: Hands, fake_sources: Fakes) -> None:
    first_nine = "000123456"
    run_id = upload(f"cpf\n{int(first_nine + check_digits(first_nine))}\n{people.MARIA}\n")
    finish(hands, run_id)
    assert [member.restored for member in runs.members(run_id)] == [True, False]
    assert runs.status(run_id).rows == ListRows(accepted=2, restored=1)


def test_a_list_without_a_good_row_begins_nothing(hands: Hands) -> None:
    with pytest.raises(InvalidInput) as refused:
        upload("cpf\nabc\n")
    assert (refused.value.field, refused.value.code) == ("file", "no_good_row")
    assert "Line 2" in refused.value.message
    assert not Run.objects.exists()


def test_the_row_that_repeats_another_is_told_with_that_one(hands: Hands, crowd: list[str]) -> None:
    run_id = upload(f"cpf\n{crowd[0]}\nabc\n{crowd[0]}\n")
    assert [(row.line, row.repeats) for row in runs.rejected_lines(run_id)] == [(3, None), (4, 2)]


def test_a_file_that_takes_too_long_ends_its_reader_and_nothing_else(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "LIST_SECONDS", 0.001)
    with pytest.raises(InvalidInput) as refused:
        upload(f"cpf\n{people.MARIA}\n")
    assert (refused.value.field, refused.value.code) == ("file", "too_complex")
    assert not Run.objects.exists()


def test_a_file_that_takes_too_much_memory_ends_its_reader_and_nothing_else(
    hands: Hands, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(conf, "LIST_MEMORY_MIB", 48)
    with pytest.raises(InvalidInput) as refused:
        upload(f"cpf\n{people.MARIA}\n" + " " * (19 << 20))
    assert refused.value.code == "too_complex"
    monkeypatch.undo()
    assert upload(f"cpf\n{people.MARIA}\n")


def test_the_reader_has_nothing_of_the_file_in_its_arguments_and_no_secret(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    seen: list[tuple[Any, Any]] = []
    run = subprocess.run

    def watched(argv: Any, **options: Any) -> Any:
        seen.append((argv, options["env"]))
        return run(argv, **options)

    monkeypatch.setattr(subprocess, "run", watched)
    confined.read(io.BytesIO(f"cpf\n{people.MARIA}\n".encode()), sheet="")
    [(argv, environment)] = seen
    assert people.MARIA not in " ".join(argv)
    assert set(environment) <= {"LD_LIBRARY_PATH"}


def test_a_purpose_is_needed(hands: Hands) -> None:
    with pytest.raises(InvalidInput) as refused:
        runs.upload(io.BytesIO(b"cpf\n52998224725\n"), purpose="curiosity", owner="user:1")
    assert refused.value.field == "purpose"


def test_people_are_stored_sealed_and_only_until_their_chunk_ends(hands: Hands, crowd: list[str]) -> None:
    run_id = upload("\n".join(["cpf", *crowd]))
    stored = b"".join(bytes(chunk.cpfs_sealed or b"") for chunk in Chunk.objects.all())
    assert stored
    assert not [cpf for cpf in crowd if cpf.encode() in stored]
    finish(hands, run_id)
    assert not Chunk.objects.filter(cpfs_sealed__isnull=False).exists()


def test_a_list_and_the_night_share_dossiers(hands: Hands, crowd: list[str]) -> None:
    first = upload("\n".join(["cpf", *crowd[:3]]))
    finish(hands, first)
    second = upload("\n".join(["cpf", *crowd]))
    finish(hands, second)
    assert runs.status(second).totals == Totals(new=4, unchanged=3)


def _rows(number: int) -> list[str]:
    """Rows with every kind of bad row among them."""
    rows = []
    for at in range(number):
        first_nine = f"{(at + 1) * 9973 % 10**9:09d}"
        cpf = first_nine + check_digits(first_nine)
        match at % 20:
            case 3:
                rows.append(cpf[:-1] + str((int(cpf[-1]) + 1) % 10))  # wrong check digits
            case 5:
                rows.append(f"{cpf[:3]}.{cpf[3:6]}.{cpf[6:9]}-{cpf[9:]}")
            case 7:
                rows.append("12345")
            case 11:
                rows.append("6,13E+09")
            case 13:
                rows.append("n/d")
            case 17:
                rows.append("11111111111")
            case 19:
                rows.append(rows[at - 1])
            case _:
                rows.append(cpf)
    return rows


HUNDRED_THOUSAND = pytest.param(100_000, marks=pytest.mark.slow("the largest list there may be"))


@pytest.mark.parametrize("number", [2000, HUNDRED_THOUSAND])
def test_a_long_list_with_every_kind_of_bad_row(
    hands: Hands, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    monkeypatch.setattr(conf, "RUN_CHUNK", number // 100)
    file = io.StringIO()
    writer = csv.writer(file, delimiter=";")
    writer.writerow(["nome", "CPF"])
    writer.writerows(["José", row] for row in _rows(number))
    run_id = runs.upload(
        io.BytesIO(file.getvalue().encode("latin-1")), purpose="account_review", owner="user:1"
    )
    told = runs.status(run_id)
    codes = Counter(row.code for row in runs.rejected_lines(run_id))
    assert told.rows is not None
    assert told.rows.accepted + told.rows.rejected + told.rows.duplicates == number
    assert told.total == told.rows.accepted
    for code in ("check_digits", "length", "scientific", "characters", "repeated", "duplicate"):
        assert codes[code] == number // 20, codes
    finish(hands, run_id)
    ended = runs.status(run_id)
    assert (ended.state, ended.totals) == ("complete", Totals(new=told.rows.accepted))
    assert Dossier.objects.count() == told.rows.accepted
