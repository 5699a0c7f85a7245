"""What comes with an upload, on the page and over the API."""

from typing import Any

from django.utils.datastructures import MultiValueDict

from orchestrator.errors import InvalidInput


def require_one(files: MultiValueDict[str, Any]) -> None:
    """Raises InvalidInput, field `file`, where more than one file is sent: only one would be read."""
    if sum(len(of_a_name) for _, of_a_name in files.lists()) > 1:
        raise InvalidInput("file", "two_files", "Only one file may be sent at a time.")
