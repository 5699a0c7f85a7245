"""The first page's form, which asks for a dossier."""

import re

from django.test import Client

from orchestrator.models import DossierRequest
from tests.integration.portal.conftest import FORM, Fakes, page


def test_an_ask_goes_to_its_wait_page_and_the_cpf_to_no_address(analyst: Client, fake_sources: Fakes) -> None:
    response = analyst.post("/", FORM)
    assert re.fullmatch(r"/requests/[0-9a-f-]{36}/", response["Location"])


def test_an_ask_is_kept_with_its_purpose_and_its_owner(analyst: Client, fake_sources: Fakes) -> None:
    analyst.post("/", {**FORM, "fresh": "on"})
    ask = DossierRequest.objects.get()
    assert (ask.purpose, ask.fresh) == ("credit_analysis", True)
    assert ask.owner == f"user:{analyst.session['_auth_user_id']}"


def test_wrong_check_digits_offer_to_go_on_and_going_on_is_accepted(
    analyst: Client, fake_sources: Fakes
) -> None:
    typed = {**FORM, "cpf": "529.982.247-26"}
    refused = analyst.post("/", typed)
    assert refused.status_code == 200
    assert 'name="allow_invalid_check_digits"' in refused.content.decode()
    accepted = analyst.post("/", {**typed, "allow_invalid_check_digits": "on"})
    assert accepted.status_code == 302


def test_the_offer_is_not_shown_before_it_is_needed(analyst: Client) -> None:
    assert "allow_invalid_check_digits" not in page(analyst, "/")
