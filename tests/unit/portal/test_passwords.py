"""Which passwords are refused because they are in a list, or made of what is."""

import pytest
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError

from portal.signing.passwords import BreachedPasswordValidator


@pytest.mark.parametrize(
    "password",
    ["x9" * 100, "password1234", "qwertyuiop", "liverpool2024", "iloveyou123", "P@ssw0rd123", "abcdefghijkl"],
)
def test_what_is_in_a_list_is_refused(password: str) -> None:
    with pytest.raises(ValidationError) as refused:
        BreachedPasswordValidator().validate(password)
    assert refused.value.code == "password_breached"


@pytest.mark.parametrize("password", ["quinze-corujas-lentas", "a-long-demo-word", "Vq7!trombone#lua"])
def test_others_are_not(password: str) -> None:
    BreachedPasswordValidator().validate(password)


def test_one_s_own_name_is_in_the_list_too() -> None:
    with pytest.raises(ValidationError):
        BreachedPasswordValidator().validate("zpqkvmwxygth1", User(username="zpqkvmwxygth"))
    BreachedPasswordValidator().validate("zpqkvmwxygth1", User(username="ana"))


def test_a_very_long_one_is_judged_soon() -> None:
    BreachedPasswordValidator().validate("quinze corujas lentas " * 5000)
