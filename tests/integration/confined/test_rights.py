"""What a suite process and a reader can still do, tried from inside real ones."""

import os
import sys
from pathlib import Path

import pytest

from grader.confined import kernel, reader, rights
from grader.suite import forkserver

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="the means are Linux's")
BY_CALLS = ("make a socket", "make a network socket", "start a program", "trace another process")
BY_LANDLOCK = ("read the machine's accounts", "write outside of its scratch")


@pytest.fixture(scope="module", params=[forkserver.SuiteTemplate, reader.Reader])
def found(request, tmp_path_factory):
    home = tmp_path_factory.mktemp("service")
    with request.param() as template:
        yield template.attempts(home)


@pytest.mark.parametrize("attempt", BY_CALLS)
def test_system_call_is_refused(found, attempt):
    assert found[attempt] in rights.REFUSED


@pytest.mark.skipif(not kernel.landlock_version(), reason="this kernel has no Landlock")
@pytest.mark.parametrize("attempt", [*BY_LANDLOCK, "list the service's folder"])
def test_file_outside_is_out_of_reach(found, attempt):
    assert found[attempt] in rights.REFUSED


@pytest.mark.skipif(kernel.landlock_version() < 6, reason="this kernel's Landlock has no scopes")
def test_process_outside_cannot_be_signalled(found):
    assert found["signal another process"] in rights.REFUSED


def test_user_changes_exactly_where_python_can_be_read_by_all(found):
    open_to_all = rights._open_to_all(Path(sys.base_prefix, "lib"))
    changes = os.geteuid() == 0 and open_to_all and rights._open_to_all(Path(sys.prefix, "lib"))
    assert (found["keep its user"] in rights.REFUSED) == changes


def test_every_attempt_succeeds_without_confinement(tmp_path):
    """The attempts themselves: one that always fails would prove nothing. In a fork: one kills."""
    read, write = os.pipe()
    if (child := os.fork()) == 0:
        del rights.attempts.__globals__["_trace_parent"]
        rights.attempts.__globals__["_trace_parent"] = lambda: None
        os.write(write, repr(rights.attempts(str(tmp_path))).encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read) as answer:
        told = eval(answer.read())  # our own repr
    os.waitpid(child, 0)
    allowed = {name for name, result in told.items() if result == "allowed"}
    assert allowed >= {*BY_CALLS, "write outside of its scratch", "list the service's folder"}


def test_every_attempt_has_its_mend(found):
    assert set(found) == set(rights.MENDS)


@pytest.mark.parametrize("template", [forkserver.SuiteTemplate, reader.Reader])
def test_nothing_is_left_of_its_scratch(tmp_path, monkeypatch, template):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with template() as started:
        started.attempts(tmp_path)
    assert not list(tmp_path.iterdir())
