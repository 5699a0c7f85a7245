"""A made-up person goes through everything that the system does, and is then found nowhere else.

They belong in the sources' own stores, on the analyst's screen, in answers and in files that were asked for;
sealed elsewhere. So in no log, database, queue, kept copy, task, event, metric, address or browser store.
"""

import base64
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote

import psutil
import psycopg2
import pytest
import redis
import requests
from playwright.sync_api import Page, expect, sync_playwright
from psycopg2 import sql

from ops.quality.browser import find_browser
from tests.faults.inject import drilled
from tests.security.conftest import MOST_SECONDS
from tests.stack import ROOT, Analyst, Stack, eventually

pytestmark = [
    pytest.mark.e2e,
    pytest.mark.browser,
    pytest.mark.slow("drives a person through every path of the whole stack, in Chromium too"),
]

CPF = "73194528637"
FORMATTED = "731.945.286-37"
NAME = "Zulmira Quixadá Trevisol"
STREET = "Travessa do Canarinho Dourado, 4711"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
WAIT_MS = 60_000
# Tried again, refused for good, and answers with the person in them that cannot be read.
FAULTS: tuple[tuple[str, dict[str, Any]], ...] = (
    ("errors", {"share": 0.5}),
    ("errors", {"status": 403}),
    ("limited", {"retry_after": 1}),
    ("cut", {}),
    ("truncated", {}),
    ("not_money", {}),
    ("wrong_shape", {}),
    ("missing_key", {}),
    ("duplicate", {}),
    ("other_cpf", {}),
)


def needles() -> list[bytes]:
    """The person in every form in which they could be written down."""
    texts = [CPF, FORMATTED, NAME, NAME.upper(), STREET, "Quixadá", "Canarinho Dourado"]
    found = {text.encode(encoding) for text in texts for encoding in ("utf-8", "utf-16-le", "latin-1")}
    found |= {json.dumps(text)[1:-1].encode() for text in texts}
    found |= {quote(text).encode() for text in texts} | {quote(text, safe="").encode() for text in texts}
    found |= {text.encode().hex().encode() for text in texts}
    found |= {base64.b64encode(text.encode())[:-4] for text in texts}
    return sorted(found)


NEEDLES = needles()


def hits(where: str, content: bytes) -> list[str]:
    """Where the person was found, and by what."""
    return [f"{where}: {needle!r}" for needle in NEEDLES if needle in content]


@pytest.fixture(scope="module")
def driven(stack: Stack, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that can happen to the person has happened; gives the browser's profile."""
    _known_to_the_sources(stack)
    analyst = Analyst(stack, stack.session("portal"))
    analyst.follow(analyst.ask(CPF))
    for fault, how in FAULTS:
        with drilled(stack, "alpha", fault, **how):
            analyst.follow(analyst.ask(CPF, fresh=True), seconds=90)
    _searched_and_refused(analyst)
    _listed(analyst)
    _at_the_terminal(stack)
    profile = tmp_path_factory.mktemp("profile")
    with sync_playwright() as playwright:
        context = playwright.chromium.launch_persistent_context(
            profile, executable_path=find_browser(), args=FLAGS, base_url=stack.url("portal"), locale="pt-BR"
        )
        _on_pages(context.pages[0], stack)
        context.close()
    return profile


def _known_to_the_sources(stack: Stack) -> None:
    person = {"cpf": CPF, "name": NAME, "address": STREET}
    bodies = {
        "alpha": ("/api/customers/", {**person, "debts": [{"value": "4711.00", "date": "2024-01-02"}]}),
        "beta": (
            "/api/customers/",
            {
                **person,
                "date_birth": "1971-02-03",
                "patrimonies": [{"value": "1234.00", "description": "Canarinho Dourado"}],
                "sources_income": [{"value": "4321.00", "description": "Canarinho Dourado"}],
            },
        ),
        "capa": (
            "/financial-transactions/",
            {
                "cpf": CPF,
                "description": "Canarinho Dourado",
                "value": 12.5,
                "date": "2026-10-05T11:48:00-03:00",
                "type": "Debit",
                "PaymentType": "CreditCard",
            },
        ),
    }
    for source, (path, body) in bodies.items():
        answer = stack.session(source).post(stack.url(source) + path, json=body, timeout=MOST_SECONDS)
        assert answer.status_code == 201, (source, answer.text)


def _searched_and_refused(analyst: Analyst) -> None:
    """What is asked wrongly is told, and nowhere written down."""
    base, session = analyst.stack.url("portal"), analyst.session
    found = session.post(f"{base}/api/customers-dossiers/search/", json={"cpf": CPF}, timeout=MOST_SECONDS)
    assert found.status_code == 200
    assert NAME in found.text
    session.get(f"{base}/api/customers-dossiers/", params={"cpf": FORMATTED}, timeout=MOST_SECONDS)
    for wrong in ({"cpf": CPF + "1", "purpose": "collection"}, {"cpf": CPF, "purpose": NAME}, {CPF: NAME}):
        refused = session.post(f"{base}/api/customers-dossiers/", json=wrong, timeout=MOST_SECONDS)
        assert refused.status_code == 400
    session.post(
        f"{base}/api/customers-dossiers/",
        data=f'{{"cpf": "{CPF}", "purpose": ',
        headers={"Content-Type": "application/json"},
        timeout=MOST_SECONDS,
    )


def _listed(analyst: Analyst) -> None:
    """In a list with bad rows, and taken away in each format."""
    base, session = analyst.stack.url("portal"), analyst.session
    rows = f"cpf;nome\n{FORMATTED};{NAME}\n{CPF}1;{NAME}\n{CPF};{NAME}\n"
    sent = session.post(
        f"{base}/api/runs/lists/",
        data={"purpose": "collection"},
        files={"file": (f"{NAME} {CPF}.csv", rows.encode())},
        timeout=MOST_SECONDS,
    )
    assert sent.status_code == 202, sent.text
    run = f"{base}/api/runs/{sent.json()['run_id']}/"
    ends = ("complete", "partial", "failed", "cancelled")
    eventually(lambda: session.get(run, timeout=30).json()["state"], until=lambda s: s in ends, seconds=90)
    for file_format in ("csv", "xlsx", "jsonl"):
        taken = session.get(f"{run}results/", params={"format": file_format}, timeout=MOST_SECONDS)
        assert taken.status_code == 200
    started = session.post(f"{base}/api/runs/", json={"kind": "nightly"}, timeout=MOST_SECONDS).json()
    refresh = f"{base}/api/runs/{started['run_id']}/"
    eventually(
        lambda: session.get(refresh, timeout=30).json()["state"], until=lambda s: s in ends, seconds=120
    )


def _at_the_terminal(stack: Stack) -> None:
    for command in (("dossier", "-", "--purpose", "collection"), ("person_report", "-")):
        done = subprocess.run(
            [sys.executable, "manage.py", *command],
            cwd=ROOT,
            env=dict(stack.environ),
            input=f"{CPF}\n",
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )
        assert CPF in done.stdout, done.stderr[-2000:]
        assert hits("stderr", done.stderr.encode()) == []


def _on_pages(page: Page, stack: Stack) -> None:
    """What an analyst does, the wrong things too, and a privacy officer."""
    page.set_default_timeout(WAIT_MS)
    _log_in(page, stack, "analyst")
    page.locator("[name=cpf]").fill(FORMATTED[:-1])
    page.locator("#id_purpose").select_option("credit_analysis")
    page.get_by_role("button", name="Consultar").click()  # refused
    page.locator("[name=cpf]").fill(FORMATTED)
    page.get_by_role("button", name="Consultar").click()
    page.wait_for_url("**/dossiers/**")
    expect(page.locator("h1")).to_contain_text(NAME)
    page.reload()
    page.go_back()
    page.goto("/")
    page.goto("/account/")
    page.get_by_role("button", name="Sair").first.click()
    _log_in(page, stack, "privacy_officer")
    page.goto("/persons/")
    page.locator("[name=cpf]").fill(CPF)
    page.get_by_role("button", name="Ver tudo o que se guarda").click()
    expect(page.locator("h1")).to_contain_text(NAME)


def _log_in(page: Page, stack: Stack, who: str) -> None:
    account = stack.state["accounts"][who]
    page.goto("/login/")
    page.locator("[name=username]").fill(account["username"])
    page.locator("[name=password]").fill(account["password"])
    page.get_by_role("button", name="Entrar").click()
    page.wait_for_load_state()


def rows(stack: Stack, database: str) -> Iterator[tuple[str, bytes]]:
    """Each table of a database, as text."""
    connection = psycopg2.connect(stack.state["engines"]["database_url"] + database)
    with connection, connection.cursor() as cursor:
        cursor.execute("select tablename from pg_tables where schemaname = 'public'")
        for (table,) in cursor.fetchall():
            cursor.execute("select has_table_privilege(%s, 'select')", [f"public.{table}"])
            if cursor.fetchone() == (True,):
                cursor.execute(sql.SQL("select each::text from {} as each").format(sql.Identifier(table)))
                yield table, "\n".join(row for (row,) in cursor.fetchall()).encode()
    connection.close()


def test_the_search_finds_somebody_where_they_belong(stack: Stack, driven: Path) -> None:
    assert any(hits(table, content) for table, content in rows(stack, "alpha_db"))


def test_the_portal_s_database_names_nobody(stack: Stack, driven: Path) -> None:
    assert [hit for table, content in rows(stack, "delta_db") for hit in hits(table, content)] == []


def test_no_log_names_anybody(stack: Stack, driven: Path) -> None:
    logs = [path for path in stack.folder.rglob("*") if path.is_file() and ".log" in path.name]
    assert len(logs) > 8
    assert [hit for path in logs for hit in hits(path.name, path.read_bytes())] == []


def test_redis_names_nobody_in_keys_and_values(stack: Stack, driven: Path) -> None:
    server = redis.Redis.from_url(stack.state["engines"]["redis_url"])
    found = []
    for key in server.scan_iter(count=1000):
        kind = server.type(key)
        content = (server.get(key) if kind == b"string" else server.dump(key)) or b""
        found += hits(repr(key), key + b"\n" + content)
    assert found == []


def test_flower_names_nobody(stack: Stack, driven: Path) -> None:
    state = stack.state
    login = (state["flower_user"], state["flower_password"])
    session = requests.Session()
    session.auth = login
    base = stack.url("flower")
    told = session.get(f"{base}/api/tasks?limit=10000", timeout=MOST_SECONDS)
    assert told.status_code == 200
    tasks = told.json()
    assert len(tasks) > 20
    pages = [
        "/api/workers",
        "/metrics",
        "/tasks",
        "/workers",
        "/broker",
        *(f"/task/{task}" for task in tasks),
    ]
    found = hits("/api/tasks", told.content)
    for page in pages:
        found += hits(page, session.get(base + page, timeout=MOST_SECONDS).content)
    assert found == []


def test_no_process_carries_anybody_in_its_arguments_or_environment(stack: Stack, driven: Path) -> None:
    found = []
    for name in stack.state["pids"]:
        master = psutil.Process(stack.pid(name))
        for process in (master, *master.children(recursive=True)):
            told = " ".join([*process.cmdline(), *process.environ().values()])
            found += hits(name, told.encode())
    assert found == []


def test_the_browser_s_stores_keep_nobody(driven: Path) -> None:
    """History, cache, sessions, autofill: whatever Chromium leaves on the disk."""
    files = [path for path in driven.rglob("*") if path.is_file()]
    assert len(files) > 20
    found = []
    for path in files:
        found += hits(str(path.relative_to(driven)), path.read_bytes())
    assert found == []


def test_no_temporary_file_is_left_that_names_anybody(stack: Stack, driven: Path) -> None:
    """Uploads and exports are not spooled in clear."""
    began = psutil.Process(stack.pid("portal")).create_time()
    found = []
    for path in Path("/tmp").iterdir():
        try:
            if path.is_file() and began <= path.stat().st_mtime <= time.time():
                found += hits(path.name, path.read_bytes())
        except OSError:  # somebody else's, gone meanwhile
            continue
    assert [hit for hit in found if "canary" not in hit] == []
