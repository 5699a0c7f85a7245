import pytest

from ops.engines.errors import StackProblem
from ops.stack.config import read_stack


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
