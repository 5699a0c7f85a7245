"""A whole stack whose three sources take a told time to answer, or answer nonsense."""

import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from statistics import median

import requests

from ops.engines.processes import built
from tests.stack import ROOT, Stack, running

SOURCES = ("alpha", "beta", "capa")
DELAY_SECONDS = 0.2


@contextmanager
def stack_with_slow_sources(
    environ: Mapping[str, str] | None = None, *, broken: Collection[str] = ()
) -> Iterator[tuple[Stack, dict[str, str]]]:
    """The stack, and the sources' URLs; the broken ones answer no JSON, and as slowly.

    `BENCH_STACK_DIR` keeps its folder between runs.
    """
    with ExitStack() as cleanup:
        folder = os.environ.get("BENCH_STACK_DIR") or cleanup.enter_context(tempfile.TemporaryDirectory())
        urls = {name: cleanup.enter_context(_source(name, broken=name in broken)) for name in SOURCES}
        environ = dict(environ or {})
        for name, url in urls.items():
            environ[f"SOURCE_{name.upper()}_URL"] = url
            environ[f"SOURCE_{name.upper()}_CLIENT_ID"] = "bench"
            environ[f"SOURCE_{name.upper()}_CLIENT_SECRET"] = "bench"
        yield cleanup.enter_context(running(Path(folder), environ, customers=0)), urls


@contextmanager
def _source(name: str, *, broken: bool) -> Iterator[str]:
    command = [sys.executable, "-m", "tests.fakes.source", "--name", name, "--delay", str(DELAY_SECONDS)]
    command += ["--broken"] if broken else []
    environ = built(os.environ)
    with subprocess.Popen(command, cwd=ROOT, env=environ, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        try:
            yield process.stdout.readline().strip()
        finally:
            process.terminate()


def own_seconds(url: str, cpf: str, calls: int = 20) -> float:
    """The median of a source's own time, called alone."""
    session = requests.Session()
    session.headers["Authorization"] = "Bearer bench"
    seconds = []
    for _ in range(calls):
        began = time.perf_counter()
        session.post(f"{url}/api/customers/batch/", json={"cpfs": [cpf]}, timeout=10).raise_for_status()
        seconds.append(time.perf_counter() - began)
    return median(seconds)
