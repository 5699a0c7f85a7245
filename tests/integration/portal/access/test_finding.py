"""Finding somebody again by CPF or name: among what one may see, recorded, and the name kept nowhere."""

import re
from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings as configured
from django.db.models import F
from django.test import Client

from orchestrator import persons
from orchestrator.models import Dossier, DossierRequest, Run
from orchestrator.requests import finding
from portal.access.models import Following
from tests.fakes import people as fakes
from tests.fakes.people import ANA, JOAO, MARIA
from tests.integration.portal.access.conftest import THEIRS as ELSEWHERE
from tests.integration.portal.access.conftest import Asked, People, leave, move, records
from tests.integration.portal.conftest import Fakes, listing
from tests.integration.runs.conftest import Hands, finish, lock_out

NOBODY = "entre os dossiês que você pode ver"


@pytest.fixture
def known(asked: Asked, fake_sources: Fakes) -> dict[str, int]:
    """Three dossiers of the analyst's, by CPF."""
    for cpf, name in {MARIA: "Maria José Gonçalves", JOAO: "João D'Ávila", ANA: "Ana Maria Souza"}.items():
        fake_sources["alpha"].people[cpf] = fakes.alpha(cpf, name=name)
    return {cpf: asked(cpf=cpf).dossier_id for cpf in (MARIA, JOAO, ANA)}


def found(browser: Client, q: str) -> list[int]:
    """The dossiers that a search shows, in its order."""
    response = browser.post("/find/", {"q": q})
    assert response.status_code == 200, response.status_code
    shown = response.content.decode()
    hits = [int(pk) for pk in re.findall(r'href="/dossiers/(\d+)/"', shown)]
    assert bool(hits) != (NOBODY in shown)
    return hits


@pytest.mark.parametrize("q", [MARIA, "529.982.247-25", " 529 982 247 25 ", "529.982.247–25"])
def test_a_cpf_in_any_form_finds_who_was_asked_for_without_asking_anew(
    people: People, known: dict[str, int], q: str
) -> None:
    before = DossierRequest.objects.count()
    assert found(people["analyst"], q) == [known[MARIA]]
    assert DossierRequest.objects.count() == before


@pytest.mark.parametrize(
    ("q", "whom"),
    [
        ("Maria José Gonçalves", [MARIA]),
        ("goncalves", [MARIA]),
        ("GONÇALVES maria", [MARIA]),
        ("gonc\N{COMBINING CEDILLA}alves", [MARIA]),
        ("mar", [ANA, MARIA]),
        ("joao", [JOAO]),
        ("d'avila", [JOAO]),
        ("avila joao", [JOAO]),
        ("jose joao", []),
        ("maria maria", []),
        ("aria", []),
    ],
)
def test_names_are_found_by_words_or_their_beginnings_whatever_the_accents_and_the_order(
    people: People, known: dict[str, int], q: str, whom: list[str]
) -> None:
    assert found(people["analyst"], q) == [known[cpf] for cpf in whom]


def test_what_was_asked_for_last_is_on_top(people: People, known: dict[str, int], asked: Asked) -> None:
    asked(cpf=MARIA)
    assert found(people["analyst"], "maria") == [known[MARIA], known[ANA]]


def test_a_result_tells_who_it_is_masked_with_its_version_state_and_last_ask(
    people: People, known: dict[str, int]
) -> None:
    shown = " ".join(people["analyst"].post("/find/", {"q": "goncalves"}).content.decode().split())
    row = shown[shown.index("<tbody>") : shown.index("</tbody>")]
    assert "•••.982.247-••" in row
    assert MARIA not in shown
    assert re.search(
        r'data-label="Última consulta"[^>]*><time datetime="[^"]+">\d\d/\d\d/\d{4} \d\d:\d\d', row
    )
    assert re.search(r'data-label="Versão"[^>]*>1<', row)
    assert "completo" in row


@pytest.mark.parametrize("q", ["goncalves", MARIA])
@pytest.mark.parametrize(
    ("who", "sees"),
    [("colleague", True), ("supervisor", True), ("elsewhere", False), ("supervisor_elsewhere", False)],
)
def test_a_team_finds_what_is_its_own_and_others_find_nobody(
    people: People, known: dict[str, int], who: str, q: str, sees: bool
) -> None:
    assert found(people[who], q) == ([known[MARIA]] if sees else [])


@pytest.mark.parametrize("q", ["goncalves", MARIA])
def test_who_leaves_a_team_finds_nobody_of_it(people: People, known: dict[str, int], q: str) -> None:
    leave(people.users["analyst"])
    assert found(people["analyst"], q) == []
    move(people.users["analyst"], ELSEWHERE)
    assert found(people["analyst"], q) == []


@pytest.mark.parametrize("q", ["goncalves", MARIA])
def test_an_ask_is_found_for_some_days_and_what_is_followed_for_longer(
    people: People, known: dict[str, int], q: str
) -> None:
    people["colleague"].post(f"/dossiers/{known[MARIA]}/follow/", {"following": "yes"})
    age = timedelta(days=configured.ACCESS_DAYS + 1)
    DossierRequest.objects.update(created_at=F("created_at") - age)
    assert found(people["analyst"], q) == [known[MARIA]]
    assert found(people["analyst"], "avila") == []
    assert found(people["elsewhere"], q) == []
    Following.objects.all().delete()
    assert found(people["analyst"], q) == []


@pytest.mark.parametrize("q", ["goncalves", MARIA, "maria"])
def test_who_is_erased_is_not_found_nor_by_what_was_followed(
    people: People, known: dict[str, int], asked: Asked, q: str
) -> None:
    people["analyst"].post(f"/dossiers/{known[MARIA]}/follow/", {"following": "yes"})
    Following.objects.update(owner="user:0")  # as one that an erasure by the register leaves
    persons.erase(MARIA, reason="asked for by letter", owner="user:9")
    assert known[MARIA] not in found(people["analyst"], q)
    asked("elsewhere", MARIA)  # begins anew, for others
    assert known[MARIA] not in found(people["analyst"], q)
    assert known[MARIA] in found(people["elsewhere"], q)


def test_a_list_is_found_by_the_team_that_sent_it_and_a_run_over_everybody_by_nobody(
    people: People, hands: Hands, crowd: list[str]
) -> None:
    form = {"file": listing(*crowd[:3]), "purpose": "collection"}
    finish(hands, int(people["supervisor"].post("/runs/", form)["Location"].split("/")[2]))
    assert len(found(people["analyst"], "pessoa")) == 3
    assert found(people["elsewhere"], "pessoa") == []
    finish(hands, int(people["supervisor"].post("/runs/refresh/")["Location"].split("/")[2]))
    assert len(found(people["supervisor"], "pessoa")) == 3


@pytest.mark.parametrize("by_cpf", [False, True], ids=["name", "cpf"])
def test_who_is_followed_with_a_list_is_found_past_the_days_of_the_ask(
    people: People, hands: Hands, crowd: list[str], by_cpf: bool
) -> None:
    q = crowd[0] if by_cpf else "pessoa"
    form = {"file": listing(crowd[0]), "purpose": "collection"}
    url = str(people["supervisor"].post("/runs/", form)["Location"])
    finish(hands, int(url.split("/")[2]))
    people["supervisor"].post(f"{url}follow/", {"following": "yes"})
    Run.objects.update(created_at=F("created_at") - timedelta(days=configured.ACCESS_DAYS + 1))
    assert len(found(people["analyst"], q)) == 1
    assert found(people["elsewhere"], q) == []
    people["supervisor"].post(f"{url}follow/", {"following": "no"})
    assert found(people["analyst"], q) == []


def test_a_search_by_name_records_who_was_shown_and_never_the_name(
    people: People, known: dict[str, int]
) -> None:
    found(people["analyst"], "maria")
    shown = records(action="headline", outcome="shown")
    assert {each["dossier_id"] for each in shown} == {known[MARIA], known[ANA]}
    assert {(each["basis"], each["purpose"], each["version"]) for each in shown} == {
        ("own", "credit_analysis", 1)
    }
    found(people["analyst"], "zoroastro")
    searched, missed = records(action="find")
    assert (searched["outcome"], searched["amount"], searched["detail"]) == ("shown", 2, "by name")
    assert (missed["outcome"], missed["dossier_id"], missed["person"]) == ("not_found", None, None)
    assert "zoroastro" not in str(records())


def test_a_search_by_cpf_is_recorded_whether_it_finds_somebody_or_not(
    people: People, known: dict[str, int]
) -> None:
    found(people["analyst"], MARIA)
    found(people["elsewhere"], MARIA)
    found(people["elsewhere"], "111.444.777-36")
    theirs, others, nobody = records(action="find")
    assert (theirs["outcome"], theirs["dossier_id"], theirs["basis"]) == ("shown", known[MARIA], "own")
    assert (others["outcome"], others["dossier_id"]) == ("not_found", known[MARIA])
    assert (nobody["outcome"], nobody["dossier_id"], nobody["person"] is None) == ("not_found", None, False)


def test_no_search_is_taken_from_an_address(people: People, known: dict[str, int]) -> None:
    shown = people["analyst"].get("/find/?q=maria").content.decode()
    assert "/dossiers/" not in shown
    assert 'name="cpf"' not in shown


@pytest.mark.parametrize(
    ("q", "why"),
    [
        ("", "Digite um CPF ou um nome."),
        ("m", "Digite ao menos duas letras do nome."),
        ("'-.", "Digite ao menos duas letras do nome."),
        ("529.982", "O CPF precisa ter 11 dígitos"),
        ("Maria 2", "aqui há outros caracteres"),
    ],
)
def test_what_cannot_be_looked_for_says_why(people: People, known: dict[str, int], q: str, why: str) -> None:
    shown = people["analyst"].post("/find/", {"q": q}).content.decode()
    assert why in shown
    assert not records(action="find")


def test_whose_cpf_is_not_found_can_be_asked_for_from_there(people: People, fake_sources: Fakes) -> None:
    shown = people["analyst"].post("/find/", {"q": "529.982.247-25"}).content.decode()
    assert re.search(
        r'<form method="post" action="/" [^>]*>.*name="cpf" value="529.982.247-25"', shown, re.DOTALL
    )
    mistyped = people["analyst"].post("/find/", {"q": "529.982.247-26"}).content.decode()
    assert "Os dígitos verificadores não conferem" in mistyped


def test_of_too_many_the_newest_are_shown_and_that_there_are_more(
    people: People, known: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("portal.access.desk.finding.SHOWN_AT_MOST", 1)
    response = people["analyst"].post("/find/", {"q": "maria"}).content.decode()
    assert f'/dossiers/{known[ANA]}/"' in response
    assert f'/dossiers/{known[MARIA]}/"' not in response
    assert "Há outros" in response


def test_that_not_everybody_was_looked_at_is_said(
    people: People, known: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "LOOKED_THROUGH", 2)
    response = people["analyst"].post("/find/", {"q": "goncalves"}).content.decode()
    assert NOBODY in response
    assert "Só os 100.000 dossiês consultados por último foram olhados" in response
    Dossier.objects.update(name_version=0)
    monkeypatch.setattr(finding, "OPENED", 1)
    assert (
        "De 1 dossiê o nome ainda não pôde ser lido"
        in people["analyst"].post("/find/", {"q": "zz"}).content.decode()
    )


def test_one_who_cannot_be_read_is_counted_and_hides_nobody(people: People, known: dict[str, int]) -> None:
    lock_out(ANA)
    response = people["analyst"].post("/find/", {"q": "maria"}).content.decode()
    assert f'/dossiers/{known[MARIA]}/"' in response
    assert "De 1 dossiê o nome ainda não pôde ser lido" in response
    assert people["analyst"].post("/find/", {"q": ANA}).status_code == 503


def test_a_search_costs_the_same_queries_however_many_it_looks_through(
    people: People, known: dict[str, int], django_assert_max_num_queries: Any
) -> None:
    with django_assert_max_num_queries(14):
        found(people["analyst"], "zoroastro")
    Dossier.objects.filter(pk=known[JOAO]).update(name_version=0)  # its content is opened
    with django_assert_max_num_queries(15):
        found(people["analyst"], "zoroastro")


def test_batches_are_walked_through_to_the_end(
    people: People, known: dict[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(finding, "_AT_ONCE", 1)
    assert found(people["analyst"], "goncalves") == [known[MARIA]]
