"""What is read from an uploaded list of CPFs, in whatever shape a spreadsheet left it."""

import csv
import io
import tracemalloc
import zipfile
from collections import Counter
from collections.abc import Callable

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.errors import InvalidInput
from orchestrator.lists.reading import Listed, Rejected, content, read
from orchestrator.sealing.cpf import check_digits
from tests.fakes.people import ANA, JOAO, MARIA
from tests.fakes.uploads import (
    GOOD_WORKBOOK,
    HEADER,
    SHEET,
    brief,
    changed,
    inline,
    read_or_refused,
    refusal,
    rows_of,
    with_sheet,
    workbook,
)

CARLA = "06134332976"  # a spreadsheet makes 6134332976 of it
DAVI = "00334332915"
WRONG = "06934332991"


@pytest.mark.parametrize(
    ("text", "encoding"),
    [
        (f"nome;cpf\nJoão;{JOAO}\n", "utf-8"),
        (f"nome;cpf\nJoão;{JOAO}\n", "utf-8-sig"),
        (f"nome;cpf\nJoão;{JOAO}\n", "latin-1"),
        (f"nome;cpf\nJoão “o bom”;{JOAO}\n", "cp1252"),
        (f"nome\tcpf\nJoão\t{JOAO}\n", "utf-16"),
        (f"nome\tcpf\nJoão\t{JOAO}\n", "utf-8"),
        (f"nome|cpf\nJoão|{JOAO}\n", "utf-8"),
        (f"nome,cpf\nJoão,{JOAO}\n", "utf-8"),
        (f'"nome, sobrenome";cpf\n"João, o bom";{JOAO}\n', "utf-8"),
        (f"cpf;CPF do cônjuge\n{JOAO};{MARIA}\n", "utf-8"),
        (f"cpf\n{JOAO}\n", "utf-8"),
        (f'"cpf"\n{JOAO}', "utf-8-sig"),
        (f"nome; Cpf \n;{JOAO}\n", "utf-8"),
        (f"cpf\r\n{JOAO}\r\n", "utf-8"),
        (f"cpf\r{JOAO}\r", "utf-8"),
    ],
)
def test_text_of_any_usual_kind_is_read(text: str, encoding: str) -> None:
    assert brief(text.encode(encoding)) == [(2, JOAO)]


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("529.982.247-25", MARIA),
        (" \u00a052998224725\u00a0 ", MARIA),
        ("'52998224725", MARIA),
        ("52998224725.0", MARIA),  # pandas
        ("529 982 247 25", MARIA),
        ("529.982.247–25", MARIA),
        ("\ufeff529.982.247-25\u200b", MARIA),
    ],
)
def test_what_spreadsheets_and_people_write_around_a_cpf_is_taken_off(cell: str, digits: str) -> None:
    assert rows_of(f"cpf\n{cell}\n".encode()) == [Listed(line=2, cpf=digits, restored=False)]


@pytest.mark.parametrize(
    ("cell", "digits"),
    [
        ("6134332976", CARLA),
        ("334332915", DAVI),
        ("61.343.329-76", CARLA),
        ("6.134.332.976", CARLA),
        ("6134332976.0", CARLA),  # not 61343329760
        ("6134332976,00", CARLA),
    ],
)
def test_lost_leading_zeros_are_restored_and_marked(cell: str, digits: str) -> None:
    assert rows_of(f"cpf\n{cell}\n".encode()) == [Listed(line=2, cpf=digits, restored=True)]


def test_zeros_are_restored_only_where_the_check_digits_match_then_whatever_is_allowed() -> None:
    assert brief(b"cpf\n6934332991\n", allow_invalid_check_digits=True) == [(2, "length")]


BAD_CELLS = [
    ("", "empty"),
    ("'", "empty"),
    ("1234567", "length"),
    ("529982247255", "length"),
    ("5299822472x", "characters"),
    ("52998\x0022472", "characters"),
    ("-52998224725", "minus"),
    ("12.345.678/0001-95", "cnpj"),
    ("٥٢٩٩٨٢٢٤٧٢٥", "characters"),
    ("6,13E+09", "scientific"),
    ("6.13e9", "scientific"),
    ("11111111111", "repeated"),
    ("00000000", "repeated"),
    (WRONG, "check_digits"),
    ("#N/D", "not_text"),
    ("#VALOR!", "not_text"),
    ('"52998224725"0', "quotes"),
]


@pytest.mark.parametrize(("cell", "code"), BAD_CELLS)
def test_a_bad_row_is_told_with_its_line_and_reason_and_spoils_no_other(cell: str, code: str) -> None:
    content = f"cpf;nome\n{MARIA};Maria\n{cell};x\n{JOAO};João\n".encode()
    assert brief(content) == [(2, MARIA), (3, code), (4, JOAO)]


def test_a_reason_never_repeats_what_the_row_holds() -> None:
    held = ["1234567", "529982247255", "5299822472x", "7,89E+09", "11111111111", WRONG, "6934332991"]
    held += [JOAO, JOAO]
    rows = rows_of("".join(f"{cell};x\n" for cell in ["cpf", *held]).encode())
    reasons = [row.message for row in rows if isinstance(row, Rejected)]
    assert len(reasons) == len(held) - 1
    assert not [cell for cell in held if cell in " ".join(reasons)]


def test_more_than_three_zeros_are_not_restored() -> None:
    seven = "12345" + check_digits("000012345")
    assert brief(f"cpf\n{seven}\n".encode()) == [(2, "length")]


def test_a_comma_in_a_list_of_one_column_sets_nothing_apart() -> None:
    assert brief(b"cpf\n6,13E+09\n") == [(2, "scientific")]


def test_a_row_shorter_than_its_header_has_no_cpf() -> None:
    assert brief(f"nome;cpf\nMaria\nJoão;{JOAO}\n".encode()) == [(2, "empty"), (3, JOAO)]


def test_wrong_check_digits_can_be_allowed() -> None:
    assert brief(f"cpf\n{WRONG}\n".encode(), allow_invalid_check_digits=True) == [(2, WRONG)]


def test_a_cpf_is_listed_once_and_its_repetitions_name_the_first_line() -> None:
    rows = rows_of(f"cpf\n{MARIA}\n{CARLA}\n529.982.247-25\n{CARLA.lstrip('0')}\n".encode())
    assert [row.line for row in rows if isinstance(row, Listed)] == [2, 3]
    assert rows[2:] == [
        Rejected(line=4, code="duplicate", message="The same CPF as in line 2.", repeats=2),
        Rejected(line=5, code="duplicate", message="The same CPF as in line 3.", repeats=3),
    ]


def test_lines_are_counted_as_an_editor_does() -> None:
    text = f'\n;;\ncpf;nome\n\n{MARIA};"Maria\nda\r\nSilva"\n ;  \n{JOAO};João\n'
    assert brief(text.encode()) == [(5, MARIA), (9, JOAO)]


def test_an_open_quote_spoils_its_own_line_and_no_other() -> None:
    text = f'cpf;nome\n{MARIA};"Maria\n{JOAO};João\n{CARLA};"Carla"\n{ANA};Ana\n'
    assert brief(text.encode()) == [(2, "quotes"), (3, JOAO), (4, CARLA), (5, ANA)]


def test_a_quote_open_to_the_end_spoils_its_own_line_too() -> None:
    text = f'cpf;nome\n{MARIA};Maria\n{JOAO};"João\n{ANA};Ana\n'
    assert brief(text.encode()) == [(2, MARIA), (3, "quotes"), (4, ANA)]


def test_a_quote_that_another_one_closes_by_chance_swallows_no_row() -> None:
    text = f'cpf;nome\n{MARIA};"Maria\n{JOAO};João\n{ANA};Ana"\n'
    assert brief(text.encode()) == [(2, "quotes"), (3, JOAO), (4, ANA)]


def test_a_cell_over_several_lines_is_one_where_it_holds_cpfs_too() -> None:
    text = f'nome;obs;cpf\nMaria;"sócios:\n{JOAO}\n{ANA}";{MARIA}\n'
    assert brief(text.encode()) == [(2, MARIA)]


def test_an_open_quote_above_thousands_of_lines_spoils_its_own() -> None:
    cpfs = [numbered(number) for number in range(20_000)]
    rows = brief("\n".join(["cpf;nome", f'{MARIA};"x', *(f"{each};x" for each in cpfs)]).encode())
    assert rows == [(2, "quotes"), *enumerate(cpfs, start=3)]


@pytest.mark.parametrize(
    "header",
    [
        "CPF",
        "C.P.F.",
        "cpf\u00a0",
        "_x000D_cpf",
        "cpf_x000D_",
        "Nº CPF",
        "CPF/CNPJ",
        " CPF do cliente ",
        "nr_cpf",
        "Número do C.P.F.",
        '"cpf"',
    ],
)
def test_the_usual_names_of_the_column_are_known(header: str) -> None:
    assert brief(f"nome;{header};fone\nMaria;{MARIA};1\n".encode()) == [(2, MARIA)]


def test_the_plain_name_goes_before_one_with_other_words() -> None:
    assert brief(f"CPF do cônjuge;cpf\n{JOAO};{MARIA}\n".encode()) == [(2, MARIA)]


@pytest.mark.parametrize("title", ["Clientes", "Relação de CPF;;", "Lista CPF, de 05/10/2026;"])
def test_a_title_above_the_header_is_no_header(title: str) -> None:
    assert brief(f"{title}\n\nnome;Nº CPF\nMaria;{MARIA}\n".encode()) == [(4, MARIA)]


def test_what_stands_below_the_header_is_never_taken_for_it() -> None:
    assert brief(f"CPF do cliente;nome\n{MARIA};Maria\n{JOAO};cpf\n".encode()) == [(2, MARIA), (3, JOAO)]


def test_a_cpf_above_the_header_is_not_lost_in_silence() -> None:
    assert refusal(f"{MARIA}\ncpf\n{JOAO}\n".encode()) == "no_header"


@pytest.mark.parametrize("separator", list(";,|\t"))
def test_excel_s_own_first_line_names_the_separator(separator: str) -> None:
    text = f"sep={separator}\r\nnome{separator}cpf\r\nMaria{separator}{MARIA}\r\n"
    assert brief(text.encode()) == [(3, MARIA)]


@pytest.mark.parametrize("noise", ["\x00", "\x0b", "\x1a", "\x7f"])
def test_a_control_character_in_another_column_refuses_nothing(noise: str) -> None:
    assert brief(f"cpf;nome\n{MARIA};Ma{noise}ria\n".encode()) == [(2, MARIA)]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_bytes_of_no_character_spoil_their_own_row(encoding: str) -> None:
    broken = b"\xff" if encoding == "utf-8-sig" else b"\x00\xd8"
    content = f"cpf\n{MARIA}\n5299".encode(encoding) + broken + "\n".encode(encoding)[-2:]
    assert brief(content)[:2] == [(2, MARIA), (3, "characters")]


@pytest.mark.parametrize(
    ("file", "code"),
    [
        (b"", "empty"),
        (b"\xef\xbb\xbf\r\n  \n", "empty"),
        (workbook(a=[], b=[]), "empty"),
        (b"nome;documento\nMaria;52998224725\n", "no_column"),
        (b"52998224725\n11144477735\n", "no_header"),
        (b"sep=;\n;;\n", "empty"),
        (workbook(a=[["nome"], ["Maria"]]), "no_column"),
        (b"cpf;nome; CPF\n52998224725;x;y\n", "two_columns"),
        (b"CPF titular;CPF/CNPJ\n52998224725;x\n", "two_columns"),
        (b"cpf\n\n", "no_rows"),
        (workbook(a=[["cpf"]]), "no_rows"),
        (b"\x89PNG\r\n\x1a\n\x00\x00cpf", "unreadable"),
        (b"cpf" + b";ab" * 100_000, "long_row"),
        (b"cpf\n" + b"\n" * (2 << 20), "too_many_rows"),
        (bytes(range(256)) * 9, "unreadable"),
        (b"\xff\xfe" + bytes(range(256)) * 9, "unreadable"),
        ("cpf\n52998224725\n".encode("utf-16-le"), "unreadable"),  # without a BOM
        (b"\xd0\xcf\x11\xe0" + "EncryptedPackage\0".encode("utf-16-le"), "password"),
        (b"\xd0\xcf\x11\xe0" + "Workbook\0".encode("utf-16-le"), "old_workbook"),
        (b"\xd0\xcf\x11\xe0" + "WordDocument\0".encode("utf-16-le"), "unreadable"),
        (b"\xef\xbb\xbf\r\n<!DOCTYPE html><table><tr><td>cpf", "html"),
        (b'<?xml version="1.0"?><Workbook/>', "html"),
        (b"%PDF-1.7\ncpf\n52998224725\n", "pdf"),
        (changed(GOOD_WORKBOOK, {}, compression=zipfile.ZIP_LZMA), "unreadable"),
        (GOOD_WORKBOOK[:-100], "unreadable"),
        (changed(GOOD_WORKBOOK, {"xl/workbook.xml": None}), "unreadable"),  # another zipped kind
        (changed(GOOD_WORKBOOK, {SHEET: None}), "unreadable"),
        (changed(GOOD_WORKBOOK, {SHEET: "<worksheet><row>"}), "unreadable"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_list_that_cannot_be_read_is_refused_as_a_whole(file: bytes, code: str) -> None:
    assert refusal(file) == code


def test_a_file_that_is_too_large_is_not_even_read() -> None:
    with pytest.raises(InvalidInput) as refused:
        content(io.BytesIO(b" " * ((20 << 20) + 1)))
    assert refused.value.code == "too_large"


def test_a_refusal_names_what_was_found_and_no_person() -> None:
    with pytest.raises(InvalidInput) as headers:
        rows_of(f"nome;documento;529982247259\n{MARIA};x;y\n".encode())
    assert headers.value.values == {"names": "“nome”, “documento”, “••••••••••••”"}
    with pytest.raises(InvalidInput) as data:
        rows_of(f"Maria da Silva;{MARIA}\nJoão;{JOAO}\n".encode())
    assert "cpf" in data.value.message
    assert MARIA not in data.value.message
    assert "Silva" not in data.value.message


def peak_memory(act: Callable[[], object]) -> int:
    tracemalloc.start()
    try:
        act()
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()


@pytest.mark.parametrize(
    "content",
    [
        with_sheet(HEADER + "<row/>" * 100_000 + f"<row>{inline(MARIA)}</row>"),
        with_sheet(HEADER + "<row><c><f>A9</f></c></row>" * 20_000),
        b"cpf;nome\n" + b"52998224725;Maria da Silva e Silva, da Rua das Flores\n" * 40_000,
    ],
    ids=["xlsx", "one refusal for many rows", "csv"],
)
def test_memory_does_not_grow_with_the_rows(content: bytes) -> None:
    assert peak_memory(lambda: sum(1 for _ in read(content).rows)) < len(content) + (3 << 20)


def numbered(number: int) -> str:
    """A CPF with matching check digits that starts with no zero."""
    base = f"{100_000_000 + number}"
    return base + check_digits(base)


def test_a_hundred_thousand_rows_with_every_kind_of_bad_one() -> None:
    bad = [cell for cell, _ in BAD_CELLS] + [numbered(0)]
    cells = [numbered(number) for number in range(100_000 - len(bad))] + bad
    rows = rows_of("".join(f"{cell};x\n" for cell in ["cpf", *cells]).encode())
    ours = Counter([code for _, code in BAD_CELLS] + ["duplicate"])
    codes = Counter("" if isinstance(row, Listed) else row.code for row in rows)
    assert codes == ours + Counter({"": 100_000 - len(bad)})
    assert [row.line for row in rows] == list(range(2, 100_002))


def test_one_row_more_is_too_many() -> None:
    assert refusal(b"cpf\n" + b"x\n" * 100_001) == "too_many_rows"


@settings(deadline=None)  # a busy machine is no defect
@given(
    start=st.sampled_from(
        [b"", b"cpf\n", b"cpf;a\n", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbfcpf\n", b"PK\x03\x04"]
    ),
    rest=st.binary(max_size=200)
    | st.text(alphabet="0123456789.-;\",\n\r'E+ é", max_size=200).map(str.encode),
)
def test_whatever_bytes_come_in_are_read_or_refused(start: bytes, rest: bytes) -> None:
    read_or_refused(start + rest)


@settings(deadline=None)  # a busy machine is no defect
@given(
    numbers=st.lists(st.integers(0, 899_999_999), min_size=1, max_size=30, unique=True),
    name=st.text(alphabet="João “;,|\t\n\"'", max_size=9),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "cp1252", "utf-16"]),
    separator=st.sampled_from(";,|\t"),
    line_end=st.sampled_from(["\n", "\r\n", "\r"]),
)
def test_whatever_cpfs_are_written_as_csv_are_read_back(
    numbers: list[int], name: str, encoding: str, separator: str, line_end: str
) -> None:
    cpfs = [numbered(number) for number in numbers]
    text = io.StringIO(newline="")
    writer = csv.writer(text, delimiter=separator, lineterminator=line_end)
    writer.writerows([["nome", "cpf"], *([name, digits] for digits in cpfs)])
    rows = rows_of(text.getvalue().encode(encoding))
    assert [row.cpf for row in rows if isinstance(row, Listed)] == [
        digits for digits in cpfs if len(set(digits)) > 1
    ]
