"""A source under drill, and what its broken answers should look like."""

import json
from dataclasses import dataclass
from math import inf, nan
from typing import Any

from tests.unit.sources.api import Api

BATCH, CPFS, TOKEN = "/api/customers/batch/", "/api/customers/cpfs/", "/api/oauth/token/"
BREAKS = (
    "wrong_shape",
    "missing_key",
    "nan",
    "infinity",
    "not_money",
    "duplicate",
    "other_cpf",
    "deep",
)
FAULTS = (
    *BREAKS,
    *("errors", "hang", "limited", "unauthorized", "redirect", "cut"),
    *("trickle", "too_large", "not_json", "truncated"),
)
VALUES = {"nan": nan, "infinity": inf, "not_money": "abc"}


class Clock:
    """Time that passes only when somebody waits."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        """The instant."""
        return self.now

    def sleep(self, seconds: float, /) -> None:
        """Lets time pass."""
        self.now += seconds


@dataclass(frozen=True, kw_only=True)
class Drilled:
    """A source that may be told to misbehave."""

    api: Api
    clock: Clock

    def switch(self, fault: str, **more: Any) -> Any:
        """`POST /drill/`."""
        return self.api.post("/drill/", {"fault": fault, **more})

    def batch(self, *cpfs: str) -> Any:
        """The batch's answer as it comes."""
        return self.api.post(BATCH, {"cpfs": cpfs})

    def token(self, **form: str) -> Any:
        """The answer of the token endpoint."""
        form = {"grant_type": "client_credentials", **self.api.credentials, **form}
        return self.api.http.post(TOKEN, form)


def same(raw: bytes, expected: Any) -> bool:
    """Whether an answer is this JSON, in which NaN is like itself."""
    return json.dumps(json.loads(raw)) == json.dumps(expected)


def broken_batch(fault: str, item: dict[str, Any], section: str) -> Any:
    """What a batch with this one item should become."""
    if fault in VALUES:
        first, *others = item[section] or [{}]
        return [{**item, section: [{**first, "value": VALUES[fault]}, *others]}]
    return {
        "wrong_shape": {"results": [item]},
        "missing_key": [{key: value for key, value in item.items() if key != section}],
        "duplicate": [item, item],
        "other_cpf": [{**item, "cpf": "00000000000"}],
        "deep": [{**item, "drill": nested(60)}],
    }[fault]


def nested(depth: int) -> list[Any]:
    """Lists in lists, so many of them around an empty one."""
    return [nested(depth - 1)] if depth else []
