"""Both languages are whole: whatever the code says to people is in the catalogue of the other language."""

import ast
import gettext
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest
from django.template import Template
from django.template.base import Node
from django.templatetags.i18n import BlockTranslateNode, TranslateNode

from ops.stack.config import ROOT

CALLS = {"_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy"}
PORTAL = ROOT / "portal/locale/en/LC_MESSAGES/django.mo"
SERVICE = ROOT / "ops/service/locale/pt_BR/LC_MESSAGES/django.mo"
FRAMEWORKS = {"Not found."}  # what they translate themselves
IN_A_TAG = re.compile(r"""[ =|:]_\(["']([^"']+)["']\)""")


def in_python(file: Path) -> Iterator[str]:
    """What a module says, by the calls that translate it; of a plural its singular."""
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in CALLS:
            [said, *_] = node.args
            if isinstance(said, ast.Constant):
                yield str(said.value)


def in_template(file: Path) -> Iterator[str]:
    """What a template says: by its tags, and by `_("…")` within others."""
    text = file.read_text()
    yield from IN_A_TAG.findall(text)
    nodes = Template(text).nodelist
    for node in _nodes(nodes):
        if isinstance(node, TranslateNode):
            yield str(node.filter_expression.var.literal)
        elif isinstance(node, BlockTranslateNode):
            yield node.render_token_list(node.singular)[0]


def _nodes(among: list[Node]) -> Iterator[Node]:
    for node in among:
        yield from node.get_nodes_by_type(Node)


@cache
def catalogue(file: Path) -> dict[str, str]:
    """What is translated: by a message, or by a plural's singular."""
    with file.open("rb") as compiled:
        told = gettext.GNUTranslations(compiled)._catalog  # type: ignore[attr-defined]
    return {key[0] if isinstance(key, tuple) else key: text for key, text in told.items()}


def missing(files: Iterator[Path], translated: Path) -> list[str]:
    """What these files say that is not in a catalogue."""
    known = catalogue(translated)
    said = ((file, each) for file in files for each in _said(file))
    return [
        f"{file.relative_to(ROOT)}: {each}"
        for file, each in said
        if not known.get(each) and each not in FRAMEWORKS
    ]


def _said(file: Path) -> Iterator[str]:
    return in_python(file) if file.suffix == ".py" else in_template(file)


@pytest.mark.parametrize("ending", ["py", "html"])
def test_all_that_the_portal_says_is_said_in_english_too(ending: str) -> None:
    files = [*(ROOT / "portal").rglob(f"*.{ending}"), *(ROOT / "orchestrator").rglob(f"*.{ending}")]
    assert len(files) > 30
    assert missing(iter(files), PORTAL) == []


@pytest.mark.parametrize("ending", ["py", "html"])
def test_all_that_every_service_says_is_said_in_portuguese_too(ending: str) -> None:
    assert missing((ROOT / "ops/service").rglob(f"*.{ending}"), SERVICE) == []


def test_a_sentence_without_its_other_language_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tests.unit.portal.test_translations.ROOT", tmp_path)
    (code := tmp_path / "code.py").write_text('_("Nunca dito" " antes.")')
    (page := tmp_path / "page.html").write_text(
        '{% load i18n %}{% if x %}{% translate "Nem isto" %}{% endif %}{% firstof x _("Nem aquilo") %}'
        "{% blocktranslate with n=1 %}Nem {{ n }}{% endblocktranslate %}"
    )
    assert missing(iter([code, page]), PORTAL) == [
        "code.py: Nunca dito antes.",
        "page.html: Nem aquilo",
        "page.html: Nem isto",
        "page.html: Nem %(n)s",
    ]
