"""The CPF, Brazil's taxpayer number: 11 digits, of which the last two are check digits.

The rule is the Receita Federal's: each check digit is 11 minus the weighted sum of the digits
before it modulo 11, or 0 where that gives 10 or 11.
"""

import re

from orchestrator.errors import InvalidInput

_DIGITS = re.compile(r"[0-9]{11}")


def normalised(text: str) -> str:
    """The 11 digits of a CPF that may carry `.`, `-` and outer spaces; raises InvalidInput."""
    digits = text.strip().replace(".", "").replace("-", "")
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
    digits = first_nine
    for _ in range(2):
        weights = range(len(digits) + 1, 1, -1)
        total = sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True))
        digits += str(-total % 11 % 10)  # 10 counts as 0
    return digits[9:]
