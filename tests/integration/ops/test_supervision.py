"""The real supervisord with small programs in place of the services."""

import json
import os
import subprocess
import sys
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import psutil
import pytest

from ops.engines.errors import StackProblem
from ops.engines.files import make_stack_dir
from ops.engines.processes import mentioning
from ops.stack import config, status, supervision
from ops.stack.config import read_stack
from ops.stack.programs import ENGINES, SERVICES, Program

SLEEPER = [sys.executable, "-c", "import time; time.sleep(600)"]
# Ends at once until the file is there.
WAITS_FOR_FILE = "import os, sys, time; os.path.exists({!r}) or sys.exit(1); time.sleep(600)"

# Writes its name when asked to stop, after a delay.
ORDERED_STOP = """
import signal, sys, time
def stop(*_):
    time.sleep(float(sys.argv[1]))
    with open(sys.argv[2], "a") as order:
        order.write(sys.argv[3] + " ")
    sys.exit()
signal.signal(15, stop)
time.sleep(600)
"""
# Has a child, and says which.
PARENT = """
import subprocess, sys
print(subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE).pid, flush=True)
input()
"""


def until(condition, seconds=15):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@contextmanager
def supervised(stack, *programs):
    """These programs under supervisord, and their pids in stack.json as `ops/up` writes them."""
    make_stack_dir(stack.folder)
    configuration = supervision.write_configuration(stack, list(programs))
    environ = {**stack.environ, "DOSSIER_STACK": str(stack.folder)}
    process = supervision.start(stack, configuration, environ)
    try:
        with supervision.remote(supervision.socket_path(stack)) as remote:
            remote.startProcessGroup(SERVICES, False)
            until(lambda: len(supervision.pids(remote)) == len(programs))
            config.write_state(stack, {"pids": supervision.pids(remote)})
            yield remote
    finally:
        supervision.stop(stack)
        process.wait()


@pytest.fixture
def stack(tmp_path):
    return read_stack({**os.environ, "STACK_DIR": str(tmp_path / "local")})


def recorded(stack, name):
    state = config.read_state(stack)
    assert state is not None
    return state["pids"][name]


def test_a_killed_process_starts_again_and_its_new_pid_is_recorded(stack):
    with supervised(stack, Program(name="sweeper", argv=SLEEPER)) as remote:
        before = recorded(stack, "sweeper")
        psutil.Process(before).kill()
        until(lambda: recorded(stack, "sweeper") != before)
        assert supervision.pids(remote) == {"sweeper": recorded(stack, "sweeper")}


def test_a_process_that_was_away_when_the_pids_were_written_is_added_and_the_keeper_is_not(stack):
    with supervised(
        stack, Program(name="sweeper", argv=SLEEPER), Program(name="beat", argv=SLEEPER)
    ) as remote:
        sweeper = recorded(stack, "sweeper")
        config.write_state(stack, {"pids": {"sweeper": sweeper}})
        until(lambda: config.read_state(stack) == {"pids": supervision.pids(remote)})
        assert supervision.pids(remote).keys() == {"sweeper", "beat"}


def test_a_sweeper_that_is_alive_and_does_not_sweep_is_replaced(stack, monkeypatch):
    monkeypatch.setenv("SWEEPER_SILENT_SECONDS", "1")
    stack = read_stack({**stack.environ, "SWEEPER_SILENT_SECONDS": "1"})
    with supervised(stack, Program(name="sweeper", argv=SLEEPER), Program(name="beat", argv=SLEEPER)):
        before, beat = recorded(stack, "sweeper"), recorded(stack, "beat")
        (stack.folder / "sweeper.alive").touch()  # and never again
        until(lambda: recorded(stack, "sweeper") != before, seconds=20)
        assert recorded(stack, "beat") == beat


def test_a_process_that_was_given_up_is_started_again(stack, tmp_path, monkeypatch):
    monkeypatch.setattr(
        supervision, "PROGRAM", supervision.PROGRAM.replace("startretries=5", "startretries=0")
    )
    database = tmp_path / "database"
    database.touch()
    argv = [sys.executable, "-c", WAITS_FOR_FILE.format(str(database))]
    with supervised(stack, Program(name="sweeper", argv=argv)) as remote:
        database.unlink()
        psutil.Process(recorded(stack, "sweeper")).kill()
        log = stack.logs / "supervisord.log"
        until(lambda: "gave up: sweeper" in log.read_text())
        database.touch()
        until(lambda: remote.getProcessInfo(f"{SERVICES}:sweeper")["statename"] == "RUNNING")


def test_down_leaves_no_process_and_no_state(stack):
    with supervised(stack, Program(name="a", argv=SLEEPER), Program(name="b", argv=SLEEPER, group=ENGINES)):
        supervision.stop(stack)
        assert mentioning(stack.folder) == []
        assert not stack.state_file.exists()


def test_down_finds_what_a_killed_supervisor_left_and_spares_strangers(stack):
    stranger = subprocess.Popen(SLEEPER)
    with supervised(stack, Program(name="a", argv=SLEEPER), Program(name="b", argv=SLEEPER, group=ENGINES)):
        supervisor = supervision.running(stack)
        assert supervisor is not None
        supervisor.kill()
        supervisor.wait(5)
        left = mentioning(stack.folder)
        assert len(left) >= 2
        supervision.stop(stack)
        assert not any(process.is_running() for process in left)
        assert not stack.state_file.exists()
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


def test_services_stop_before_engines(stack, tmp_path):
    script, order = tmp_path / "ordered.py", tmp_path / "order"
    script.write_text(ORDERED_STOP)

    def program(name, delay, group):
        argv = [sys.executable, str(script), str(delay), str(order), name]
        return Program(name=name, argv=argv, group=group)

    with supervised(stack, program("engine", 0, ENGINES), program("slow", 1, SERVICES)):
        time.sleep(0.5)  # both have to have set their handlers
        supervision.stop(stack)
    assert order.read_text() == "slow engine "


def test_a_process_that_ignores_the_signal_is_killed(stack):
    deaf = [sys.executable, "-c", "import signal, time; signal.signal(15, signal.SIG_IGN); time.sleep(600)"]
    with supervised(stack, Program(name="deaf", argv=deaf, stop_seconds=1)):
        time.sleep(0.5)
        began = time.monotonic()
        supervision.stop(stack)
        assert mentioning(stack.folder) == []
        assert time.monotonic() - began < 10


def test_a_socket_path_that_is_too_long_is_moved(tmp_path):
    deep = tmp_path / ("d" * 60) / ("e" * 60)
    stack = read_stack({"STACK_DIR": str(deep)})
    path = supervision.socket_path(stack)
    assert len(str(path)) <= supervision.LONGEST_SOCKET_PATH
    assert path.parent.stat().st_mode & 0o777 == 0o700
    supervision.remove_socket(stack)
    assert not path.parent.exists()


def test_a_supervisor_that_cannot_start_is_one_sentence(stack):
    make_stack_dir(stack.folder)
    configuration = stack.folder / "supervisord.conf"
    configuration.write_text("[supervisord]\nnodaemon=perhaps\n")
    with pytest.raises(StackProblem, match="supervisord did not start"):
        supervision.start(stack, configuration, dict(stack.environ))


def test_memory_of_a_tree_counts_children_but_not_those_counted_apart():
    script = PARENT
    with subprocess.Popen(
        [sys.executable, "-c", script], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        until(lambda: status.tree_memory(child, set()) > 1_000_000)
        whole, alone = status.tree_memory(parent.pid, set()), status.tree_memory(parent.pid, {child})
        assert whole > alone > 1_000_000
        psutil.Process(child).kill()
        parent.kill()


def test_status_of_a_stack_that_is_down_says_so(stack, capsys):
    assert status.status(stack) is False
    assert "not up" in capsys.readouterr().out


@pytest.fixture
def healthy_url():
    """A server that answers 200 to everything."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize(
    ("broker", "complaint"),
    [({}, "the broker does not answer"), ({"broker_url": os.environ["REDIS_URL"]}, "no reply to a ping")],
)
def test_status_asks_where_the_stack_was_started(stack, healthy_url, capsys, broker, complaint):
    moved = read_stack({**stack.environ, "PORTAL_PORT": "1", "FLOWER_PORT": "1"})
    names = ("portal", "flower", "worker-batch")
    with supervised(stack, *(Program(name=name, argv=SLEEPER) for name in names)) as remote:
        state = {
            "urls": dict.fromkeys(("alpha", "portal", "flower"), healthy_url)
            | {"alpha": "http://127.0.0.1:1"},
            "source_clients": {},
            "engines": {"redis_url": "redis://127.0.0.1:1/0", **broker},
            "pids": supervision.pids(remote),
        }
        config.write_state(stack, state)
        until(lambda: set((supervision.states(stack) or {}).values()) == {"RUNNING"})
        capsys.readouterr()
        assert status.status(moved) is False
        lines = {line.split()[0]: line for line in capsys.readouterr().out.splitlines()}
        assert "healthy" in lines["portal"]
        assert "healthy" in lines["flower"]
        assert complaint in lines["worker-batch"]


def test_the_configuration_is_private_and_carries_a_percent_sign_unharmed(stack):
    make_stack_dir(stack.folder)
    program = Program(name="a", argv=["echo", "interactive@%h"], environ={"LOGIN": "u:100%"})
    path = supervision.write_configuration(stack, [program])
    assert path.stat().st_mode & 0o777 == 0o600
    assert "interactive@%%h" in path.read_text()
    assert json.dumps("u:100%%") in path.read_text()
