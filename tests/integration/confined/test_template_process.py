"""How a confined process ended is known, also when it had ended before anybody looked."""

import contextlib
import time

import msgspec
import pytest

from grader import errors
from grader.confined import template_process
from grader.rpc import stall_credit
from grader.suite import forkserver

MODULE = "tests.support.endings"


@pytest.fixture(scope="module")
def template():
    with template_process.TemplateProcess(MODULE) as found:
        yield found


def ending(template, request):
    with contextlib.closing(template.fork(request)) as child, pytest.raises(EOFError) as ended:
        child.receive(100, time.monotonic() + 30, stall_credit.Patience())
    return str(ended.value)


@pytest.mark.parametrize(
    ("request_", "words"),
    [
        (b"SIGKILL", "was ended by SIGKILL"),
        (b"SIGSEGV", "was ended by SIGSEGV"),
        (b"SIGXCPU", "was ended by SIGXCPU"),
        (b"35", "was ended by signal 35"),
        (b"exit 3", "ended with status 3"),
        (b"exit 0", "ended with status 0"),
    ],
)
def test_signal_or_status_of_a_child_is_named(template, request_, words):
    assert ending(template, request_) == words


def test_child_that_only_hangs_up_is_said_to(template, monkeypatch):
    monkeypatch.setattr(template_process, "STATUS_S", 0.2)
    assert ending(template, b"hang") == "closed its channel"


def test_child_that_has_ended_before_its_pidfd_is_opened_is_normal(template):
    """Twenty at once: each ends while the template is still at the others."""
    children = [template.fork(b"exit 7") for _ in range(20)]
    time.sleep(0.3)
    for child in children:
        with contextlib.closing(child), pytest.raises(EOFError, match="ended with status 7"):
            child.receive(100, time.monotonic() + 30, stall_credit.Patience())


def test_child_holds_no_descriptor_of_the_template_or_another_child(template):
    with contextlib.ExitStack() as stack:
        for request in (b"sleep", b"sleep", b"descriptors"):
            child = stack.enter_context(contextlib.closing(template.fork(request)))
        said = child.receive(1000, time.monotonic() + 30, stall_credit.Patience())
    kinds = msgspec.json.decode(said)
    assert not [kind for kind in kinds if "pidfd" in kind or "pipe" in kind]
    assert len([kind for kind in kinds if "socket" in kind]) == 1


def test_death_of_a_suite_process_names_its_signal(monkeypatch):
    with template_process.TemplateProcess(MODULE) as template:
        suite = forkserver.SuiteProcess(template.fork(b"SIGABRT"))
        with (
            contextlib.closing(suite),
            pytest.raises(
                errors.OperatorError,
                match=r"^A suite process was ended by SIGABRT before it was done\.$",
            ),
        ):
            list(suite.events(30))
