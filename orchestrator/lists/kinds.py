"""What kind of file somebody uploads, told by its content: its name may say anything."""

import re
from enum import Enum

from orchestrator.errors import InvalidInput

_OLE = b"\xd0\xcf\x11\xe0"  # the container of old Office files, and of an XLSX with a password
# Names of streams in it: [MS-OFFCRYPTO] 2.3.4.4, [MS-XLS] 2.1.2.
_PASSWORD = "EncryptedPackage\0".encode("utf-16-le")
_OLD_WORKBOOK = ("Workbook\0".encode("utf-16-le"), "Book\0".encode("utf-16-le"))
_MARKUP = re.compile(rb"(\xef\xbb\xbf)?\s*<[!?a-z]", re.IGNORECASE)
_BLANK = re.compile(rb"(\xef\xbb\xbf|\xff\xfe|\xfe\xff)?[\s\x00\x1a]*")

_REFUSALS = {
    "empty": "The file is empty.",
    "html": "This is a web page (HTML or XML), whatever its name says: open it in a spreadsheet and save it"
    " as .xlsx or CSV.",
    "pdf": "This is a PDF, in which nothing is told apart as a cell: send the spreadsheet that it was made"
    " of.",
    "password": "The workbook has a password: save it as .xlsx without one, or as CSV.",  # nosec B105  # a text
    "old_workbook": "This is a workbook of the old kind (.xls): save it as .xlsx or CSV.",
    "unreadable": "The file is neither text (CSV) nor an XLSX workbook, or it is damaged.",
    "too_large": "The file is too large, or becomes so when it is unzipped: keep only the cpf column, or"
    " divide the list.",
    "too_many_rows": "The list has more than 100,000 rows: divide it into more than one file.",
    "too_complex": "To read the file takes more time or memory than a list may: keep only the cpf column, or"
    " save it as CSV.",
}


class FileKind(Enum):
    """The two kinds that are read."""

    TEXT = "text"
    WORKBOOK = "workbook"


def kind(content: bytes) -> FileKind:
    """Which of both a file is. Raises InvalidInput, field `file`, for one that is known to be another:
    `empty`, `html`, `pdf`, `password`, `old_workbook`, `unreadable`.
    """
    if content.startswith(b"PK\x03\x04"):
        return FileKind.WORKBOOK
    if content.startswith(_OLE):
        if _PASSWORD in content:
            raise refusal("password")
        raise refusal("old_workbook" if any(name in content for name in _OLD_WORKBOOK) else "unreadable")
    if b"%PDF-" in content[:1024]:
        raise refusal("pdf")
    if _MARKUP.match(content):
        raise refusal("html")
    if _BLANK.fullmatch(content):
        raise refusal("empty")
    return FileKind.TEXT


def refusal(code: str) -> InvalidInput:
    """That a file is not read, for one of the reasons that need nothing said besides."""
    return InvalidInput("file", code, _REFUSALS[code])
