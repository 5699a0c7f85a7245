"""A backup of a whole stack is put back after somebody was erased: `ops/up` erases them again first."""

import json
import shutil
import subprocess
import sys

import pytest

from tests.fakes.people import MARIA
from tests.stack import running

BACKED_UP = ("postgres", "redis", "mongod")


def copy(folder, to):
    """With the owners and modes of all that is in it."""
    to.parent.mkdir(exist_ok=True)
    subprocess.run(["cp", "-a", folder, to], check=True)


@pytest.mark.slow("a stack of its own, started three times")
def test_a_stack_whose_stores_are_put_back_begins_with_the_erasures(tmp_path):
    def manage(*arguments: str):
        return stack.run(sys.executable, "manage.py", *arguments)

    with running(tmp_path / "stack", customers=5) as stack:
        asked = manage("dossier", MARIA, "--purpose", "credit_analysis")
        assert asked.returncode == 0, asked.stderr
        number = json.loads(asked.stdout)["id"]
        assert stack.run("ops/down").returncode == 0
        for engine in BACKED_UP:
            copy(stack.folder / engine, tmp_path / "backup" / engine)
        assert stack.run("ops/up", "--detach").returncode == 0
        erased = manage("erase_person", MARIA, "--reason", "asked for by letter")
        assert f"Dossier {number} was erased" in erased.stdout, erased.stderr
        assert stack.run("ops/down").returncode == 0
        for engine in BACKED_UP:
            shutil.rmtree(stack.folder / engine)
            copy(tmp_path / "backup" / engine, stack.folder / engine)
        again = stack.run("ops/up", "--detach")
        assert again.returncode == 0, again.stderr
        session = stack.session("portal")
        answer = session.get(f"{stack.url('portal')}/api/customers-dossiers/{number}/", timeout=15)
        assert answer.status_code == 410, answer.text
        assert manage("replay_erasures").stdout.startswith("0 erasures")
