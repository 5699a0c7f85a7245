import os
import subprocess
import sys

import pytest

from ops.engines.embedded import ENGINES, embedded
from ops.engines.errors import StackProblem
from ops.engines.files import Record
from ops.stack import up
from ops.stack.config import ROOT, given, read_stack


def test_ports_and_folder_follow_the_environment(tmp_path):
    stack = read_stack({"STACK_DIR": str(tmp_path), "PORTAL_PORT": "18004"})
    assert stack.folder == tmp_path
    assert stack.urls["portal"] == "http://127.0.0.1:18004"
    assert stack.urls["alpha"] == "http://127.0.0.1:8001"


def test_a_source_elsewhere_is_not_started_here():
    credentials = {"SOURCE_BETA_CLIENT_ID": "id", "SOURCE_BETA_CLIENT_SECRET": "secret"}
    stack = read_stack({"SOURCE_BETA_URL": "https://beta.example/", **credentials})
    assert stack.services == ["alpha", "capa", "portal"]
    assert stack.urls["beta"] == "https://beta.example"


def test_a_source_elsewhere_needs_credentials():
    with pytest.raises(StackProblem, match="SOURCE_BETA_CLIENT_ID"):
        read_stack({"SOURCE_BETA_URL": "https://beta.example"})


@pytest.mark.parametrize("port", ["eighty", "0", "70000", "-1"])
def test_an_impossible_port_is_refused_with_its_variable(port):
    with pytest.raises(StackProblem, match="FLOWER_PORT"):
        read_stack({"FLOWER_PORT": port})


def test_secrets_of_the_environment_are_not_in_the_repr():
    assert "hunter2" not in repr(read_stack({"SECRET_KEY": "hunter2"}))


def test_commands_read_the_installation_s_file_and_the_environment_goes_before_it(tmp_path):
    (tmp_path / ".env").write_text("PORTAL_PORT=9004\nALPHA_PORT=9001\nMONGO_URL=\n")
    told = given({"ENV_FILE": str(tmp_path / ".env"), "ALPHA_PORT": "7001", "PORTAL_PORT": ""})
    stack = read_stack(told)
    assert (stack.ports["alpha"], stack.ports["portal"]) == (7001, 9004)
    assert "MONGO_URL" not in stack.environ


def test_status_and_its_siblings_read_the_installation_s_file(tmp_path):
    (tmp_path / ".env").write_text("FLOWER_PORT=eighty")
    environ = os.environ | {"ENV_FILE": str(tmp_path / ".env"), "STACK_DIR": str(tmp_path)}
    command = [sys.executable, "-m", "ops.stack", "status"]
    done = subprocess.run(command, cwd=ROOT, env=environ, capture_output=True, text=True)
    assert done.returncode == 1
    assert "FLOWER_PORT is 'eighty'" in done.stderr


def test_a_copy_of_the_example_changes_nothing(tmp_path):
    stack = read_stack(given({"ENV_FILE": str(ROOT / ".env.example"), "STACK_DIR": str(tmp_path)}))
    plain = read_stack({"STACK_DIR": str(tmp_path)})
    assert (stack.ports, stack.services, stack.overrides) == (plain.ports, plain.services, {})
    assert len(embedded(tmp_path, Record(tmp_path), stack.environ)) == len(ENGINES)
    assert up.settings(stack, Record(tmp_path), []) == up.settings(plain, Record(tmp_path), [])


def test_what_is_apart_from_the_engines_is_told_to_other_terminals_too(tmp_path):
    engines = {engine.url_variable: "there" for engine in ENGINES}
    apart = {
        "BROKER_URL": "redis://queue/0",
        "PORTAL_DATABASE_URL": "postgres://portal/",
        "BETA_DATABASE_URL": "",
    }
    settings = up.settings(read_stack(engines | apart), Record(tmp_path), [])
    assert settings["BROKER_URL"] == "redis://queue/0"
    assert settings["PORTAL_DATABASE_URL"] == "postgres://portal/"
    assert "BETA_DATABASE_URL" not in settings


def test_a_key_that_is_in_a_file_is_not_generated(tmp_path):
    stack = read_stack({"MASTER_KEYS_FILE": "/etc/dossier/master-keys"})
    told = up.settings(stack, Record(tmp_path), [])
    assert "MASTER_KEYS" not in told
    assert told["LOOKUP_KEY"]
