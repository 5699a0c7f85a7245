"""Lists as other programs and people leave them (`tests/cases/`), and what is right of each.

Every number in them is made up.
"""

from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parents[1] / "cases"


@dataclass(frozen=True, kw_only=True)
class Built:
    """How many rows are built, how many of those had zeros put back, by line those that repeat another, and
    by line why others are bad."""

    accepted: int
    restored: int = 0
    repeats: dict[int, int] = field(default_factory=dict)
    bad: dict[int, str] = field(default_factory=dict)
    sheet: str = ""


@dataclass(frozen=True, kw_only=True)
class Refused:
    """Why the file as a whole is not taken, and what of the file the sentence names."""

    code: str
    names: tuple[str, ...] = ()
    bad: dict[int, str] = field(default_factory=dict)


CASES: dict[str, Built | Refused] = {
    "01_utf16.csv": Built(accepted=2),
    "02_one_column.csv": Built(accepted=3),
    "02_quoted.csv": Built(accepted=3),
    "02_no_header.csv": Refused(code="no_header", names=("cpf", "•••.•••.•••-••")),
    **{f"03_header{number}.csv": Built(accepted=1) for number in range(1, 8)},
    "04_numbers.xlsx": Built(accepted=6, restored=1, sheet="Plan1"),
    "05_science.csv": Refused(code="no_good_row", bad=dict.fromkeys((2, 3, 4), "scientific")),
    "06_formulas.xlsx": Built(accepted=1, bad=dict.fromkeys((2, 3), "no_result"), sheet="Plan1"),
    "07_last_row.xlsx": Built(accepted=2, sheet="Plan1"),
    "08_protected.xlsx": Refused(code="password"),
    "08_html.xls": Refused(code="html"),
    "09_hidden.xlsx": Built(accepted=2, sheet="Clientes"),
    "09_title.xlsx": Built(accepted=1, bad={5: "length"}, sheet="Plan1"),
    "09_two_sheets.xlsx": Refused(code="two_sheets", names=("Plan1", "Plan2")),
    "10_open_quote.csv": Built(accepted=2, repeats=dict.fromkeys(range(5, 64), 4), bad={3: "quotes"}),
    "11_mac.csv": Built(accepted=2),
    "11_nul.csv": Built(accepted=2),
    "11_last_byte.csv": Built(accepted=1),
    "12_duplicates.csv": Built(
        accepted=2, repeats={3: 2, 4: 2, 6: 5}, bad=dict.fromkeys((7, 8), "characters")
    ),
    "12_lines.csv": Built(accepted=2, bad={7: "repeated"}),
}
