import stat

import pytest

from ops.engines import files
from ops.engines.errors import StackProblem
from ops.engines.files import Record, make_stack_dir, write_private


def test_a_private_file_is_readable_by_its_owner_only_also_where_it_replaces_an_open_one(tmp_path):
    path = tmp_path / "stack.json"
    path.write_text("old")
    path.chmod(0o644)
    write_private(path, "new")
    assert path.read_text() == "new"
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert list(tmp_path.iterdir()) == [path]


def test_a_full_disk_is_said_before_anything_is_written(tmp_path, monkeypatch):
    monkeypatch.setattr(files, "NEEDED_BYTES", 2**60)
    with pytest.raises(StackProblem, match=r"MiB free.*STACK_DIR"):
        make_stack_dir(tmp_path / "local")


def test_generated_values_are_the_same_after_a_restart(tmp_path):
    password = Record(tmp_path).password("redis_password")
    assert Record(tmp_path).password("redis_password") == password


def test_forgetting_by_prefix_leaves_the_rest(tmp_path):
    record = Record(tmp_path)
    record.keep("done:migrations", "1")
    record.keep("redis_port", 20001)
    record.forget("done:")
    assert "done:migrations" not in Record(tmp_path)
    assert Record(tmp_path).get("redis_port") == 20001


def test_a_damaged_record_is_not_overwritten(tmp_path):
    (tmp_path / "secrets.json").write_text('{"half": ')
    with pytest.raises(StackProblem, match="restore"):
        Record(tmp_path)
