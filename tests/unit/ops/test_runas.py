import os
import pwd
import subprocess
import sys
from pathlib import Path

import pytest

from ops.engines import runas

NOBODY = pwd.getpwnam("nobody")


def test_an_ordinary_user_runs_engines_as_oneself(tmp_path):
    assert runas.drop(["redis-server"], None, [tmp_path]) == ["redis-server"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has someone to become")
def test_root_never_runs_an_engine_as_root(tmp_path):
    user = runas.engine_user(tmp_path / "new")
    assert user is not None
    assert user.pw_uid != 0


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_existing_data_keep_their_user(tmp_path):
    data = tmp_path / "postgres"
    runas.own(data, NOBODY)
    assert runas.engine_user(data) == NOBODY


def test_a_closed_folder_on_the_way_is_passed_with_one_capability_and_stays_closed(tmp_path):
    closed = tmp_path / "closed"
    closed.mkdir(mode=0o700)
    argv = runas.drop(["server"], NOBODY, [closed / "data"])
    assert "--ambient-caps=+dac_override" in argv
    assert closed.stat().st_mode & 0o777 == 0o700


@pytest.mark.skipif(os.geteuid() != 0, reason="needs root to become another user")
def test_who_looks_through_a_closed_folder_whether_a_program_is_there_sees_it(tmp_path):
    program = tmp_path / "closed" / "program"
    program.parent.mkdir(mode=0o700)
    program.touch(mode=0o755)
    looking = f"import os, sys; sys.exit(not os.access({str(program)!r}, os.X_OK))"
    assert subprocess.run(runas.drop([sys.executable, "-c", looking], NOBODY, [program])).returncode == 0


def test_an_open_way_needs_no_capability():
    argv = runas.drop(["server"], NOBODY, [Path("/usr/bin/env")])
    assert not any("caps" in part for part in argv)
    assert f"--reuid={NOBODY.pw_uid}" in argv
