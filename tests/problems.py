"""Reading an answer that says what went wrong."""

from typing import Any

MEMBERS = {"type", "title", "status", "detail", "code", "errors"}


def fields(answer: Any) -> list[str]:
    """The inputs that a problem (RFC 9457) names, each once, in order; none where it is about no input.

    Fails where the answer is no problem, or lacks the messages by input that stand beside the members.
    """
    problem = answer.json()
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert problem["status"] == answer.status_code
    assert problem["type"].endswith(f"/api/problems/{problem['code']}/")
    named = list(dict.fromkeys(error["field"].split(".")[0] for error in problem["errors"]))
    assert set(problem) - MEMBERS == set(named) - MEMBERS
    return named
