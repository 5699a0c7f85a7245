import itertools
import json

import pytest

from ops.engines.files import Record
from ops.stack.config import read_stack
from ops.stack.setup import Setup

ELSEWHERE = {"DATABASE_URL": "postgres://app:one@db.example:5432/"}


class Dry(Setup):
    """A setup whose commands are noted down instead of being run; each makes another client."""

    numbers = itertools.count()

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.ran = []

    def manage(self, service, *arguments, **environ):
        self.ran.append((service, *arguments[:2]))
        return json.dumps({"client_id": f"{service} {next(self.numbers)}", "client_secret": "s"})


def setup(folder, customers=200, **environ):
    return Dry(read_stack({"STACK_DIR": str(folder), **environ}), Record(folder), {}, customers)


def ran(folder, **environ):
    """What a start does: (service, command) in no particular order."""
    start = setup(folder, **environ)
    start.run()
    return {(service, command) for service, command, *_ in start.ran}


@pytest.fixture
def done(tmp_path):
    """A folder whose every step was done by an earlier start."""
    setup(tmp_path).run()
    return tmp_path


EVERYTHING = {
    *((service, "migrate") for service in ("alpha", "beta", "capa", "portal")),
    *((service, "load_customers") for service in ("alpha", "beta", "capa")),
    ("portal", "create_demo_users"),
}


def test_a_new_folder_has_everything_to_do(tmp_path):
    assert not setup(tmp_path).is_done()


def test_a_second_start_has_nothing_to_do(done):
    assert setup(done).is_done()


def test_another_time_to_keep_the_log_of_consulted_cpfs_is_migrated(done):
    assert ("capa", "migrate") in ran(done, CONSULTED_DAYS="30")


def test_another_number_of_customers_is_loaded(done):
    assert not setup(done, customers=500).is_done()


def test_a_second_start_does_nothing(done):
    assert ran(done) == set()


@pytest.mark.parametrize("given", ["DATABASE_URL", "MONGO_URL", "BETA_DATABASE_URL"])
def test_in_databases_of_others_nothing_is_taken_for_done(done, given):
    elsewhere = {given: "postgres://db.example/"}
    assert not setup(done, **elsewhere).is_done()
    for _ in range(2):
        assert ran(done, **elsewhere) >= EVERYTHING


def test_what_was_done_in_databases_of_others_is_not_taken_for_done_in_ours(tmp_path):
    ran(tmp_path, **ELSEWHERE)
    assert not setup(tmp_path).is_done()
    assert ran(tmp_path) >= EVERYTHING


@pytest.mark.parametrize(
    "place",
    [
        ELSEWHERE,
        {"DATABASE_URL": "postgres://app:one@other.example:5432/"},
        {"DATABASE_URL": "postgres://app:one@db.example:5433/"},
        {"ALPHA_DATABASE_URL": "postgres://app:one@db.example:5432/alpha_of_others"},
    ],
)
def test_each_database_has_clients_of_its_own_and_keeps_them(done, place):
    ours = setup(done).source_client("alpha", "people")
    theirs = setup(done, **place).source_client("alpha", "people")
    assert theirs != ours
    assert setup(done, **place).source_client("alpha", "people") == theirs
    assert setup(done).source_client("alpha", "people") == ours


def test_databases_are_told_apart_by_their_place_and_not_by_who_asks(tmp_path):
    first = setup(tmp_path, **ELSEWHERE).source_client("alpha", "people")
    owner = {"DATABASE_URL": "postgres://owner:two@db.example/"}
    assert setup(tmp_path, **owner).source_client("alpha", "people") == first
    single = {"ALPHA_DATABASE_URL": "postgres://app:one@db.example/alpha_of_others"}
    assert setup(tmp_path, **ELSEWHERE, **single).source_client("alpha", "people") != first
    names = str(list(json.loads((tmp_path / "secrets.json").read_text())))
    assert "one" not in names
    assert "db.example" not in names


def test_a_source_elsewhere_brings_its_own_credentials(done):
    beta = {"SOURCE_BETA_URL": "http://b", "SOURCE_BETA_CLIENT_ID": "i", "SOURCE_BETA_CLIENT_SECRET": "s"}
    ours = setup(done).source_credentials()
    credentials = setup(done, **beta).source_credentials()
    assert credentials["SOURCE_BETA_CLIENT_ID"] == "i"
    assert credentials["SOURCE_ALPHA_CLIENT_ID"] == ours["SOURCE_ALPHA_CLIENT_ID"]
