"""The stack's two public files, both private to their owner: stack.json and stack.env."""

import json
from collections.abc import Mapping
from typing import Any

from ops.engines.files import write_private
from ops.stack.config import Stack


def write_environment(stack: Stack, settings: Mapping[str, str]) -> None:
    """stack.env: what manage.py and the supervised processes read."""
    write_private(stack.folder / "stack.env", "".join(f"{key}={value}\n" for key, value in settings.items()))


def write_state(stack: Stack, state: Mapping[str, Any]) -> None:
    """stack.json: what people, tests and scripts read while the stack is up."""
    write_private(stack.state_file, json.dumps(state, indent=1))


def read_state(stack: Stack) -> dict[str, Any] | None:
    """stack.json, or None while the stack is down."""
    try:
        state: dict[str, Any] = json.loads(stack.state_file.read_text())
    except FileNotFoundError:
        return None
    return state


def summary(stack: Stack) -> str:
    """Where everything is, and how to log in."""
    state = read_state(stack) or {}
    urls = state["urls"]
    lines = [f"{name:8} {urls[name]}" for name in urls]
    lines.append("")
    lines.append(f"Portal login   {state['portal_user']} / {state['portal_password']}")
    lines.append(f"Flower login   {state['flower_user']} / {state['flower_password']}")
    lines.append(f"API clients    {stack.state_file}")
    return "\n".join(lines)
