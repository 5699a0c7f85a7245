"""What the documents name is there."""

import re

import pytest

from ops.stack.config import ROOT
from portal.access.readers import SCOPES
from portal.access.roles import ROLES

STARTS = ("", "orchestrator/", "orchestrator/batch/", "portal/")
MODULE = re.compile(r"`([a-z_]+(?:/[a-z_]+)+)(?:\.py)?`")


@pytest.mark.parametrize(
    "document",
    [
        "CONTRIBUTING.md",
        "ops/docs/glossary.md",
        "ops/docs/roles.md",
        "ops/decisions/0017-the-tree.md",
    ],
)
def test_every_module_that_a_document_names_is_there(document):
    named = set(MODULE.findall((ROOT / document).read_text()))
    assert named
    missing = {name for name in named if not any(_exists(start + name) for start in STARTS)}
    assert not missing


def _exists(path: str) -> bool:
    return (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


def test_the_walks_never_go_back_to_a_module_they_have_left():
    walks = re.findall(r"^\d\. (.*?)(?=^\d\. |^## )", _section("## Six walks"), flags=re.M | re.S)
    assert len(walks) == 6
    for walk in walks:
        steps = MODULE.findall(walk)
        assert len(steps) == len(set(steps)), walk


def _section(heading: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    return text[text.index(heading) : text.index("## How to")] + "## "


def test_the_table_of_roles_says_what_the_code_says():
    header, _, *rows = _table("## Roles")
    told = {role: {row[1] for row in rows if row[place]} for place, role in enumerate(header[2:], start=2)}
    assert told == {role: {f"`{may}`" for may in allowed} for role, allowed in ROLES.items()}


def test_the_table_of_scopes_says_what_the_code_says():
    _, _, *rows = _table("## Scopes of machine clients")
    given = {scope: set(re.findall(r"`(\w+)`", what)) for scope, what in rows}
    assert given == {f"`{scope}`": {str(may) for may in allowed} for scope, allowed in SCOPES.items()}


def _table(heading):
    """The cells of the first table below a heading of roles.md, row by row."""
    text = (ROOT / "ops/docs/roles.md").read_text()
    section = text[text.index(heading) :].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("|")]
    return [[cell.strip() for cell in line[1:-1].split("|")] for line in lines]
