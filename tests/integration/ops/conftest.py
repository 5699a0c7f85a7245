"""One set of engines for all tests of this folder; tests that kill or restart take their own."""

import os
import signal
import subprocess
import sys

import psutil
import pytest

from ops.engines.embedded import ENGINES, embedded
from ops.engines.files import Record
from ops.stack.config import ROOT

URLS = {engine.url_variable for engine in ENGINES}


def clean_environ(**more):
    """The environment without the URLs that would keep engines from being started."""
    return {name: value for name, value in os.environ.items() if name not in URLS} | more


class Engines:
    """`python -m ops.engines run` on a folder, as a person runs it."""

    def __init__(self, folder, prefix=(), **environ):
        self.folder = folder
        self.process = subprocess.Popen(
            [*prefix, sys.executable, "-m", "ops.engines", "run", "--dir", str(folder)],
            cwd=ROOT,
            env=clean_environ(**environ),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stdout is not None
        self.ready = bool(self.process.stdout.readline())

    def __getitem__(self, name):
        return next(each for each in self.all() if each.name == name)

    def all(self):
        return embedded(self.folder, Record(self.folder), {})

    def servers(self):
        """The three, without what they start for a moment (a backend of PostgreSQL may end as we look)."""
        return psutil.Process(self.process.pid).children()

    def children(self):
        return psutil.Process(self.process.pid).children(recursive=True)

    def stop(self):
        """Exit status and what it said on stderr."""
        self.process.send_signal(signal.SIGTERM)
        _, stderr = self.process.communicate(timeout=30)
        return self.process.returncode, stderr

    def kill(self):
        """The runner and its servers, all at once and without a word."""
        family = [*self.children(), psutil.Process(self.process.pid)]
        for each in family:
            each.kill()
        psutil.wait_procs(family, timeout=10)
        self.process.communicate()


@pytest.fixture(scope="session")
def engines(tmp_path_factory):
    running = Engines(tmp_path_factory.mktemp("engines") / "local")
    assert running.ready, running.stop()
    yield running
    assert running.stop() == (0, "")


@pytest.fixture
def run_engines():
    """Runs engines on a folder; whatever still runs is stopped after the test."""
    started = []

    def run(folder, **environ):
        started.append(Engines(folder, **environ))
        return started[-1]

    yield run
    for each in started:
        if each.process.poll() is None:
            each.stop()
        for pipe in (each.process.stdout, each.process.stderr):
            if pipe is not None:
                pipe.close()
