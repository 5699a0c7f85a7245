"""The log of consulted CPFs: one answer for each read, however it was recorded."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import time_machine
from bson import ObjectId

from sources.capa import audit
from sources.capa.answers import collection
from sources.capa.apps import create_indexes
from sources.capa.documents import ConsultedCpf, FinancialTransaction, Roster
from tests.problems import fields
from tests.unit.sources.api import Api

MARIA, JOAO, ANA = "52998224725", "11144477735", "39053344705"


@pytest.fixture(autouse=True)
def _known() -> None:
    """Maria has a transaction; of the others nothing is known."""
    collection(FinancialTransaction).insert_one({"cpf": MARIA, "value": 1})


def count(document: Any) -> int:
    return int(collection(document).count_documents({}))


def reads(api: Api, cpf: str, **query: int) -> list[dict[str, Any]]:
    """The log's records of a CPF."""
    answer: list[dict[str, Any]] = api.get(f"/consulted-cpf/{cpf}", query_params=query).json()
    return answer


@pytest.mark.parametrize("route", ["financial-transactions", "last-purchases"])
def test_a_read_by_cpf_is_recorded(reader: Api, route: str) -> None:
    reader.get(f"/{route}/{MARIA}")
    (record,) = reads(reader, MARIA)
    assert set(record) == {"id", "date", "cpf", "description", "client"}
    assert (record["cpf"], record["client"]) == (MARIA, reader.credentials["client_id"])


def test_a_batch_is_found_by_each_of_its_cpfs_also_of_who_is_unknown(reader: Api) -> None:
    before = datetime.now(UTC) - timedelta(seconds=1)
    reader.batch(MARIA, ANA)
    for cpf in (MARIA, ANA):
        (record,) = reads(reader, cpf)
        assert record["cpf"] == cpf
        assert record["description"] == "Transactions and last purchase, in a batch."
        assert record["client"] == reader.credentials["client_id"]
        assert before < datetime.fromisoformat(record["date"]) < before + timedelta(seconds=30)
    assert reads(reader, JOAO) == []


def test_each_night_s_batch_is_one_record_and_its_people_are_kept_once(reader: Api) -> None:
    for cpfs in ((MARIA, ANA), (ANA, MARIA), (MARIA, ANA)):
        reader.batch(*cpfs)
    assert (count(ConsultedCpf), count(Roster)) == (3, 1)
    assert len(reads(reader, ANA)) == 3


def test_a_batch_of_one_needs_no_roster(reader: Api) -> None:
    reader.batch(MARIA)
    assert (count(ConsultedCpf), count(Roster)) == (1, 0)
    assert len(reads(reader, MARIA)) == 1


def test_reads_alone_in_batches_and_of_the_original_stand_in_one_list_in_their_order(reader: Api) -> None:
    collection(ConsultedCpf).insert_one({"_id": ObjectId("5" * 24), "cpf": MARIA, "date": datetime.now(UTC)})
    reader.batch(MARIA, JOAO)
    reader.get(f"/last-purchases/{MARIA}")
    reader.batch(ANA, MARIA)
    expected = ["", audit.BATCH, audit.LAST_PURCHASE, audit.BATCH]
    assert [record["description"] for record in reads(reader, MARIA)] == expected
    assert [record["description"] for record in reads(reader, MARIA, page=2, page_size=3)] == expected[3:]
    assert len({record["id"] for record in reads(reader, MARIA)}) == 4


def test_looking_at_the_log_leaves_no_record(reader: Api) -> None:
    reads(reader, MARIA)
    assert count(ConsultedCpf) == 0


def test_a_refused_read_is_not_recorded(reader: Api) -> None:
    reader.post("/api/customers/batch/", {"cpfs": [MARIA, "x"]})
    assert (count(ConsultedCpf), count(Roster)) == (0, 0)


def test_nothing_is_read_where_the_read_cannot_be_recorded(reader: Api, mongodb_away: None) -> None:
    answer = reader.post("/api/customers/batch/", {"cpfs": [MARIA]})
    assert (answer.status_code, fields(answer)) == (503, [])


def test_finding_reads_uses_the_indexes(reader: Api) -> None:
    reader.batch(MARIA, ANA)
    found = collection(ConsultedCpf).find(audit.reads_of(MARIA)).sort("_id")
    for plan in (found.explain(), collection(Roster).find({"cpfs": MARIA}).explain()):
        assert "IXSCAN" in str(plan["queryPlanner"]["winningPlan"])
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"])


def test_records_expire_after_the_days_that_are_set_and_a_roster_with_its_last_record(
    reader: Api, settings: Any
) -> None:
    for days in (184, 30):
        settings.CONSULTED_DAYS = days
        create_indexes()
        for document in (ConsultedCpf, Roster):
            index = collection(document).index_information()[audit.EXPIRES]
            assert (index["key"], index["expireAfterSeconds"]) == ([("date", 1)], days * 86400)
    with time_machine.travel(datetime(2026, 1, 1, tzinfo=UTC)):
        reader.batch(MARIA, ANA)
    reader.batch(MARIA, ANA)
    (roster,), newest = collection(Roster).find(), collection(ConsultedCpf).find_one(sort=[("date", -1)])
    assert newest
    assert roster["date"] == newest["date"]
