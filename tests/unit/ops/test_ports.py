import socket

import pytest

from ops.engines import ports
from ops.engines.embedded import ENGINES
from ops.engines.errors import StackProblem
from ops.engines.files import Record


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


def test_no_port_is_chosen_for_two_before_either_listens(monkeypatch):
    monkeypatch.setattr(ports, "CHOICES", range(29000, 29060))
    chosen = [ports.choose() for _ in range(30)]
    assert len(set(chosen)) == 30


@pytest.mark.parametrize("engine", ENGINES)
def test_an_address_where_a_port_should_be_is_one_sentence(tmp_path, engine):
    kubernetes = {engine.port_variable: "tcp://10.0.0.11:6379"}
    with pytest.raises(StackProblem, match=f"{engine.port_variable} is 'tcp://10.0.0.11:6379'"):
        engine(tmp_path, Record(tmp_path), kubernetes)


def test_a_given_port_is_taken_and_an_empty_one_is_chosen_and_kept(tmp_path):
    engine = ENGINES[0]
    assert engine(tmp_path, Record(tmp_path), {engine.port_variable: "15432"}).port == 15432
    chosen = engine(tmp_path, Record(tmp_path), {engine.port_variable: ""}).port
    assert engine(tmp_path, Record(tmp_path), {}).port == chosen
