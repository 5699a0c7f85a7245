import os

import pytest

from ops.quality.routing import SHARED, WORTH_WORKERS, route, workers
from ops.quality.sharing import BEGIN, STACKS_OF_THEIR_OWN, share
from ops.quality.slow import EVERYTHING, examples
from ops.quality.tests import Counts, count, verdict
from ops.stack.config import ROOT

IGNORES = [f"--ignore=tests/unit/sources/{name}" for name in ("alpha", "beta", "capa")]
pytest_plugins = ["pytester"]
BROWSER_TEST = """
import pytest

@pytest.mark.browser
def test_page():
    pass
"""
SLOW_TESTS = """
import pytest

@pytest.mark.slow("five minutes")
def test_slow():
    pass

def test_quick():
    pass
"""


@pytest.fixture
def tree(tmp_path):
    for folder in ("tests/unit/ops", *(ignore.removeprefix("--ignore=") for ignore in IGNORES)):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "tests/unit/ops/test_ports.py").touch()
    return tmp_path


def test_a_path_goes_to_the_service_that_owns_it(tree):
    assert route(["tests/unit/sources/alpha", "-x"], tree) == {"alpha": ["-x", "tests/unit/sources/alpha"]}


def test_other_paths_go_to_the_portal(tree):
    path = "tests/unit/ops/test_ports.py::test_a_chosen_port_can_be_listened_on"
    assert route([path], tree) == {"portal": [path, *IGNORES]}


@pytest.mark.parametrize("arguments", [[], ["tests"], ["tests/unit"], ["tests/unit/sources"]])
def test_a_folder_above_the_services_goes_to_each(tree, arguments):
    runs = route(arguments, tree)
    assert runs["alpha"] == ["tests/unit/sources/alpha"]
    assert runs["portal"] == [*(arguments or ["tests"]), *IGNORES]


def test_options_and_their_values_go_to_all(tree):
    assert route(["-k", "retry"], tree)["portal"][:2] == ["-k", "retry"]
    assert route(["-k", "retry"], tree)["capa"][:2] == ["-k", "retry"]


@pytest.fixture
def large(tree):
    """The tree, with tests enough to be shared, on four cores."""
    for number in range(WORTH_WORKERS):
        (tree / f"tests/unit/ops/test_{number}.py").touch()
    return tree


@pytest.fixture
def _four_cores(monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: set(range(4)))


@pytest.mark.usefixtures("_four_cores")
@pytest.mark.parametrize("arguments", [["tests"], ["tests/unit"], ["-x", "tests/unit/ops"]])
def test_a_large_folder_is_shared_among_as_many_workers_as_there_are_cores(large, arguments):
    assert workers(arguments, large) == [*SHARED, "-n", "4"]


@pytest.mark.usefixtures("_four_cores")
@pytest.mark.parametrize(
    "arguments",
    [
        ["tests/unit/ops/test_ports.py"],
        ["tests/unit/ops/test_ports.py::test_a_port"],
        ["tests/unit/sources/alpha"],
        ["tests", "-n0"],
        ["tests", "--pdb"],
    ],
)
def test_a_few_files_and_whoever_says_otherwise_get_no_workers(large, arguments):
    assert workers(arguments, large) == []


@pytest.mark.parametrize(
    ("test", "expected"),
    [
        ("tests/unit/ops/test_ports.py::test_a_port[1::2]", "tests/unit/ops/test_ports.py"),
        ("tests/e2e/test_api.py::test_a_dossier", "stack"),
        ("tests/faults/test_scenarios.py::test_every[redis]", "stack"),
        ("tests/faults/test_runs.py::test_five_kills", "tests/faults/test_runs.py"),
    ],
)
def test_a_file_and_whatever_uses_the_one_stack_is_one_worker_s(test, expected):
    assert share(test) == expected


def test_files_with_stacks_of_their_own_and_long_ones_are_named_as_they_are_named_here():
    assert [name for name in (*STACKS_OF_THEIR_OWN, *BEGIN[1:]) if not (ROOT / name).exists()] == []


def test_one_core_is_not_shared(large, monkeypatch):
    monkeypatch.setattr(os, "sched_getaffinity", lambda _: {3})
    assert workers(["tests"], large) == []


@pytest.mark.parametrize(
    ("statuses", "expected"), [([0, 5], 0), ([5, 5], 5), ([], 5), ([0, 1, 5], 1), ([5, 2], 2), ([0, 0], 0)]
)
def test_nothing_ran_is_a_failure_unless_another_service_ran(statuses, expected):
    assert verdict(statuses) == expected


def test_a_report_is_counted(tmp_path):
    report = tmp_path / "report.xml"
    left_out = '<testcase><skipped message="slow: five minutes; …"/></testcase>'
    other = '<testcase><skipped message="no Chromium here: …"/></testcase>'
    suite = f'<testsuite tests="9" failures="1" errors="2" skipped="3">{left_out}{other}{other}</testsuite>'
    report.write_text(f"<testsuites>{suite}</testsuites>")
    assert count(report) == Counts(passed=3, failed=3, skipped=2, slow=1)


def test_a_run_without_a_report_failed(tmp_path):
    assert str(count(tmp_path / "none.xml")) == "0 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize(("ci", "outcome"), [("true", {"errors": 1}), ("", {"skipped": 1})])
def test_without_a_browser_ci_fails_and_others_skip(pytester, monkeypatch, tmp_path, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    pytester.makepyfile(BROWSER_TEST)
    options = ("-p", "ops.quality.browser", "-p", "no:django", "-o", "markers=browser")
    pytester.runpytest_inprocess(*options).assert_outcomes(**outcome)


@pytest.mark.parametrize(("everything", "passed"), [(True, 2), (False, 1)])
def test_what_is_slow_runs_where_everything_does_and_is_told_elsewhere(
    pytester, monkeypatch, everything, passed
):
    monkeypatch.setenv(EVERYTHING, "1")
    if not everything:
        monkeypatch.delenv(EVERYTHING)
    pytester.makepyfile(SLOW_TESTS)
    options = ("-p", "ops.quality.slow", "-p", "no:django", "-o", "markers=slow", "-rs")
    told = pytester.runpytest_inprocess(*options)
    told.assert_outcomes(passed=passed, skipped=2 - passed)
    assert ("slow: five minutes; ops/test --all runs it" in told.stdout.str()) is not everything
    assert examples(3, 30) == (30 if everything else 3)
