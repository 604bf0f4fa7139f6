"""What a command that cannot go on prints, and its exit status."""

import sys
from pathlib import Path

import pytest

from grader import errors
from grader.cli import main


@pytest.mark.parametrize(
    ("act", "said"),
    [
        (lambda here: (here / "no" / "x.zip").write_bytes(b""), "No such file or directory"),
        (lambda here: here.write_bytes(b""), "Is a directory"),
        (lambda here: here.joinpath("there").touch(exist_ok=False), "File exists"),
    ],
)
def test_file_that_cannot_be_written_is_named_in_a_sentence(
    tmp_path: Path, monkeypatch, capsys, act, said
):
    tmp_path.joinpath("there").touch()
    monkeypatch.setattr(main, "app", lambda: act(tmp_path))
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == 3
    assert f"{said}. Name another place" in capsys.readouterr().err


def test_fault_of_a_disk_keeps_its_trace(monkeypatch):
    def fail():
        raise OSError(5, "Input/output error", "/x")

    monkeypatch.setattr(main, "app", fail)
    monkeypatch.setattr(sys, "argv", ["grader"])
    with pytest.raises(OSError, match="Input/output"):
        main.main()


@pytest.mark.parametrize(
    ("why", "status"),
    [
        (errors.NotFound("There is no such submission."), 2),
        (errors.Conflict("It is graded already."), 2),
        (errors.NotTaken("The homework is closed."), 2),
        (errors.StoreUnavailable("The database cannot be reached."), 3),
    ],
)
def test_script_can_tell_what_is_refused_from_what_may_work_later(monkeypatch, capsys, why, status):
    def fail():
        raise why

    monkeypatch.setattr(main, "app", fail)
    with pytest.raises(SystemExit) as ended:
        main.main()
    assert ended.value.code == status
    assert capsys.readouterr().err == f"{why}\n"
