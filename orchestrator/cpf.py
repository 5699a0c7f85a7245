"""The CPF, Brazil's taxpayer number: 11 digits, of which the last two are check digits.

The rule is the Receita Federal's: each check digit is 11 minus the weighted sum of the digits
before it modulo 11, or 0 where that gives 10 or 11.
"""

import re
from operator import mul

from orchestrator.errors import InvalidInput

_DIGITS = re.compile(r"[0-9]{11}")


def stripped(text: str) -> str:
    """The text without what a CPF may carry: `.`, `-` and outer spaces, non-breaking ones too."""
    return text.strip().replace(".", "").replace("-", "")


def normalised(text: str) -> str:
    """The 11 digits of a CPF that may carry `.`, `-` and outer spaces; raises InvalidInput."""
    digits = stripped(text)
    if not _DIGITS.fullmatch(digits):
        raise InvalidInput("cpf", "length", "A CPF has exactly 11 digits, such as 529.982.247-25.")
    return digits


def checked(text: str, *, allow_invalid_check_digits: bool) -> str:
    """The 11 digits of a CPF that could have been issued; raises InvalidInput."""
    digits = normalised(text)
    if len(set(digits)) == 1:
        raise InvalidInput("cpf", "repeated", "A CPF is never one digit repeated.")
    if not allow_invalid_check_digits and digits[9:] != check_digits(digits[:9]):
        raise InvalidInput(
            "cpf",
            "check_digits",
            "The check digits do not match: a digit may be mistyped. It can be asked for all the same"
            " with allow_invalid_check_digits.",
        )
    return digits


def check_digits(first_nine: str) -> str:
    """The two check digits that belong to the first nine."""
    digits = [int(digit) for digit in first_nine]
    for heaviest in (10, 11):
        total = sum(map(mul, digits, range(heaviest, 1, -1)))
        digits.append(-total % 11 % 10)  # 10 counts as 0
    return f"{digits[9]}{digits[10]}"
