import socket

import pytest

from ops.engines import ports
from ops.engines.errors import StackProblem


@pytest.fixture
def taken_port():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        listener.listen()
        yield listener.getsockname()[1]


def test_a_taken_port_is_named_with_the_variable_that_moves_it(taken_port):
    with pytest.raises(StackProblem, match=rf"{taken_port}.*PORTAL_PORT"):
        ports.require_free(taken_port, "PORTAL_PORT", "Portal")


def test_a_chosen_port_can_be_listened_on():
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", ports.choose()))
