"""The first page and the search with as many dossiers as they promise to bear: how long they take."""

import random
import time
from collections.abc import Callable
from statistics import median

import pytest
from django.db import connection
from django.test import Client

from orchestrator.models import Dossier
from orchestrator.sealing import envelopes
from orchestrator.sealing.cpf import check_digits
from orchestrator.versions import identity, names
from tests.integration.portal.conftest import mine, page

pytestmark = pytest.mark.slow("makes a hundred thousand dossiers")

FIRST = ("Maria", "José", "Ana", "João", "Antônio", "Francisca", "Luís", "Márcia", "Conceição", "Ícaro")
LAST = ("Silva", "Souza", "Gonçalves", "Araújo", "D'Ávila", "Pereira", "Lima", "Assunção", "Nóbrega", "Sá")
_ASKED = """
with built as (
     insert into orchestrator_build
            (dossier_id, state, outcome, owner, precedence, created_at, started_at, deadline_at, endings,
             finished_at)
     select id, case id %% 50 when 0 then 'partial' when 1 then 'failed' else 'complete' end, 'unchanged',
            %(owner)s, 1, at, at, at, 0, at + interval '1 second'
       from (select id, now() - row_number() over (order by id) * interval '60 seconds' as at
               from orchestrator_dossier) as dossier
     returning id, created_at)
insert into orchestrator_dossierrequest
       (id, build_id, purpose, owner, team, standing_version, fresh, created_at)
select gen_random_uuid(), id, 'credit_analysis', %(owner)s, '', 0, false, created_at from built
"""
OLDEST = "baaaaa"  # the hundred-thousandth
_FETCHED = """
insert into orchestrator_fetch
       (build_id, source, state, fresh, attempts, max_attempts, quarantine_claims, origin, error_code)
select build.id, source, case when build.state = 'complete' then 'ok' else 'failed' end, false, 1, 3, 0,
       'live', case when build.state = 'complete' then '' else 'timeout' end
  from orchestrator_build as build, unnest(array['alpha', 'beta', 'capa']) as source
"""


def lettered(number: int) -> str:
    """A number as a word."""
    return "".join(chr(ord("a") + int(digit)) for digit in str(number))


def somebody(number: int) -> Dossier:
    """A dossier at its first version, of which only the name is there."""
    first_nine = f"{number:09d}"
    lot = random.Random(number)
    made = Dossier(
        latest_version=1,
        completeness="complete",
        **identity.new_dossier(first_nine + check_digits(first_nine)),
    )
    key = envelopes.data_key(made.data_key, made.cpf_lookup)
    name = " ".join(
        [lot.choice(FIRST), lot.choice(FIRST), lot.choice(LAST), lot.choice(LAST), lettered(number)]
    )
    made.name_sealed, made.name_version = names.sealed(key, name), 1
    return made


@pytest.fixture
def asked_for(db: None, analyst: Client) -> Callable[[int], None]:
    """So many dossiers, each asked for once by the analyst, the last hours' on top."""

    def _asked_for(many: int) -> None:
        for start in range(1, many + 1, 5000):
            Dossier.objects.bulk_create(
                [somebody(number) for number in range(start, min(start + 5000, many + 1))]
            )
        with connection.cursor() as cursor:
            cursor.execute(_ASKED, {"owner": mine()})
            cursor.execute(_FETCHED)
            for table in ("dossier", "build", "dossierrequest", "fetch"):
                cursor.execute(f"analyze orchestrator_{table}")

    return _asked_for


def seconds(work: Callable[[], object], times: int = 1) -> float:
    """The median."""
    took = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        took.append(time.perf_counter() - began)
    return median(took)


def test_the_first_page_with_ten_thousand_dossiers_and_asks(
    analyst: Client, asked_for: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    asked_for(10_000)
    told = {}
    for query in (
        "",
        "?state=failed",
        "?state=partial&purpose=credit_analysis",
        "?page=400",
        "?state=cancelled",
    ):
        page(analyst, f"/{query}")  # whoever is named is on the record by now
        told[query or "/"] = seconds(lambda: analyst.get(f"/{query}"), 15)  # noqa: B023 - called at once
    with capsys.disabled():
        print({query: f"{took * 1000:.0f} ms" for query, took in told.items()})
    assert max(told.values()) < 0.5, told  # of which most is the machine's, if it is shared


def test_a_search_through_a_hundred_thousand_names(
    analyst: Client, asked_for: Callable[[int], None], capsys: pytest.CaptureFixture[str]
) -> None:
    asked_for(100_000)
    told = {}
    for q in ("maria", OLDEST, "zoroastro", "000.000.001-91"):
        told[q] = seconds(lambda: analyst.post("/find/", {"q": q}), 3)  # noqa: B023
    with capsys.disabled():
        print({q: f"{took:.2f} s" for q, took in told.items()})
    assert "1 pessoa" in analyst.post("/find/", {"q": OLDEST}).content.decode()
    assert max(told.values()) < 15, told
