import pytest

from ops.quality.routing import route
from ops.quality.tests import Counts, count, verdict

IGNORES = [f"--ignore=tests/unit/sources/{name}" for name in ("alpha", "beta", "capa")]
pytest_plugins = ["pytester"]
BROWSER_TEST = """
import pytest

@pytest.mark.browser
def test_page():
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


@pytest.mark.parametrize(
    ("statuses", "expected"), [([0, 5], 0), ([5, 5], 5), ([], 5), ([0, 1, 5], 1), ([5, 2], 2), ([0, 0], 0)]
)
def test_nothing_ran_is_a_failure_unless_another_service_ran(statuses, expected):
    assert verdict(statuses) == expected


def test_a_report_is_counted(tmp_path):
    report = tmp_path / "report.xml"
    report.write_text('<testsuites><testsuite tests="9" failures="1" errors="2" skipped="3"/></testsuites>')
    assert count(report) == Counts(passed=3, failed=3, skipped=3)


def test_a_run_without_a_report_failed(tmp_path):
    assert str(count(tmp_path / "none.xml")) == "0 passed, 1 failed, 0 skipped"


@pytest.mark.parametrize(("ci", "outcome"), [("true", {"errors": 1}), ("", {"skipped": 1})])
def test_without_a_browser_ci_fails_and_others_skip(pytester, monkeypatch, tmp_path, ci, outcome):
    monkeypatch.setenv("CI", ci)
    monkeypatch.setenv("PATH", str(tmp_path))
    pytester.makepyfile(BROWSER_TEST)
    options = ("-p", "ops.quality.browser", "-p", "no:django", "-o", "markers=browser")
    pytester.runpytest_inprocess(*options).assert_outcomes(**outcome)
