"""A source is where the settings say, and that is nowhere on a machine's own surroundings: its client is led
neither there nor to another host."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.core.exceptions import ImproperlyConfigured

from orchestrator import cache, conf
from orchestrator.clients import alpha, registry
from orchestrator.clients.http import HttpClient
from orchestrator.errors import BadAnswer, Unreachable
from tests.fakes.people import MARIA
from tests.fakes.source import FakeSource, Handler, self_signed, serving
from tests.stack import ROOT

REFUSED = {
    "http://169.254.169.254": "link-local",
    "http://169.254.0.1:8001/": "link-local",
    "https://[fe80::1]": "link-local",
    "http://[fe80::1%25lo]:8001": "link-local",
    "http://[::ffff:169.254.169.254]": "link-local",
    "http://[64:ff9b::a9fe:a9fe]": "link-local",
    "http://[2002:a9fe:a9fe::1]": "link-local",
    "http://0.0.0.0:8001": "unspecified",
    "http://[::]:8001": "unspecified",
    "http://224.0.0.1": "multicast",
    "file:///etc/passwd": "http:// or https://",
    "FILE:///etc/passwd": "http:// or https://",
    "ftp://127.0.0.1": "http:// or https://",
    "gopher://127.0.0.1:6379/_x": "http:// or https://",
    "127.0.0.1:8001": "http:// or https://",
    "http://": "names no host",
    "http://hunter2:hunter2@127.0.0.1": "a login",
    "http://127.0.0.1/?x=": "a query",
    "http://127.0.0.1/#": "a fragment",
    "http://127.0.0.1:99999": "no address",
}
# Not an IP address by its form; looked up, each is 169.254.169.254.
DISGUISED = ["http://2852039166", "http://0xa9fea9fe", "http://0251.0376.0251.0376", "https://169.16689662"]
PARTS = ("CLIENT_ID", "CLIENT_SECRET")
TAKEN = [
    "http://127.0.0.1:8001",
    "http://[::1]:8001",
    "http://localhost",
    "https://10.0.0.7/alpha",
    "http://alpha",
]


@pytest.fixture(autouse=True)
def _no_token_is_shared() -> Iterator[None]:
    cache.redis().flushdb()
    yield
    cache.redis().flushdb()


@pytest.mark.parametrize("url", REFUSED)
def test_a_place_where_no_source_may_be_is_refused_before_anything_is_called(
    monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_URL", url)
    monkeypatch.setenv("SOURCE_ALPHA_CLIENT_ID", "x")
    monkeypatch.setenv("SOURCE_ALPHA_CLIENT_SECRET", "x")
    with pytest.raises(ImproperlyConfigured, match=f"SOURCE_ALPHA_URL .*{REFUSED[url]}") as told:
        conf.endpoint("alpha")
    assert "hunter2" not in str(told.value)
    assert [found.id for found in registry.check(None)] == ["orchestrator.E002"]


@pytest.mark.parametrize("url", TAKEN)
def test_a_place_of_one_s_own_is_taken(monkeypatch: pytest.MonkeyPatch, url: str) -> None:
    monkeypatch.setenv("SOURCE_ALPHA_URL", url)
    monkeypatch.setenv("SOURCE_ALPHA_CLIENT_ID", "x")
    monkeypatch.setenv("SOURCE_ALPHA_CLIENT_SECRET", "x")
    assert conf.endpoint("alpha").url == url


@pytest.mark.parametrize("process", ["portal", "worker"])
def test_no_process_starts_with_such_a_place(process: str) -> None:
    commands = {
        "portal": [sys.executable, "manage.py", "check"],
        "worker": [
            sys.executable,
            "-m",
            "celery",
            "-A",
            "orchestrator",
            "worker",
            "-P",
            "solo",
            "-Q",
            "none",
        ],
    }
    given = {f"SOURCE_{name}_{part}": "x" for name in ("ALPHA", "BETA", "CAPA") for part in PARTS}
    urls = {f"SOURCE_{name}_URL": "http://127.0.0.1:9" for name in ("ALPHA", "BETA")}
    environ = {**os.environ, **given, **urls, "SOURCE_CAPA_URL": "http://169.254.169.254/latest"}
    ended = subprocess.run(
        commands[process], cwd=ROOT, env=environ, capture_output=True, text=True, timeout=60, check=False
    )
    assert ended.returncode != 0
    assert "SOURCE_CAPA_URL leads to a link-local" in ended.stdout + ended.stderr


@pytest.mark.parametrize("url", DISGUISED)
def test_a_name_that_leads_there_is_not_connected_to(url: str) -> None:
    client = HttpClient(alpha.SOURCE, conf.Endpoint(url=url, client_id="x", client_secret="x"))
    with pytest.raises(Unreachable, match="link-local"):
        client.fetch([MARIA])


@pytest.mark.parametrize("over_tls", [False, True])
@pytest.mark.parametrize("status", [301, 302, 303, 307, 308, 300, 304])
def test_a_source_that_redirects_is_not_followed(
    status: int, over_tls: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = self_signed(tmp_path) if over_tls else None
    monkeypatch.setattr(conf, "CA_BUNDLE", str(certificate or ""))
    with serving(FakeSource("alpha", anyone=True)) as other:

        def elsewhere(handler: Handler) -> None:
            handler.send(status, b"", Location=f"{other.url}/api/customers/batch/")

        with serving(FakeSource("alpha", always=elsewhere), certificate) as source:
            endpoint = conf.Endpoint(url=source.url, client_id="x", client_secret="x")
            with pytest.raises(BadAnswer, match="redirect"):
                HttpClient(alpha.SOURCE, endpoint).fetch([MARIA])
            assert len(source.calls) == 1
        assert (other.calls, other.tokens_issued) == ([], 0)


def test_the_proxy_of_an_environment_sees_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    with (
        serving(FakeSource("alpha", anyone=True)) as proxy,
        serving(FakeSource("alpha", anyone=True)) as source,
    ):
        for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY", "https_proxy"):
            monkeypatch.setenv(name, proxy.url)
        endpoint = conf.Endpoint(url=source.url, client_id="x", client_secret="x")
        HttpClient(alpha.SOURCE, endpoint).fetch([MARIA])
        assert (proxy.calls, len(source.calls)) == ([], 1)
