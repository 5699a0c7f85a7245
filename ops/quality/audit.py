"""`ops/audit`: is a locked package known to be vulnerable? Asks nobody: it reads a file of advisories, and
says what it could not check.

The file is OSV's export of PyPI, https://osv-vulnerabilities.storage.googleapis.com/PyPI/all.zip, or a folder
of such JSON (https://ossf.github.io/osv-schema/). Where a network may be asked, `pip-audit` in the virtual
environment does the same with what is newest.
"""

import hashlib
import json
import os
import re
import sys
import tomllib
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from packaging.utils import canonicalize_name
from packaging.version import InvalidVersion, Version

from ops.stack.config import ROOT, given

LOCK = ROOT / "requirements.txt"
OLD = timedelta(days=30)
CLEAN, FOUND, UNCHECKED = 0, 1, 2
NONE_GIVEN = (
    "Nothing was checked: no advisories were given. Fetch OSV's export of PyPI where there is a network, and"
    " give it as `ops/audit all.zip` or in ADVISORIES."
)
NEVER_CHECKED = (
    "Not checked: what the wheels bring along that PyPI has no advisory of (PostgreSQL, Valkey, mongod)."
)
_LOCKED = re.compile(r"^([A-Za-z0-9._-]+)==([^\s;\\]+)", re.MULTILINE)
_LONGEST_ADVISORY = 4 << 20

Advisory = Mapping[str, Any]


class NoAdvisories(Exception):
    """The file is none of advisories about PyPI."""


@dataclass(frozen=True, kw_only=True)
class Finding:
    """A locked package that an advisory is about."""

    package: str
    version: str
    id: str
    aliases: tuple[str, ...]
    summary: str
    fixed: tuple[str, ...]

    def __str__(self) -> str:
        known = ", ".join((self.id, *self.aliases))
        mended = f"fixed in {', '.join(self.fixed)}" if self.fixed else "no version is told that mends it"
        return f"{self.package} {self.version}: {known}: {self.summary or 'no summary'} ({mended})"


def locked(text: str) -> dict[str, str]:
    """The packages of a lock and their versions."""
    return {canonicalize_name(name): version for name, version in _LOCKED.findall(text)}


def advisories(place: Path) -> Iterator[Advisory]:
    """Those of an export that stand; raises NoAdvisories for what is none."""
    try:
        for content in _contents(place):
            advisory = json.loads(content)
            if isinstance(advisory, dict) and "affected" in advisory and not advisory.get("withdrawn"):
                yield advisory
    except (OSError, ValueError, zipfile.BadZipFile) as error:
        raise NoAdvisories(f"{place} cannot be read as OSV's JSON: {error}") from error


def _contents(place: Path) -> Iterator[bytes]:
    if place.is_dir():
        yield from (file.read_bytes() for file in sorted(place.rglob("*.json")))
        return
    with zipfile.ZipFile(place) as archive:
        for part in archive.infolist():
            if part.filename.endswith(".json") and part.file_size <= _LONGEST_ADVISORY:
                yield archive.read(part)


def about(packages: Mapping[str, str], advisory: Advisory) -> Iterator[Finding]:
    """What an advisory says of locked packages."""
    for affected in advisory["affected"]:
        package = affected.get("package", {})
        name = canonicalize_name(str(package.get("name", "")))
        if package.get("ecosystem") != "PyPI" or name not in packages:
            continue
        version = packages[name]
        if version in affected.get("versions", ()) or any(
            _is_within(version, each["events"])
            for each in affected.get("ranges", ())
            if each["type"] != "GIT"
        ):
            events = [event for each in affected.get("ranges", ()) for event in each["events"]]
            yield Finding(
                package=name,
                version=version,
                id=str(advisory["id"]),
                aliases=tuple(advisory.get("aliases", ())),
                summary=" ".join(str(advisory.get("summary", "")).split()),
                fixed=tuple(
                    event["fixed"] for event in events if "fixed" in event and _is_version(event["fixed"])
                ),
            )


def _is_within(version: str, events: Iterable[Mapping[str, str]]) -> bool:
    """Whether a version is affected by these events, as OSV evaluates them; what cannot be compared is."""
    try:
        ours, is_affected = Version(version), False
        dated = [
            (Version(value), kind) for event in events for kind, value in event.items() if kind != "limit"
        ]
    except InvalidVersion:
        return True
    for when, kind in sorted(dated):
        if kind == "introduced" and ours >= when:
            is_affected = True
        elif (kind == "fixed" and ours >= when) or (kind == "last_affected" and ours > when):
            is_affected = False
    return is_affected


def _is_version(text: str) -> bool:
    return re.fullmatch(r"[0-9a-f]{40}", text) is None


def accepted() -> dict[str, str]:
    """Advisories that do not concern us, by id, each with the reason: pyproject's [tool.dossier.audit]."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text())
    found: dict[str, str] = settings["tool"].get("dossier", {}).get("audit", {})
    return found


def audit(place: Path, packages: Mapping[str, str], reasons: Mapping[str, str]) -> int:
    """Prints what an export says of the packages, and what it leaves open; gives an exit status."""
    number, newest, findings = 0, "", list[Finding]()
    for advisory in advisories(place):
        number, newest = number + 1, max(newest, str(advisory.get("modified", "")))
        findings += about(packages, advisory)
    if not number:
        raise NoAdvisories(f"{place} holds no advisory.")
    pinned = hashlib.sha256(place.read_bytes()).hexdigest() if place.is_file() else "a folder"
    print(
        f"{len(packages)} locked packages, {number} advisories of {place.name} ({pinned}),"
        f" the newest of {newest}."
    )
    standing = [each for each in findings if not {each.id, *each.aliases} & reasons.keys()]
    for each in findings:
        why = next((reasons[name] for name in (each.id, *each.aliases) if name in reasons), "")
        print(f"  accepted: {each} because {why}" if why else f"  VULNERABLE: {each}")
    print(
        f"Not checked: what became known after {newest}." + (" That is long ago." if _is_old(newest) else "")
    )
    print(NEVER_CHECKED)
    return FOUND if standing else CLEAN


def _is_old(instant: str) -> bool:
    try:
        return datetime.now(UTC) - datetime.fromisoformat(instant) > OLD
    except (ValueError, TypeError):
        return True


def main(arguments: list[str]) -> int:
    """The command: an argument goes before the setting."""
    place = arguments[0] if arguments else given(os.environ).get("ADVISORIES", "")
    if not place:
        print(NONE_GIVEN, NEVER_CHECKED, sep="\n", file=sys.stderr)
        return UNCHECKED
    try:
        return audit(Path(place), locked(LOCK.read_text()), accepted())
    except NoAdvisories as problem:
        print(f"Nothing was checked: {problem}", file=sys.stderr)
        return UNCHECKED


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
