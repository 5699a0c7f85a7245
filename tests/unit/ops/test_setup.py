import pytest

from ops.engines.base import DONE
from ops.engines.files import Record
from ops.stack.config import read_stack
from ops.stack.setup import Setup


def setup(folder, customers=200, **environ):
    return Setup(read_stack({"STACK_DIR": str(folder), **environ}), Record(folder), {}, customers)


@pytest.fixture
def done(tmp_path):
    """A folder whose every step was recorded by an earlier start."""
    first = setup(tmp_path)
    for service in first.stack.services:
        for name, stamp, _ in first._steps(service):
            first.record.keep(DONE + name, stamp)
    return tmp_path


def test_a_new_folder_has_everything_to_do(tmp_path):
    assert not setup(tmp_path).is_done()


def test_a_second_start_has_nothing_to_do(done):
    assert setup(done).is_done()


def test_another_number_of_customers_is_loaded(done):
    assert not setup(done, customers=500).is_done()


@pytest.mark.parametrize("given", ["DATABASE_URL", "MONGO_URL"])
def test_in_databases_of_others_nothing_is_taken_for_done(done, given):
    assert not setup(done, **{given: "somewhere"}).is_done()


def test_a_data_folder_that_starts_empty_forgets_what_was_done(done):
    setup(done).record.forget(DONE)
    assert not setup(done).is_done()


def test_a_source_elsewhere_brings_its_own_credentials(done):
    beta = {"SOURCE_BETA_URL": "http://b", "SOURCE_BETA_CLIENT_ID": "i", "SOURCE_BETA_CLIENT_SECRET": "s"}
    stack = setup(done, **beta)
    for name in ("alpha", "capa"):
        kept = {"client_id": name, "client_secret": "kept"}
        stack.record.keep(f"{DONE}{name}:client:orchestrator", kept)
    credentials = stack.source_credentials()
    assert credentials["SOURCE_BETA_CLIENT_SECRET"] == "s"
    assert credentials["SOURCE_ALPHA_CLIENT_ID"] == "alpha"
