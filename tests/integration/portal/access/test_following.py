"""What is followed, one by one or with a list, and what changed materially in it: told to those who follow,
within what they may see, and recorded."""

from collections.abc import Callable
from datetime import timedelta

import pytest
from django.conf import settings
from django.db.models import F
from django.test import Client
from django.utils.timezone import now
from pytest_django import DjangoAssertNumQueries

from orchestrator import conf
from orchestrator.models import Run, Snapshot
from orchestrator.upkeep import retention
from portal.access.desk import following
from portal.access.models import FollowedRun, Following
from tests.fakes import people as fakes
from tests.fakes.people import MARIA
from tests.integration.portal.access.conftest import Asked, People, records
from tests.integration.portal.conftest import Fakes, crowd, hands, listing, page
from tests.integration.runs.conftest import Hands, finish

__all__ = ["crowd", "hands"]  # fixtures of the runs' own tests

Owes = Callable[..., None]

NEWS = "/followed/news/"


@pytest.fixture
def owes(fake_sources: Fakes) -> Owes:
    """Alpha says from now on that Maria, unless told otherwise, has these debts."""

    def _owes(*debts: str, cpf: str = MARIA) -> None:
        answer = fakes.alpha(cpf, debts=debts)
        for debt in answer["debts"]:  # those older than five years count no more
            debt["date"] = (now() - timedelta(days=100)).date().isoformat()
        fake_sources["alpha"].people[cpf] = answer

    return _owes


@pytest.fixture
def dossier(people: People, asked: Asked, owes: Owes) -> int:
    """Maria's, which the analyst's team follows."""
    owes("1000.00")
    pk = asked().dossier_id
    follow(people["analyst"], pk)
    return pk


def follow(browser: Client, dossier_id: int, following: str = "yes") -> int:
    return browser.post(f"/dossiers/{dossier_id}/follow/", {"following": following}).status_code


@pytest.mark.parametrize("path", ["/followed/", NEWS])
def test_what_changed_materially_is_told_in_words_to_the_team_that_follows(
    people: People, asked: Asked, owes: Owes, dossier: int, path: str
) -> None:
    owes("1000.00", "900.00")
    asked()
    before = len(records(action="diff"))
    shown = page(people["colleague"], path)
    assert "Maria da Silva" in shown
    assert "•••.982.247-••" in shown
    assert "529.982.247-25" not in shown
    assert "Nova dívida: R$ 900,00" in shown
    assert "1 dossiê mudou, e de forma material." in shown
    assert f"/dossiers/{dossier}/diff/?from=1&amp;to=2" in shown
    compared = records(action="diff")[before:]
    assert [each["version"] for each in compared] == [1, 2]
    headlines = records(action="headline", dossier_id=dossier)
    assert 2 in [each["version"] for each in headlines]
    assert {each["outcome"] for each in (*compared, *headlines)} == {"shown"}


def test_in_english_it_is_told_in_english(people: People, asked: Asked, owes: Owes, dossier: int) -> None:
    owes("1000.00", "900.00")
    asked()
    people["analyst"].post("/setlang/", {"language": "en", "next": "/"})
    shown = page(people["analyst"], "/followed/")
    assert "1 dossier changed, and materially." in shown
    assert "New debt:" in shown
    assert "from version 1 to 2" in shown


def test_what_is_not_material_is_told_as_such_and_nobody_is_named(
    people: People, asked: Asked, owes: Owes, dossier: int
) -> None:
    owes("1000.01")
    asked()
    shown = page(people["analyst"], NEWS)
    assert "1 dossiê mudou, e não de forma material." in shown
    assert "Maria" not in shown
    assert records(action="diff") == []


def test_where_nothing_changed_that_is_told(people: People, dossier: int) -> None:
    assert "Nada mudou." in page(people["analyst"], NEWS)


def test_who_follows_nothing_is_told_nothing_of_anybody(
    people: People, asked: Asked, owes: Owes, dossier: int
) -> None:
    owes("1000.00", "900.00")
    asked()
    assert follow(people["elsewhere"], dossier) == 404
    shown = page(people["elsewhere"], "/followed/")
    assert "Maria" not in shown
    assert "Nada mudou." in shown
    assert "followed-news" not in page(people["elsewhere"], "/")
    assert f'hx-get="{NEWS}"' in page(people["analyst"], "/")


def test_a_change_from_a_version_that_the_team_may_not_see_is_not_told(
    people: People, asked: Asked, owes: Owes
) -> None:
    owes("1000.00")
    current = asked()
    owes("1000.00", "900.00")
    asked()
    asked("elsewhere")  # when the second version stood
    follow(people["elsewhere"], current.dossier_id)
    assert "Nada mudou." in page(people["elsewhere"], NEWS)
    owes("1000.00", "900.00", "800.00")
    asked()
    shown = page(people["elsewhere"], NEWS)
    assert "Nova dívida: R$ 800,00" in shown
    assert "R$ 900,00 " not in shown


def test_the_first_page_tells_of_days_and_the_list_of_a_month(
    people: People, asked: Asked, owes: Owes, dossier: int
) -> None:
    owes("1000.00", "900.00")
    asked()
    moved(days=4)
    assert "Nada mudou." in page(people["analyst"], NEWS)
    assert "Nova dívida" in page(people["analyst"], "/followed/")
    moved(days=27)
    assert "Nova dívida" not in page(people["analyst"], "/followed/")


def moved(*, days: int) -> None:
    """As if so many more days had gone by."""
    Snapshot.objects.update(created_at=F("created_at") - timedelta(days=days))


def test_no_more_than_so_many_changes_are_evaluated_and_that_is_told(
    people: People, asked: Asked, owes: Owes, dossier: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    for debts in (("1000.00", "900.00"), ("1000.00", "900.00", "800.00")):
        owes(*debts)
        asked()
    monkeypatch.setattr(following, "MOST_STEPS", 1)
    shown = page(people["analyst"], NEWS)
    assert "Foram avaliadas só as mudanças mais recentes, 1 no máximo." in shown
    assert "Nova dívida: R$ 800,00" in shown
    assert "Nova dívida: R$ 900,00" not in shown


def test_ten_times_as_many_changes_want_as_many_questions_to_the_database(
    people: People,
    asked: Asked,
    owes: Owes,
    dossier: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for number in range(10):
        owes("1000.00", f"{number}.00")
        asked()
    with django_assert_max_num_queries(20):
        assert "1 dossiê mudou" in page(people["analyst"], NEWS)


def test_what_is_followed_is_listed_since_when_and_let_go_there(people: People, dossier: int) -> None:
    shown = page(people["colleague"], "/followed/")
    assert "Maria da Silva" in shown
    assert "desde" in shown
    form = {"following": "no", "back": "followed"}
    done = people["colleague"].post(f"/dossiers/{dossier}/follow/", form)
    assert done["Location"] == "/followed/"
    assert not Following.objects.exists()
    assert "Nenhum. Na página de um dossiê" in page(people["analyst"], "/followed/")


def test_of_who_is_erased_nothing_is_told(people: People, asked: Asked, owes: Owes, dossier: int) -> None:
    owes("1000.00", "900.00")
    asked()
    erase = {"cpf": MARIA, "act": "erase", "note": "pedido", "sure": "on"}
    assert people["privacy_officer"].post("/persons/act/", erase).status_code == 200
    for path in ("/followed/", NEWS):
        shown = page(people["analyst"], path)
        assert "Maria" not in shown
        assert "Nada mudou." in shown


@pytest.fixture
def followed_list(people: People, hands: Hands, crowd: list[str], owes: Owes) -> int:
    """A list of Maria and another, which the supervisor sent and follows."""
    owes("1000.00")
    form = {"file": listing(MARIA, crowd[0]), "purpose": "credit_analysis"}
    run_id = int(people["supervisor"].post("/runs/", form)["Location"].split("/")[2])
    finish(hands, run_id)
    assert follow_run(people["supervisor"], run_id) == 302
    return run_id


def follow_run(browser: Client, run_id: int, following: str = "yes") -> int:
    return browser.post(f"/runs/{run_id}/follow/", {"following": following}).status_code


def test_following_a_list_follows_each_of_its_dossiers_also_past_the_days_of_the_ask(
    people: People, asked: Asked, owes: Owes, followed_list: int
) -> None:
    owes("1000.00", "900.00")
    dossier_id = asked("elsewhere").dossier_id
    for name in ("supervisor", "analyst"):
        assert "Nova dívida: R$ 900,00" in page(people[name], NEWS)
    Run.objects.update(created_at=F("created_at") - timedelta(days=settings.ACCESS_DAYS + 1))
    assert "Nova dívida: R$ 900,00" in page(people["analyst"], "/followed/")
    assert people["analyst"].get(f"/dossiers/{dossier_id}/").status_code == 200
    assert follow_run(people["supervisor"], followed_list, "no") == 302
    assert people["analyst"].get(f"/dossiers/{dossier_id}/").status_code == 404
    assert "Nada mudou." in page(people["analyst"], NEWS)
    assert [each["detail"] for each in records(action="follow", run_id=followed_list)] == ["", "no longer"]


def test_a_dossier_that_is_followed_with_its_list_can_still_be_followed_by_itself(
    people: People, asked: Asked, followed_list: int
) -> None:
    dossier_id = asked().dossier_id
    shown = page(people["analyst"], f"/dossiers/{dossier_id}/")
    assert 'value="yes" class="quiet">Seguir' in shown


def test_only_a_list_of_one_s_own_is_followed(people: People, hands: Hands, followed_list: int) -> None:
    assert follow_run(people["supervisor_elsewhere"], followed_list) == 404
    assert follow_run(people["analyst"], followed_list) == 403
    everybody = int(people["supervisor"].post("/runs/refresh/")["Location"].split("/")[2])
    assert follow_run(people["supervisor"], everybody) == 403
    assert "Seguir a lista" not in page(people["supervisor"], f"/runs/{everybody}/")
    Run.objects.filter(pk=followed_list).update(created_at=now() - timedelta(days=settings.ACCESS_DAYS + 1))
    follow_run(people["supervisor"], followed_list, "no")
    assert follow_run(people["supervisor"], followed_list) == 403
    assert not FollowedRun.objects.exists()


def test_lists_that_are_followed_are_told_and_let_go_there(people: People, followed_list: int) -> None:
    assert "Deixar de seguir" in page(people["supervisor"], f"/runs/{followed_list}/")
    shown = page(people["supervisor"], "/followed/")
    assert f'<a href="/runs/{followed_list}/">Lista nº {followed_list}</a>' in shown
    assert "/runs/" not in page(people["analyst"], "/followed/"), "who may see no runs"
    done = people["supervisor"].post(f"/runs/{followed_list}/follow/", {"back": "followed"})
    assert done["Location"] == "/followed/"
    assert not FollowedRun.objects.exists()


def test_a_list_is_followed_as_long_as_its_details_are_kept(people: People, followed_list: int) -> None:
    assert retention.forget()["followed_runs"] == 0
    Run.objects.update(finished_at=now() - timedelta(days=conf.HISTORY_DAYS + 1))
    assert retention.forget()["followed_runs"] == 1
    assert not FollowedRun.objects.exists()


def test_who_left_the_team_is_told_nothing_of_what_it_follows(
    people: People, asked: Asked, owes: Owes, dossier: int
) -> None:
    owes("1000.00", "900.00")
    asked()
    people.users["colleague"].memberships.update(until=now())
    assert "Nada mudou." in page(people["colleague"], NEWS)
