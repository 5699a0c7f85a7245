"""`ops/up`: from installed packages to a running system."""

import fcntl
import os
import signal
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from types import FrameType
from typing import Any

from ops.engines import embedded, ports
from ops.engines.base import Engine
from ops.engines.errors import StackProblem
from ops.engines.files import Record, make_stack_dir
from ops.engines.keys import generated_keys
from ops.engines.processes import built
from ops.service import env
from ops.stack import config, programs, setup, supervision
from ops.stack.config import Stack
from ops.stack.progress import say, step
from ops.stack.status import unhealthy

DEFAULT_CUSTOMERS = 200
LONGEST_START_SECONDS = 180


def up(stack: Stack, customers: int | None, *, detach: bool) -> None:
    """Starts everything, says where it is, and stays until Ctrl-C unless detached."""
    make_stack_dir(stack.folder)
    began = time.monotonic()
    with _alone(stack):
        if supervision.running(stack) and stack.state_file.exists():
            raise StackProblem("The stack is already up: `ops/status` shows it, `ops/down` stops it.")
        supervision.sweep_up(stack)
        _interrupt_on_signals()
        try:
            _start(stack, customers)
            print(config.summary(stack), flush=True)
            say(f"Ready after {time.monotonic() - began:.1f} s.")
            if not detach:
                _stay(stack)
        except KeyboardInterrupt:
            _stop(stack)
        except BaseException:
            _stop(stack)
            raise


@contextmanager
def _alone(stack: Stack) -> Iterator[None]:
    with (stack.folder / "lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            raise StackProblem(f"Another ops/up is at work in {stack.folder}.") from error
        yield


def _interrupt_on_signals() -> None:
    def interrupt(number: int, frame: FrameType | None) -> None:
        raise KeyboardInterrupt

    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, interrupt)


def _start(stack: Stack, customers: int | None) -> None:
    record = Record(stack.folder)
    engines = embedded.embedded(stack.folder, record, stack.environ)
    _require_ports(stack, engines)
    for engine in engines:
        engine.prepare()
    preparation = _preparation(stack, record, engines, customers)
    settings = _settings(stack, record, engines)
    _start_supervisor(stack, record, engines)
    with supervision.remote(supervision.socket_path(stack)) as supervisor:
        if preparation.is_done():  # then the services may load while the engines still start
            _start_services(stack, supervisor, settings | preparation.source_credentials())
        with step("Starting the engines"):
            for engine in engines:
                engine.wait_ready()
                engine.bootstrap()
        if not preparation.is_done():
            preparation.run()
            _start_services(stack, supervisor, settings | preparation.source_credentials())
        with step("Starting the services"):
            _wait_healthy(stack, settings.get("BROKER_URL") or settings["REDIS_URL"])
        state = setup.state(stack, preparation, settings, supervision.pids(supervisor))
    config.write_state(stack, state)


def _start_services(stack: Stack, supervisor: Any, settings: Mapping[str, str]) -> None:
    config.write_environment(stack, settings)
    supervisor.startProcessGroup(programs.SERVICES, False)


def _require_ports(stack: Stack, engines: list[Engine]) -> None:
    for engine in engines:
        engine.require_port()
    for name in (*stack.services, "flower"):
        ports.require_free(stack.ports[name], f"{name.upper()}_PORT", name.capitalize())


def _start_supervisor(stack: Stack, record: Record, engines: list[Engine]) -> None:
    login = ":".join(setup.flower_login(record))
    processes = programs.engine_programs(engines) + programs.service_programs(stack, login)
    configuration = supervision.write_configuration(stack, processes)
    # Not with stack.environ: what `.env` holds stays in files, which services read by themselves.
    supervision.start(stack, configuration, _marked(stack, os.environ))


def _marked(stack: Stack, environ: Mapping[str, str]) -> dict[str, str]:
    """An environment with the settings of another, which tells a process what stack it belongs to."""
    mark = {"STACK_DIR": str(stack.folder), "DOSSIER_STACK": str(stack.folder), "PYTHONUNBUFFERED": "1"}
    return built(os.environ, **env.settings_of(environ) | mark)


def _settings(stack: Stack, record: Record, engines: list[Engine]) -> dict[str, str]:
    """What stack.env tells, but for the sources' credentials."""
    urls = embedded.urls(engines, stack.environ, owner=False)
    return urls | stack.overrides | _keys(stack, record)


def _keys(stack: Stack, record: Record) -> dict[str, str]:
    generated = generated_keys(record)
    return {name: stack.environ.get(name) or value for name, value in generated.items()}


def _preparation(stack: Stack, record: Record, engines: list[Engine], customers: int | None) -> setup.Setup:
    number = customers if customers is not None else int(record.get("customers") or DEFAULT_CUSTOMERS)
    record.keep("customers", number)
    owner = embedded.urls(engines, stack.environ, owner=True) | _keys(stack, record)
    if given := stack.environ.get("OWNER_DATABASE_URL"):
        owner["DATABASE_URL"] = given
    return setup.Setup(stack, record, _marked(stack, stack.environ) | owner, number)


def _wait_healthy(stack: Stack, broker_url: str) -> None:
    began, waiting_for = time.monotonic(), ""
    while wrong := unhealthy(stack.local_urls, broker_url, supervision.states(stack) or {}):
        seconds = time.monotonic() - began
        if seconds > LONGEST_START_SECONDS:
            named = "; ".join(f"{name}: {what}" for name, what in wrong.items())
            raise StackProblem(f"Not ready after {LONGEST_START_SECONDS} s ({named}): see {stack.logs}.")
        if (names := ", ".join(sorted(wrong))) != waiting_for:
            waiting_for = names
            say(f"  {seconds:4.1f} s: waiting for {names}")
        time.sleep(0.2)


def _stay(stack: Stack) -> None:
    say("Ctrl-C stops it.")
    while supervision.running(stack):
        time.sleep(1)
    if stack.state_file.exists():  # `ops/down` from another terminal removes it
        raise StackProblem(f"supervisord is gone: see {stack.logs}/supervisord.log.")


def _stop(stack: Stack) -> None:
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    say("Stopping …")
    supervision.stop(stack)
