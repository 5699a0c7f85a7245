"""The XML parts of a zipped document (OPC), as they pass by.

Such a file comes from outside: however much its XML unfolds to, only a little of it is held at a time.
"""

import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from xml.parsers import expat

from orchestrator.lists import kinds

_MOST_UNZIPPED = 128 << 20
_MOST_PARTS = 10_000
MOST_ELEMENTS = 16_000_000  # of a part, starts and ends: 100,000 rows of some 40 cells
_LONG = 100  # characters: longer than a CPF with spaces around, or a name of a column that matters
_LONGEST_TAG = 1 << 20
_DEEPEST, _MOST_NAMES = 32, 2_000  # expat keeps each open tag, and each name that it has met
_MOST_BESIDE = 16 << 20  # bytes of a part that is read for what it says of others
_PIECE = 1 << 13
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)

# What a broken file raises on its way through zipfile, zlib and expat, and from who reads its elements.
_BROKEN = (
    zipfile.BadZipFile,
    zlib.error,
    expat.ExpatError,
    EOFError,
    LookupError,
    ValueError,
    OverflowError,
    OSError,
    RuntimeError,  # an encrypted part
)

# Its name without a namespace; its attributes where it starts, else None; its text where it ends.
Element = tuple[str, dict[str, str] | None, str]


def opened(content: bytes) -> zipfile.ZipFile:
    """The archive, unless what it unfolds to or the mere list of its parts would take much memory."""
    if content.count(b"PK\x01\x02") > _MOST_PARTS:
        raise kinds.refusal("too_large")
    archive = zipfile.ZipFile(BytesIO(content))
    if any(part.compress_type not in _COMPRESSIONS for part in archive.infolist()):
        raise zipfile.BadZipFile("a compression that no workbook has")
    if sum(part.file_size for part in archive.infolist()) > _MOST_UNZIPPED:
        raise kinds.refusal("too_large")
    return archive


@contextmanager
def refusing_broken() -> Iterator[None]:
    """Tells whatever a broken file raises as InvalidInput."""
    try:
        yield
    except _BROKEN:
        raise kinds.refusal("unreadable") from None


def elements(archive: zipfile.ZipFile, path: str) -> Iterator[Element]:
    """The start and the end of each element of a part, in order."""
    found: list[Element] = []
    parser = _parser(found)
    fed = met = 0
    with archive.open(path) as stream:
        while piece := stream.read(_PIECE):
            parser.Parse(piece)
            fed += len(piece)
            if fed - parser.CurrentByteIndex > _LONGEST_TAG:  # expat holds what it cannot tell yet
                raise ValueError("a tag without an end")
            if len(parser.intern) > _MOST_NAMES:
                raise ValueError("names without end")
            met += len(found)
            if met > MOST_ELEMENTS:
                raise kinds.refusal("too_large")
            yield from found
            found.clear()
    parser.Parse(b"", True)
    yield from found


def starts(archive: zipfile.ZipFile, path: str) -> Iterator[tuple[str, dict[str, str]]]:
    """The name and attributes of each element of a small part."""
    if archive.getinfo(path).file_size > _MOST_BESIDE:
        raise kinds.refusal("too_large")
    for name, attributes, _ in elements(archive, path):
        if attributes is not None:
            yield name, attributes


def joined(text: str, more: str) -> str:
    """Both as one; what is long already stays as it is, so that many pieces cost no more than few."""
    return text + more if len(text) < _LONG else text


def _parser(found: list[Element]) -> expat.XMLParserType:
    text, depth = "", 0

    def start(name: str, attributes: dict[str, str]) -> None:
        nonlocal text, depth
        text, depth = "", depth + 1
        if depth > _DEEPEST:
            raise ValueError("elements within elements without end")
        found.append((name.rpartition(":")[2], attributes, ""))

    def end(name: str) -> None:
        nonlocal depth
        depth -= 1
        found.append((name.rpartition(":")[2], None, text))

    def characters(more: str) -> None:
        nonlocal text
        text = joined(text, more)

    def doctype(*_: object) -> None:
        raise ValueError("a DTD, which could define entities that unfold without end")

    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = start, end
    parser.CharacterDataHandler, parser.StartDoctypeDeclHandler = characters, doctype
    return parser
