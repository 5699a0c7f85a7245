"""The lock against advisories, offline: what is found, what is accepted, and what was not checked."""

import json
import subprocess
import zipfile
from pathlib import Path
from typing import Any

import pytest

from ops.quality import audit
from ops.stack.config import ROOT

PACKAGES = {"django": "5.2.19", "django-csp": "4.0", "redis": "6.4.0"}


def advisory(name: str = "Django", **more: Any) -> dict[str, Any]:
    """One about a package, affected from 5.0 until 5.2.20."""
    package = {"ecosystem": "PyPI", "name": name}
    events = [{"introduced": "5.0"}, {"fixed": "5.2.20"}]
    return {
        "id": "PYSEC-2026-1",
        "aliases": ["CVE-2026-1"],
        "summary": "It leaks.",
        "modified": "2026-11-20T00:00:00Z",
        "affected": [{"package": package, "ranges": [{"type": "ECOSYSTEM", "events": events}]}],
    } | more


def affected(*events: dict[str, str], kind: str = "ECOSYSTEM", versions: tuple[str, ...] = ()) -> list[Any]:
    """Of Django, by these events and versions."""
    package = {"ecosystem": "PyPI", "name": "django"}
    return [{"package": package, "ranges": [{"type": kind, "events": [*events]}], "versions": [*versions]}]


def written(folder: Path, *advisories: dict[str, Any], zipped: bool = True) -> Path:
    """An export that holds these."""
    if not zipped:
        for number, each in enumerate(advisories):
            (folder / f"{number}.json").write_text(json.dumps(each))
        return folder
    place = folder / "all.zip"
    with zipfile.ZipFile(place, "w") as archive:
        for number, each in enumerate(advisories):
            archive.writestr(f"{number}.json", json.dumps(each))
    return place


@pytest.mark.parametrize("zipped", [True, False])
def test_a_package_that_an_advisory_is_about_is_told_with_what_mends_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], zipped: bool
) -> None:
    place = written(tmp_path, advisory(), advisory(name="Flask"), zipped=zipped)
    assert audit.audit(place, PACKAGES, {}) == audit.FOUND
    told = capsys.readouterr().out
    assert "VULNERABLE: django 5.2.19: PYSEC-2026-1, CVE-2026-1: It leaks. (fixed in 5.2.20)" in told
    assert "flask" not in told.lower()
    assert "Not checked: what became known after 2026-11-20T00:00:00Z." in told
    assert "PostgreSQL" in told


@pytest.mark.parametrize(
    ("found", "events"),
    [
        (True, affected({"introduced": "0"})),
        (True, affected({"introduced": "0"}, {"last_affected": "5.2.19"})),
        (False, affected({"introduced": "0"}, {"last_affected": "5.2.18"})),
        (False, affected({"introduced": "0"}, {"fixed": "5.2.19"})),
        (False, affected({"introduced": "6.0"})),
        (True, affected({"introduced": "5.2.2"}, {"fixed": "5.2.100"})),  # numbers, not texts
        (True, affected({"introduced": "0"}, {"fixed": "4.0"}, {"introduced": "5.2"}, {"fixed": "6.0"})),
        (False, affected({"introduced": "0"}, {"fixed": "4.0"}, {"introduced": "5.3"}, {"fixed": "6.0"})),
        (True, affected({"introduced": "a commit"})),
        (False, affected({"introduced": "0"}, kind="GIT")),
        (True, affected({"introduced": "0"}, kind="GIT", versions=("5.2.19",))),
        (False, affected({"introduced": "6"}, versions=("5.2.18",))),
    ],
)
def test_a_version_is_affected_as_osv_says(found: bool, events: list[Any]) -> None:
    assert bool(list(audit.about(PACKAGES, advisory(affected=events)))) is found


def test_another_ecosystem_s_package_of_the_same_name_is_none_of_ours() -> None:
    package = {"ecosystem": "npm", "name": "redis"}
    ranges = [{"type": "SEMVER", "events": [{"introduced": "0"}]}]
    assert not list(audit.about(PACKAGES, advisory(affected=[{"package": package, "ranges": ranges}])))


def test_what_was_withdrawn_does_not_count(tmp_path: Path) -> None:
    place = written(tmp_path, advisory(withdrawn="2026-11-21T00:00:00Z"), advisory(name="flask"))
    assert audit.audit(place, PACKAGES, {}) == audit.CLEAN


def test_what_is_accepted_is_told_with_its_reason(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    reasons = {"CVE-2026-1": "we have no such form"}
    assert audit.audit(written(tmp_path, advisory()), PACKAGES, reasons) == audit.CLEAN
    assert "because we have no such form" in capsys.readouterr().out


@pytest.mark.parametrize("content", [b"", b"PK\x03\x04nonsense", b"{}"])
def test_a_file_that_is_no_export_checks_nothing_and_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes
) -> None:
    (place := tmp_path / "all.zip").write_bytes(content)
    assert audit.main([str(place)]) == audit.UNCHECKED
    assert audit.main([str(tmp_path / "nowhere")]) == audit.UNCHECKED
    assert audit.main([str(written(tmp_path))]) == audit.UNCHECKED
    assert "Nothing was checked" in capsys.readouterr().err


def test_the_command_reads_the_lock_of_the_repository(tmp_path: Path) -> None:
    here = audit.locked((ROOT / "requirements.txt").read_text())
    assert len(here) > 100
    assert here["django"].startswith("5.2.")
    place = written(tmp_path, advisory(affected=affected({"introduced": "0"})))
    ended = subprocess.run(["ops/audit", str(place)], cwd=ROOT, capture_output=True, text=True, check=False)
    assert ended.returncode == audit.FOUND, ended.stderr
    assert f"VULNERABLE: django {here['django']}: PYSEC-2026-1" in ended.stdout
    without = subprocess.run(["ops/audit"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert without.returncode == audit.UNCHECKED
    assert "Nothing was checked: no advisories were given." in without.stderr
