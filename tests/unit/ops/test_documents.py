"""What the documents name is there."""

import re

import pytest

from ops.stack.config import ROOT

STARTS = ("", "orchestrator/", "orchestrator/batch/", "portal/")
MODULE = re.compile(r"`([a-z_]+(?:/[a-z_]+)+)(?:\.py)?`")


@pytest.mark.parametrize(
    "document", ["CONTRIBUTING.md", "ops/docs/glossary.md", "ops/decisions/0017-the-tree.md"]
)
def test_every_module_that_a_document_names_is_there(document):
    named = set(MODULE.findall((ROOT / document).read_text()))
    assert named
    missing = {name for name in named if not any(_exists(start + name) for start in STARTS)}
    assert not missing


def _exists(path: str) -> bool:
    return (ROOT / path).exists() or (ROOT / f"{path}.py").exists()


def test_the_three_walks_never_go_back_to_a_module_they_have_left():
    walks = re.findall(r"^\d\. (.*?)(?=^\d\. |^## )", _section("## Three walks"), flags=re.M | re.S)
    assert len(walks) == 3
    for walk in walks:
        steps = MODULE.findall(walk)
        assert len(steps) == len(set(steps)), walk


def _section(heading: str) -> str:
    text = (ROOT / "CONTRIBUTING.md").read_text()
    return text[text.index(heading) : text.index("## How to")] + "## "
