"""How large the pieces of the code are, and whether each name is one thing's: `python -m ops.quality.shape`.

Prints the figures; fails where a module is too long, a level of the tree too wide, or two public classes
share a name. Tests and migrations are left out.
"""

import ast
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping
from pathlib import Path
from statistics import median, quantiles

from ops.stack.config import ROOT

PACKAGES = ("orchestrator", "portal", "sources", "ops", "fixtures")
LONGEST_MODULE = 300  # lines
WIDEST_LEVEL = 13  # modules

# What is allowed to be otherwise, each with its reason.
WIDE: dict[str, str] = {}
SHARED_NAMES = {
    "Command": "Django finds a command by this name",
    "CustomerSerializer": "the sources are services of their own: none imports another",
    "CustomerViewSet": "likewise",
    "CustomerBatch": "likewise",
    "CustomerCpfs": "likewise",
    "Debt": "the demo data knows nothing of the services that load it",
}


def problems(root: Path) -> Iterator[str]:
    """What is not as it should be below a folder."""
    modules = {path: path.read_text() for path in _modules(root)}
    for path, text in modules.items():
        if (lines := text.count("\n")) > LONGEST_MODULE:
            yield f"{_named(path, root)} has {lines} lines, of {LONGEST_MODULE} at most"
    for level, number in Counter(path.parent for path in modules if path.stem != "__init__").items():
        if number > WIDEST_LEVEL and _named(level, root) not in WIDE:
            yield f"{_named(level, root)} has {number} modules side by side, of {WIDEST_LEVEL} at most"
    for name, paths in _public_classes(modules).items():
        if len(paths) > 1 and name not in SHARED_NAMES:
            yield f"{name} is the name of {len(paths)} classes: {', '.join(_named(p, root) for p in paths)}"


def figures(root: Path) -> str:
    """How long functions and modules are: lines without their docstrings, and all lines."""
    modules = {path: path.read_text() for path in _modules(root) if path.stem != "__init__"}
    functions = [lines for text in modules.values() for lines in _function_lines(text)]
    return (
        f"{len(functions)} functions: a median of {median(functions):.0f} lines, nine in ten up to "
        f"{quantiles(functions, n=10)[-1]:.0f}; {len(modules)} modules: a median of "
        f"{median(text.count(chr(10)) for text in modules.values()):.0f} lines"
    )


def _modules(root: Path) -> Iterator[Path]:
    for package in PACKAGES:
        yield from (path for path in sorted((root / package).rglob("*.py")) if "migrations" not in path.parts)


def _named(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()


def _public_classes(modules: Mapping[Path, str]) -> dict[str, list[Path]]:
    found: dict[str, list[Path]] = defaultdict(list)
    for path, text in modules.items():
        for node in ast.parse(text).body:
            if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
                found[node.name].append(path)
    return found


def _function_lines(text: str) -> Iterator[int]:
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            first = node.body[0]
            is_documented = ast.get_docstring(node, clean=False) is not None
            docstring = (first.end_lineno or 0) - first.lineno + 1 if is_documented else 0
            yield (node.end_lineno or 0) - node.lineno + 1 - docstring


def main() -> int:
    """Says all of it; 1 where something is not as it should be."""
    print(figures(ROOT))
    found = list(problems(ROOT))
    for problem in found:
        print(problem)
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
