"""The walk without leftovers, the write that is whole or not at all, the lock."""

import os
import subprocess
import sys

import pytest

from grader import disk


@pytest.fixture
def folder(tmp_path):
    for name in (
        *("b/z.py", "b.py", "a.txt", ".env", ".config/x", "b/Thumbs.db", "b/z.pyc"),
        *("__pycache__/z.py", ".git/config", ".gitignore", ".venv/lib/m.py", "._a.txt"),
    ):
        path = tmp_path / "tree" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(name)
    (tmp_path / "elsewhere.py").write_text("")
    (tmp_path / "tree" / "linked.py").symlink_to(tmp_path / "elsewhere.py")
    (tmp_path / "tree" / "above").symlink_to(tmp_path)
    (tmp_path / "tree" / "broken").symlink_to(tmp_path / "nowhere")
    return tmp_path / "tree"


@pytest.mark.parametrize(
    ("options", "names"),
    [
        ({}, ["a.txt", "b/z.py", "b.py", "linked.py"]),
        ({"links": False}, ["a.txt", "b/z.py", "b.py"]),
        ({"hidden": True}, [".config/x", ".env", "a.txt", "b/z.py", "b.py", "linked.py"]),
    ],
)
def test_walk_passes_over_leftovers_and_linked_folders(folder, options, names):
    found = dict(disk.files(folder, **options))
    assert list(found) == names
    assert all(folder / name == path for name, path in found.items())


def test_folder_that_is_not_there_has_no_files(tmp_path):
    assert list(disk.files(tmp_path / "no")) == []


def test_changes_are_of_the_files_that_the_walk_finds(folder, tmp_path):
    before = disk.changes(folder)
    assert sorted(path for path, _, _ in before) == sorted(str(p) for _, p in disk.files(folder))
    (folder / "__pycache__" / "more.py").write_text("")
    assert disk.changes(folder) == before
    (folder / "b" / "z.py").write_text("longer than before")
    assert disk.changes(folder) != before
    assert disk.changes(tmp_path / "no") == []


def test_file_is_replaced_whole_and_private(tmp_path):
    path = tmp_path / "a"
    for content in (b"one", b"two"):
        disk.write_whole(path, content)
        assert path.read_bytes() == content
    assert path.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_failed_write_leaves_what_stood_there(tmp_path, monkeypatch):
    path = tmp_path / "a"
    disk.write_whole(path, b"one")

    def full(_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(disk.os, "fsync", full)
    for write in (disk.write_whole, disk.create_whole):
        with pytest.raises(OSError, match="No space left"):
            write(path, b"two")
    assert (path.read_bytes(), [path.name for path in tmp_path.iterdir()]) == (b"one", ["a"])


def test_first_of_two_makers_wins(tmp_path):
    for content in (b"one", b"two"):
        disk.create_whole(tmp_path / "a", content)
    assert (tmp_path / "a").read_bytes() == b"one"
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_lock_is_held_until_its_descriptor_is_closed(tmp_path):
    held = disk.lock(tmp_path / "lock")
    assert disk.try_lock(tmp_path / "lock") is None
    os.close(held)
    again = disk.try_lock(tmp_path / "lock")
    assert again is not None
    os.close(again)


def test_lock_ends_with_its_process(tmp_path):
    program = "import sys, pathlib; from grader import disk; disk.lock(pathlib.Path(sys.argv[1]))"
    subprocess.run([sys.executable, "-c", program, tmp_path / "lock"], check=True)
    again = disk.try_lock(tmp_path / "lock")
    assert again is not None
    os.close(again)
