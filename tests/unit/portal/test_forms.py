"""The form for a dossier."""

import pytest

from orchestrator.errors import InvalidInput
from portal.forms import AskForm

TYPED = {"cpf": "529.982.247-26", "purpose": "collection", "fresh": "on"}


def refused(code: str) -> AskForm:
    form = AskForm(TYPED)
    assert form.is_valid()
    form.refuse(InvalidInput("cpf", code, "as the orchestrator says it"))
    return form


@pytest.mark.parametrize("pasted", [" 529 982 247-25 ", "\ufeff529.982.247–25\x00" + "x" * 200])
def test_a_cpf_is_left_as_it_was_pasted_for_the_orchestrator_to_judge(pasted: str) -> None:
    form = AskForm({**TYPED, "cpf": pasted})
    assert form.is_valid()
    assert form.cleaned_data["cpf"] == pasted


def test_a_cpf_and_a_purpose_are_asked_for_by_name() -> None:
    assert set(AskForm({}).errors) == {"cpf", "purpose"}


def test_an_unknown_purpose_is_refused() -> None:
    assert set(AskForm({**TYPED, "purpose": "curiosity"}).errors) == {"purpose"}


def test_wrong_check_digits_are_told_in_words_and_offer_to_go_on() -> None:
    form = refused("check_digits")
    assert "dígitos verificadores" in form.errors["cpf"][0]
    assert form.offers_check_digits


def test_other_refusals_do_not_offer_to_go_on() -> None:
    form = refused("repeated")
    assert form.errors["cpf"]
    assert not form.offers_check_digits


def test_the_offer_stays_once_it_is_taken() -> None:
    assert AskForm({**TYPED, "allow_invalid_check_digits": "on"}).offers_check_digits


def test_what_was_typed_is_kept_when_it_is_refused() -> None:
    form = refused("check_digits")
    assert 'value="529.982.247-26"' in str(form["cpf"])
    assert "checked" in str(form["fresh"])
    assert '"collection" selected' in str(form["purpose"])


def test_a_refusal_without_words_of_ours_shows_the_orchestrator_s() -> None:
    assert refused("something_new").errors["cpf"] == ["as the orchestrator says it"]
