"""Documents are set by a process of their own, which reads nothing but what it is given, and ends."""

import sys
import threading
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest

from orchestrator.errors import InvalidInput
from portal.exports import typesetting
from portal.exports.typesetting import ManyDocuments, NotSet

Set = Callable[[str], bytes]

AT = datetime(2026, 11, 22, 15, 0, tzinfo=UTC)
HEAD = '#set document(title: "x", date: datetime(year: 2026, month: 1, day: 1))\n'


@pytest.fixture
def setting(monkeypatch: pytest.MonkeyPatch) -> Set:
    """Sets any template, which ours never do."""

    def _set(template: str) -> bytes:
        monkeypatch.setattr(typesetting, "_template", lambda _name: (HEAD + template).encode())
        return typesetting.typeset("any", {}, at=AT)

    return _set


def test_a_template_that_is_fine_is_set(setting: Set) -> None:
    assert setting("Text").startswith(b"%PDF-1.7")


@pytest.mark.parametrize(
    "template",
    [
        '#read("/etc/passwd")',
        '#read("../../../../../../etc/passwd")',
        '#image("/proc/self/environ")',
        '#include "dossier.typ"',
        '#import "@preview/cetz:0.3.0"',
        '#import "@local/x:0.1.0"',
        "#image(bytes(\"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>\")",
    ],
)
def test_not_even_a_template_could_read_a_file_or_fetch_a_package(setting: Set, template: str) -> None:
    with pytest.raises(NotSet):
        setting(template)


def test_a_picture_in_a_drawing_is_not_read(setting: Set, tmp_path: Path) -> None:
    picture = tmp_path / "secret.png"
    picture.write_bytes(b"\x89PNG secret")
    svg = (
        f"<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'>"
        f"<image href='{picture}' width='9' height='9'/></svg>"
    )
    try:
        made = setting(f'#image(bytes("{svg}"), format: "svg", alt: "x")')
    except NotSet:
        return
    assert b"secret" not in made


def test_what_takes_too_long_or_too_much_is_refused_by_the_format_s_name(
    setting: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(typesetting, "_SECONDS", 1)
    with pytest.raises(InvalidInput) as refused:
        setting("#for _ in range(1000) { let _ = range(1000000).map(it => it * it).sum() }")
    assert (refused.value.field, refused.value.code) == ("format", "too_large")


@pytest.mark.parametrize("program", ["import no_such_wheel", "raise SystemExit(1)"])
def test_a_typesetter_that_breaks_is_not_told_as_a_document_too_large(
    setting: Set, monkeypatch: pytest.MonkeyPatch, program: str
) -> None:
    monkeypatch.setattr(typesetting, "_TYPESETTER", (sys.executable, "-I", "-c", program))
    with pytest.raises(NotSet):
        setting("Text")


def test_whoever_fails_leaves_the_place_to_others(setting: Set, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(typesetting, "_PATIENCE", 0.01)
    with monkeypatch.context() as slow:
        slow.setattr(typesetting, "_SECONDS", 0.1)
        slow.setattr(typesetting, "_TYPESETTER", (sys.executable, "-c", "import time; time.sleep(60)"))
        for _ in range(3):
            with pytest.raises(InvalidInput):
                setting("Text")
    assert setting("Text").startswith(b"%PDF-1.7")


def test_who_comes_while_others_have_theirs_set_is_asked_to_come_again(
    setting: Set, monkeypatch: pytest.MonkeyPatch
) -> None:
    taken = threading.BoundedSemaphore(1)
    taken.acquire()
    monkeypatch.setattr(typesetting, "_AT_ONCE", taken)
    monkeypatch.setattr(typesetting, "_PATIENCE", 0.01)
    with pytest.raises(ManyDocuments) as busy:
        setting("Text")
    assert busy.value.code == "documents"


def test_a_document_leaves_nothing_on_the_disk(
    setting: Set, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    setting("Text")
    assert list(tmp_path.iterdir()) == []
