"""A program of its own: sets a document by Typst. From its standard input one line of JSON tells the order,
and the PDF goes to its standard output.

It imports nothing of ours, and what it sets comes in as data. Nothing can be read by it: its root is an
empty folder, and there are no packages. Typst keeps what it has set in memory for as long as its process
lives (200 MiB more with each long document), so that a process sets one document and ends.
"""

import json
import resource
import sys
from typing import TYPE_CHECKING, Any

import typst

if TYPE_CHECKING:
    from typst import PDFStandard

STANDARDS: "list[PDFStandard]" = ["a-3a", "ua-1"]
NOWHERE = "/nonexistent/packages"


def main() -> int:
    """Ends with 0 and the PDF; with 3 and Typst's complaint, which may quote the text, where it refuses."""
    order = json.loads(sys.stdin.buffer.read())
    resource.setrlimit(resource.RLIMIT_CPU, (order["seconds"], order["seconds"]))
    resource.setrlimit(resource.RLIMIT_AS, (order["memory"], order["memory"]))
    resource.setrlimit(resource.RLIMIT_NOFILE, (3, 3))  # no file is opened, and no connection
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        answer = pdf(order)
    except typst.TypstError as error:
        sys.stdout.buffer.write(error.diagnostic.encode())
        return 3
    sys.stdout.buffer.write(answer)
    return 0


def pdf(order: dict[str, Any]) -> bytes:
    """The document: `template` is Typst's markup, `inputs` are texts that it reads, `at` is its clock in
    seconds since 1970, and `root` an empty folder. The same order gives the same bytes."""
    compiler = typst.Compiler(
        input=order["template"].encode(),
        root=order["root"],
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
        ignore_system_fonts=True,
        package_path=NOWHERE,
        package_cache_path=NOWHERE,
    )
    made = compiler.compile(
        format="pdf", sys_inputs=order["inputs"], pdf_standards=STANDARDS, timestamp=order["at"]
    )
    if not isinstance(made, bytes):
        raise TypeError("Typst gave no PDF.")
    return made


if __name__ == "__main__":
    sys.exit(main())
