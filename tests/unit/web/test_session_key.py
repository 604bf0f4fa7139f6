"""The key that sessions are signed with, in its file."""

import threading

import pytest

from grader import errors
from grader.web import sessions


def test_key_is_made_once_and_only_its_owner_reads_it(tmp_path):
    path = tmp_path / "session.key"
    assert sessions.key(path) == sessions.key(path)
    assert path.stat().st_mode & 0o077 == 0
    assert [*tmp_path.iterdir()] == [path]


@pytest.mark.parametrize("content", [b"", b"short"])
def test_file_without_a_key_is_no_key(tmp_path, content):
    """As a full disk leaves it; with an empty key anybody could sign."""
    path = tmp_path / "session.key"
    path.write_bytes(content)
    with pytest.raises(errors.OperatorError, match="remove it"):
        sessions.key(path)


def test_processes_that_start_at_once_have_one_key(tmp_path, monkeypatch):
    path, found, both = tmp_path / "session.key", [], threading.Barrier(2, timeout=10)
    make = sessions._make

    def together(path):
        both.wait()
        make(path)

    monkeypatch.setattr(sessions, "_make", together)
    threads = [threading.Thread(target=lambda: found.append(sessions.key(path))) for _ in "ab"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert found == [path.read_bytes()] * 2
