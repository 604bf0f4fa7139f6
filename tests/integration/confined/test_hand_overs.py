"""Every place where a descriptor goes to another process, with a try that is forced to fail.

    channel, sandbox's sockets, meters, turns   parent -> template   `TemplateProcess.fork`
    pidfd, end                                  template -> parent   `Children.fork`
    requests                                    parent -> template   at the template's start
    another sandbox's sockets and meters        worker -> suite      `SuiteProcess.hand_over`

An upload itself is no descriptor any more: its bytes go over the channel once a child is there.
"""

import contextlib
import os
import time

import pytest

from grader import errors
from grader.confined import reader, rights, template_process
from grader.intake import archive
from grader.rpc import stall_credit
from grader.suite import forkserver
from tests.support import attacked, dying_template

UPLOAD = archive.write({"layers.py": attacked.HONEST.encode()})


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """Where a moment is chosen, and where children note that they began."""
    monkeypatch.setitem(rights.ENVIRONMENT, "DYING_FOLDER", str(tmp_path))
    return tmp_path


def answer(child):
    return child.receive(1000, time.monotonic() + 60, stall_credit.Patience())


@pytest.mark.parametrize("moment", dying_template.MOMENTS)
def test_what_is_handed_on_in_a_second_try_was_never_used_in_the_first(folder, moment):
    """A pipe, as turns are: what one child had read, the other would lack."""
    reading, writing = os.pipe()
    os.write(writing, b"all of it")
    (folder / moment).touch()
    with template_process.TemplateProcess("tests.support.dying_template") as template:
        child = template.fork(str(folder).encode(), [reading])
        with contextlib.closing(child):
            assert answer(child) == b"got all of it"
    assert (folder / "began").read_text() == "x"
    assert not (folder / moment).exists()
    os.close(reading)
    os.close(writing)


@pytest.mark.parametrize("moment", dying_template.MOMENTS)
def test_file_is_read_from_where_it_stood(folder, tmp_path, moment):
    (tmp_path / "file").write_bytes(b"all of it")
    (folder / moment).touch()
    with (
        (tmp_path / "file").open("rb") as file,
        template_process.TemplateProcess("tests.support.dying_template") as template,
        contextlib.closing(template.fork(str(folder).encode(), [file.fileno()])) as child,
    ):
        assert answer(child) == b"got all of it"


def test_template_that_was_killed_while_idle_is_replaced(folder):
    with template_process.TemplateProcess("tests.support.dying_template") as template:
        with contextlib.closing(template.fork(str(folder).encode())) as child:
            assert answer(child) == b"got nothing"
        template._process.kill()
        template._process.wait()
        with contextlib.closing(template.fork(str(folder).encode())) as child:
            assert answer(child) == b"got nothing"
    assert (folder / "began").read_text() == "xx"


@pytest.mark.parametrize("moment", dying_template.MOMENTS)
def test_upload_is_read_and_never_refused(folder, tmp_path_factory, moment):
    assignment = attacked.write(tmp_path_factory.mktemp("course"), "CANARY")
    (folder / moment).touch()
    dying = reader.Reader()
    dying._module = "tests.support.dying_reader"
    with dying:
        for _ in range(2):
            assert list(dying.read(UPLOAD, assignment).tree.files) == ["layers.py"]
    assert not (folder / moment).exists()


def test_suite_process_that_has_ended_before_a_hand_over_is_the_machine_s_fault(folder):
    with template_process.TemplateProcess("tests.support.dying_template") as template:
        suite = forkserver.SuiteProcess(template.fork(str(folder).encode()))
        with contextlib.closing(suite):
            assert answer(suite._child) == b"got nothing"
            with pytest.raises(EOFError):
                answer(suite._child)
            with pytest.raises(errors.OperatorError, match="ended before it was given another"):
                suite.hand_over([0])


def test_template_that_never_works_is_the_machine_s_fault_and_no_refusal(folder):
    assignment = attacked.write(folder / "course", "CANARY")
    broken = reader.Reader()
    broken._module = "tests.support.there_is_no_such_module"
    with broken, pytest.raises(errors.OperatorError, match="No confined process starts"):
        broken.read(UPLOAD, assignment)
