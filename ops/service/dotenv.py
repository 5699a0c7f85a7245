"""Files of settings: lines of KEY=value, quoted or not. An empty value is the same as no line."""

import re
from collections.abc import Mapping, MutableMapping
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
_LINE = re.compile(r"""(?:export )?(\w+)=(["']?)(.*)\2""")
_NAME = re.compile(r"^(?:# )?([A-Z]\w*)=", re.MULTILINE)
_SOURCE = re.compile("ALPHA|BETA|CAPA")


def env_file(environ: Mapping[str, str]) -> Path:
    """The installation's file: `.env` beside manage.py, unless ENV_FILE names another."""
    return Path(environ.get("ENV_FILE") or ROOT / ".env")


def read(path: Path) -> dict[str, str]:
    """The values of a file that are not empty; none where there is no file."""
    lines = path.read_text().splitlines() if path.exists() else []
    found = (_LINE.fullmatch(line.strip()) for line in lines)
    return {line[1]: line[3] for line in found if line and line[3]}


def fill(environ: MutableMapping[str, str], path: Path) -> None:
    """Adds a file's values to an environment; what is already given there, and not empty, stays."""
    environ.update({name: value for name, value in read(path).items() if not environ.get(name)})


def settings_of(environ: Mapping[str, str]) -> dict[str, str]:
    """What an environment gives of our settings: those that `.env.example` names, for whichever source."""
    return {name: value for name, value in environ.items() if value and _settings().fullmatch(name)}


@cache
def _settings() -> re.Pattern[str]:
    names = ["ENV_FILE", *_NAME.findall((ROOT / ".env.example").read_text())]
    return re.compile("|".join(_SOURCE.sub("[A-Z0-9]+", name) for name in names))
