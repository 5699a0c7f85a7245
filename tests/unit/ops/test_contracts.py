"""Each rule of the tree fails on a sample that breaks it, and on nothing else."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from ops.quality import shape
from ops.stack.config import ROOT

LINT = Path(sys.executable).parent / "lint-imports"
BROKEN = {
    "a door passed by": (
        "portal/presenting/formats.py",
        "from orchestrator.versions import snapshots",
        "Only who decides and records access enters the orchestrator",
    ),
    "a chapter that reaches up": (
        "orchestrator/versions/diff.py",
        "from orchestrator.requests import turns",
        "Inside the orchestrator",
    ),
    "a step of runs that reaches up": (
        "orchestrator/batch/counting/pace.py",
        "from orchestrator.batch.work import parking",
        "Inside the runs",
    ),
    "a module that no layer names": ("orchestrator/novelty.py", '"""New."""', "Inside the orchestrator"),
    "a part of runs that no layer names": ("orchestrator/batch/novelty.py", '"""New."""', "Inside the runs"),
    "a part of the portal that no layer names": ("portal/novelty.py", '"""New."""', "Inside the portal,"),
    "payloads that know the API": (
        "portal/payloads/run_json.py",
        "from portal.api import base",
        "Inside the portal,",
    ),
    "a module of the API that no layer names": (
        "portal/api/novelty.py",
        '"""New."""',
        "Inside the portal's API",
    ),
    "what an answer looks like that knows who answers": (
        "portal/api/serializers.py",
        "from portal.api import runs",
        "Inside the portal's API",
    ),
    "views that know each other": (
        "portal/views/sources.py",
        "from portal.views import asks",
        "The views of pages",
    ),
    "a view that no layer names": ("portal/views/novelty.py", '"""New."""', "The views of pages"),
    "words that know a page": (
        "portal/presenting/words.py",
        "from portal.presenting import wait_page",
        "In presenting",
    ),
    "a page's layout that no layer names": (
        "portal/presenting/novelty.py",
        '"""New."""',
        "In presenting",
    ),
    "two packages that import each other": (
        "portal/presenting/formats.py",
        "from portal.exports import columns",
        "No two packages import each other",
    ),
    "a source that knows another": (
        "sources/alpha/views.py",
        "from sources.beta import answers",
        "Each source stands on what the sources share",
    ),
    "a fourth source that no layer names": (
        "sources/delta.py",
        '"""New."""',
        "Each source stands on what the sources share",
    ),
    "what the sources share that reaches up": (
        "sources/common/fields.py",
        "from sources.common import paging",
        "Inside what the sources share",
    ),
    "a part of what the sources share that no layer names": (
        "sources/common/novelty.py",
        '"""New."""',
        "Inside what the sources share",
    ),
    "what services share that reaches up": (
        "ops/service/api/bodies.py",
        "from ops.service.access import authentication",
        "Inside what services share",
    ),
    "a part of what services share that no layer names": (
        "ops/service/novelty.py",
        '"""New."""',
        "Inside what services share",
    ),
    "a stack whose parts reach up": (
        "ops/stack/config.py",
        "from ops.stack import supervision",
        "Inside the stack",
    ),
    "a part of the stack that no layer names": ("ops/stack/novelty.py", '"""New."""', "Inside the stack"),
    "an orchestrator that knows a source": (
        "orchestrator/clients/alpha.py",
        "from sources.alpha import models",
        "The orchestrator reaches sources over HTTP only",
    ),
}


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The code, to be broken."""
    root = tmp_path_factory.mktemp("code")
    for name in shape.PACKAGES:
        shutil.copytree(ROOT / name, root / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(ROOT / "pyproject.toml", root)
    return root


def lint(root: Path) -> str:
    done = subprocess.run(
        [LINT, "--no-cache"], cwd=root, capture_output=True, text=True, check=False, env={"PYTHONPATH": "."}
    )
    return " ".join(done.stdout.split())


def test_the_tree_keeps_its_contracts(copy: Path) -> None:
    assert "0 broken" in lint(copy)
    assert not list(shape.problems(copy))


@pytest.mark.parametrize("case", BROKEN)
def test_a_violation_is_found(copy: Path, case: str) -> None:
    place, line, contract = BROKEN[case]
    path = copy / place
    before = path.read_text() if path.exists() else None
    path.write_text(f"{before or ''}\n{line}\n")
    try:
        told = lint(copy)
    finally:
        path.write_text(before) if before is not None else path.unlink()
    assert "0 broken" not in told
    assert any(part.startswith(contract) and "BROKEN" in part[:120] for part in _told(told, contract)), told


def _told(text: str, contract: str) -> list[str]:
    return [text[at:] for at in range(len(text)) if text.startswith(contract, at)]


def test_a_long_module_a_wide_level_and_a_shared_name_are_found(tmp_path: Path) -> None:
    level = tmp_path / "portal" / "pages"
    level.mkdir(parents=True)
    for number in range(shape.WIDEST_LEVEL + 1):
        (level / f"page_{number}.py").write_text("class Page:\n    pass\n" if number < 2 else "")
    (level / "page_0.py").write_text("class Page:\n    pass\n" + "\n" * shape.LONGEST_MODULE)
    found = sorted(problem.split(" ", 1)[0] for problem in shape.problems(tmp_path))
    assert found == ["Page", "portal/pages", "portal/pages/page_0.py"]
