"""`ops/bench NAME…`: runs benchmarks, one JSON object a line. Without a name it lists them."""

import json
import sys
from collections.abc import Callable, Mapping
from typing import Any

from tests.bench import flood, growth, interactive, latency, pages, plans, poll, refresh, sources

BENCHMARKS: Mapping[str, Callable[[], dict[str, Any]]] = {
    "latency": latency.run,
    "poll": poll.run,
    "sources": sources.run,
    "refresh": refresh.run,
    "growth": growth.run,
    "plans": plans.run,
    "interactive": interactive.run,
    "flood": flood.run,
    "pages": pages.run,
}


def main(names: list[str]) -> int:
    """Runs the named benchmarks; 2 where one is unknown or none is named."""
    unknown = [name for name in names if name not in BENCHMARKS]
    if unknown or not names:
        told = f"Unknown: {', '.join(unknown)}. " if unknown else ""
        print(f"{told}Benchmarks: {', '.join(BENCHMARKS)}.", file=sys.stderr)
        return 2
    for name in names:
        print(json.dumps({"benchmark": name, **BENCHMARKS[name]()}), flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
