"""Texts that a font can show: what it lacks, and what nobody would see, is written as `‹U+202E›`, and
counted. Nothing is lost by it: a PDF has the text as it came in its attachment.
"""

import re
from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Any
from unicodedata import category, normalize

# What the fonts have for certain (a test sets all of it): Latin, the dashes, quotes and marks of our texts.
_SURE = re.compile("[ -~\u00a0-\u00ac\u00ae-\u017f\u2013\u2014\u2018-\u201e\u2022\u2026\u2039\u203a\u2212]")
# Control and format characters, those without a meaning, separators of lines; then what shows as nothing.
_UNSEEN = frozenset(("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"))
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)


@dataclass(kw_only=True)
class Legible:
    """Makes texts legible; `lacking` are characters that the fonts have not, `strict` takes only those that
    they have for certain. `replaced` counts."""

    lacking: Collection[str] = ()
    strict: bool = False
    replaced: int = field(default=0, init=False)

    def told(self, given: Any) -> Any:
        """JSON with all its texts made legible; those are composed (NFC) first."""
        if isinstance(given, str):
            return self.text(given)
        if isinstance(given, dict):
            return {key: self.told(each) for key, each in given.items()}
        return [self.told(each) for each in given] if isinstance(given, list | tuple) else given

    def text(self, given: str, *, keeping: str = "") -> str:
        """One text; `keeping` are characters that mean something to who reads it, such as line ends."""
        if given.isascii() and given.isprintable():
            return given
        return "".join(
            char if char in keeping or self._is_shown(char) else self._named(char)
            for char in normalize("NFC", given)
        )

    def _is_shown(self, char: str) -> bool:
        if is_sure(char):
            return True
        return not (self.strict or is_unseen(char) or char in self.lacking)

    def _named(self, char: str) -> str:
        self.replaced += 1
        return f"‹U+{ord(char):04X}›"


def is_sure(char: str) -> bool:
    """Whether the fonts have it, without asking them."""
    return _SURE.match(char) is not None


def is_unseen(char: str) -> bool:
    """Whether a reader would see nothing of it, or be misled, as by what turns the direction of a text."""
    return category(char) in _UNSEEN or _BLANK.match(char) is not None


def unsure(texts: str) -> frozenset[str]:
    """The characters of which only the fonts can say whether they have them."""
    composed = set(normalize("NFC", texts)) if not texts.isascii() else set()
    return frozenset(char for char in composed if not is_sure(char) and not is_unseen(char))
