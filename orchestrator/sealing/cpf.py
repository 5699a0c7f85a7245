"""The CPF, Brazil's taxpayer number: 11 digits, of which the last two are check digits.

The rule is the Receita Federal's: each check digit is 11 minus the weighted sum of the digits
before it modulo 11, or 0 where that gives 10 or 11. What people and programs write around the
digits is taken off here, for pages, API, commands and lists alike.
"""

import re
import unicodedata
from functools import lru_cache
from operator import mul

from orchestrator.errors import InvalidInput

_DIGITS = re.compile(r"[0-9]{11}")
_DECIMALS = re.compile(r"([0-9]{8,14})[.,]0{1,2}")  # no CPF is written so, but a number is
_SCIENTIFIC = re.compile(r"[0-9]+([.,][0-9]+)?E\+?[0-9]+", re.IGNORECASE)
_MINUS = "\N{MINUS SIGN}"
# A company's number: with letters since July 2026 (Instrução Normativa RFB 2.229/2024), the last two digits.
_CNPJ = re.compile(r"[0-9A-Z]{8}(/?)[0-9A-Z]{4}[0-9]{2}", re.IGNORECASE)

_REFUSALS = {
    "empty": "The CPF is missing.",
    "length": "A CPF has exactly 11 digits, such as 529.982.247-25.",
    "characters": "A CPF has only digits, points and a dash; this has other characters.",
    "scientific": "A spreadsheet rounded this number (such as 6,13E+10) and lost digits: format the column"
    " as text and paste the CPFs again.",
    "cnpj": "This is a CNPJ, a company's number; a CPF has 11 digits.",
    "minus": "There is a minus before the digits: this is a number, not a CPF.",
    "not_text": "This is a formula's error, a date or another value, not a CPF.",
    "repeated": "A CPF is never one digit repeated.",
    "check_digits": "The check digits do not match: a digit may be mistyped."
    " If the CPF is right as it is, it can be asked for all the same (allow_invalid_check_digits).",
}


def refusal(code: str) -> InvalidInput:
    """That a text is no CPF, for one of the reasons that have a code; it never holds the text."""
    return InvalidInput("cpf", code, _REFUSALS[code])


def digits(text: str) -> str:
    """The digits that a text means, without what a CPF may carry: points, any dash, spaces of any width,
    zero-width characters, a spreadsheet's apostrophe in front and `.0` behind.

    Raises InvalidInput where it holds more than ASCII digits, or none: `empty`, `minus`, `cnpj`,
    `scientific`, `not_text`, `characters`.
    """
    if text.isascii() and text.isdigit() and len(text) == 11:
        return text
    bare = "".join(sign for sign in text if not _is_unseen(sign)).removeprefix("'")
    if number := _DECIMALS.fullmatch(bare):
        bare = number[1]
    found = "".join(sign for sign in bare if not _is_punctuation(sign))
    if not (found.isascii() and found.isdigit()):
        raise refusal(_other(bare, found))
    if bare[0] not in f".{found[0]}":
        raise refusal("minus")
    if len(found) == 14:
        raise refusal("cnpj")
    return found


def normalised(text: str) -> str:
    """The 11 digits of a CPF as people paste it; raises InvalidInput as `digits`, and `length`."""
    found = digits(text)
    if not _DIGITS.fullmatch(found):
        raise refusal("length")
    return found


def checked(text: str, *, allow_invalid_check_digits: bool) -> str:
    """The 11 digits of a CPF that could have been issued; raises InvalidInput as `normalised`, and
    `repeated` or `check_digits`."""
    found = normalised(text)
    if len(set(found)) == 1:
        raise refusal("repeated")
    if not allow_invalid_check_digits and found[9:] != check_digits(found[:9]):
        raise refusal("check_digits")
    return found


def is_whole(text: str) -> bool:
    """Whether a text is a CPF and nothing else, its check digits right."""
    try:
        checked(text, allow_invalid_check_digits=False)
    except InvalidInput:
        return False
    return True


def check_digits(first_nine: str) -> str:
    """The two check digits that belong to the first nine."""
    found = [int(digit) for digit in first_nine]
    for heaviest in (10, 11):
        total = sum(map(mul, found, range(heaviest, 1, -1)))
        found.append(-total % 11 % 10)  # 10 counts as 0
    return f"{found[9]}{found[10]}"


@lru_cache(maxsize=4096)
def _is_unseen(sign: str) -> bool:
    """Whether it is blank or has no width: the byte order mark, for one."""
    return sign.isspace() or unicodedata.category(sign) == "Cf"


@lru_cache(maxsize=4096)
def _is_punctuation(sign: str) -> bool:
    return sign in (".", _MINUS) or unicodedata.category(sign) == "Pd"


def _other(bare: str, found: str) -> str:
    """What a text is that has more than digits in it, or none; `found` has no points and dashes."""
    if not bare:
        return "empty"
    if bare.startswith("#"):
        return "not_text"
    if _SCIENTIFIC.fullmatch(bare):
        return "scientific"
    # A word of fourteen letters and digits is one only with its slash, or the right check digits.
    written = _CNPJ.fullmatch(found)
    if written and (written[1] or found[12:] == _cnpj_check_digits(found[:12].upper())):
        return "cnpj"
    return "characters"


def _cnpj_check_digits(first_twelve: str) -> str:
    """As the Receita Federal counts: a character's value is its ASCII code less 48, its weight 2 to 9."""
    values = [ord(sign) - 48 for sign in first_twelve]
    for _ in range(2):
        total = sum(value * (2 + place % 8) for place, value in enumerate(reversed(values)))
        values.append(-total % 11 % 10)
    return f"{values[12]}{values[13]}"
