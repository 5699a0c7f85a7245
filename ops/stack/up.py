"""`ops/up`: from installed packages to a running system."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from ops.engines import embedded, ports
from ops.engines.base import Engine
from ops.engines.errors import StackProblem
from ops.engines.files import Record, make_stack_dir, write_private
from ops.engines.keys import generated_keys
from ops.engines.processes import built
from ops.service import env
from ops.stack import config, programs, setup, supervision
from ops.stack.config import Stack
from ops.stack.progress import say, step
from ops.stack.status import unhealthy

DEFAULT_CUSTOMERS = 200
LONGEST_START_SECONDS = 180
STOPPING = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def up(stack: Stack, customers: int | None, *, detach: bool) -> None:
    """Starts everything, says where it is, and stays until Ctrl-C unless detached."""
    make_stack_dir(stack.folder)
    began = time.monotonic()
    with _alone(stack):
        if supervision.running(stack) and stack.state_file.exists():
            raise StackProblem("The stack is already up: `ops/status` shows it, `ops/down` stops it.")
        supervision.sweep_up(stack)
        for number in STOPPING:
            signal.signal(number, signal.default_int_handler)  # raises KeyboardInterrupt
        try:
            state = _start(stack, customers)
            print(_summary(stack, state), flush=True)
            say(f"Ready after {time.monotonic() - began:.1f} s.")
            if detach:
                return
            say("Ctrl-C stops it.")
            while supervision.running(stack):
                time.sleep(1)
            if stack.state_file.exists():  # `ops/down` from another terminal removes it
                raise StackProblem(f"supervisord is gone: see {stack.logs}/supervisord.log.")
        except BaseException as error:
            for number in STOPPING:
                signal.signal(number, signal.SIG_IGN)
            say("Stopping …")
            supervision.stop(stack)
            if not isinstance(error, KeyboardInterrupt):
                raise


@contextmanager
def _alone(stack: Stack) -> Iterator[None]:
    with (stack.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StackProblem(f"Another ops/up is at work in {stack.folder}.") from error
        yield


def _start(stack: Stack, customers: int | None) -> dict[str, Any]:
    """Starts it, and gives what stack.json then says."""
    record = Record(stack.folder)
    engines = embedded.embedded(stack.folder, record, stack.environ)
    for engine in engines:
        engine.require_port()
    for name in (*stack.services, "flower"):
        ports.require_free(stack.ports[name], f"{name.upper()}_PORT", name.capitalize())
    for engine in engines:
        engine.prepare()
    preparation = _preparation(stack, record, engines, customers)
    told = settings(stack, record, engines)
    _start_supervisor(stack, record, engines)
    with supervision.remote(supervision.socket_path(stack)) as supervisor:
        is_ready = preparation.is_done() and not preparation.has_erasures()
        if is_ready:  # then the services may load while the engines still start
            _start_services(stack, supervisor, told | preparation.source_credentials())
        with step("Starting the engines"):
            for engine in engines:
                engine.wait_ready()
                engine.bootstrap()
        if not is_ready:
            if not preparation.is_done():
                preparation.run()
            preparation.replay_erasures()
            _start_services(stack, supervisor, told | preparation.source_credentials())
        with step("Starting the services"):
            _wait_healthy(stack, told.get("BROKER_URL") or told["REDIS_URL"])
        state = setup.state(stack, preparation, told, supervision.pids(supervisor))
    config.write_state(stack, state)
    return state


def _preparation(stack: Stack, record: Record, engines: list[Engine], customers: int | None) -> setup.Setup:
    number = customers if customers is not None else int(record.get("customers") or DEFAULT_CUSTOMERS)
    record.keep("customers", number)
    told = settings(stack, record, engines, owner=True)
    if given := stack.environ.get("OWNER_DATABASE_URL"):
        told["DATABASE_URL"] = given
    return setup.Setup(stack, record, environment(stack, stack.environ) | told, number)


def settings(stack: Stack, record: Record, engines: list[Engine], *, owner: bool = False) -> dict[str, str]:
    """What stack.env tells, but for the sources' credentials: where the stores are, the embedded PostgreSQL
    as the role that runs (or the one that owns), and the keys."""
    keys = {
        name: stack.environ.get(name) or value
        for name, value in generated_keys(record).items()
        if f"{name}_FILE" not in stack.environ  # where nothing is empty
    }
    return embedded.urls(engines, stack.environ, owner=owner) | stack.overrides | keys


def environment(stack: Stack, environ: Mapping[str, str]) -> dict[str, str]:
    """What a process of the stack is given: this machine's environment, the settings of `environ`, and the
    mark of the stack that it belongs to."""
    mark = {"STACK_DIR": str(stack.folder), "DOSSIER_STACK": str(stack.folder), "PYTHONUNBUFFERED": "1"}
    return built(os.environ, **env.settings_of(environ) | mark)


def _start_supervisor(stack: Stack, record: Record, engines: list[Engine]) -> None:
    login = ":".join(setup.flower_login(record))
    processes = programs.engine_programs(engines) + programs.service_programs(stack, login)
    configuration = supervision.write_configuration(stack, processes)
    # Not with stack.environ: what `.env` holds stays in files, which services read by themselves.
    supervision.start(stack, configuration, environment(stack, os.environ))


def _start_services(stack: Stack, supervisor: Any, told: Mapping[str, str]) -> None:
    """Writes stack.env, which they and manage.py read, and has them started."""
    write_private(stack.folder / "stack.env", "".join(f"{name}={value}\n" for name, value in told.items()))
    supervisor.startProcessGroup(programs.SERVICES, False)


def _wait_healthy(stack: Stack, broker_url: str) -> None:
    urls = {name: stack.urls[name] for name in (*stack.services, "flower")}
    began, waiting_for = time.monotonic(), ""
    while wrong := unhealthy(urls, broker_url, supervision.states(stack) or {}):
        seconds = time.monotonic() - began
        if seconds > LONGEST_START_SECONDS:
            named = "; ".join(f"{name}: {what}" for name, what in wrong.items())
            raise StackProblem(f"Not ready after {LONGEST_START_SECONDS} s ({named}): see {stack.logs}.")
        if (names := ", ".join(sorted(wrong))) != waiting_for:
            waiting_for = names
            say(f"  {seconds:4.1f} s: waiting for {names}")
        time.sleep(0.2)


def _summary(stack: Stack, state: Mapping[str, Any]) -> str:
    """Where everything is, and how to log in."""
    lines = [f"{name:8} {url}" for name, url in state["urls"].items()]
    lines += [
        "",
        "Portal logins",
        *(f"  {kind:18}{told['username']} / {told['password']}" for kind, told in state["accounts"].items()),
        f"Flower login   {state['flower_user']} / {state['flower_password']}",
        f"API clients    {stack.state_file}",
    ]
    return "\n".join(lines)
