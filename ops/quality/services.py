"""The services, and which tests belong to which."""

from ops.stack.config import ROOT

SERVICES = ("alpha", "beta", "capa", "portal")
SETTINGS = {name: f"sources.{name}.settings" for name in SERVICES[:3]} | {"portal": "portal.settings"}
# The three sources have folders of their own; every other test runs as the portal.
OWN_TESTS = {name: f"tests/unit/sources/{name}" for name in SERVICES[:3]}


def existing(paths: list[str]) -> list[str]:
    """Those of the paths that are there."""
    return [path for path in paths if (ROOT / path).exists()]
