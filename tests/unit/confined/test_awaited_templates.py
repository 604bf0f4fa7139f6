"""A template that takes long to import: waited for on a busy machine, given up on an idle one."""

import socket
import threading
import time

import pytest

from grader.confined import template_process
from grader.rpc import stall_credit

LIMIT_S, READY_S = 0.2, 0.5


@pytest.fixture
def slow_template():
    """Our end of its channel; it is ready after its limit."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    timer = threading.Timer(READY_S, theirs.sendall, [b"ready"])
    timer.start()
    yield ours
    timer.join()
    ours.close()
    theirs.close()


def test_busy_machine_is_waited_for(slow_template, monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", time.monotonic)
    assert template_process.awaited(slow_template, LIMIT_S) == b"ready"


def test_idle_machine_is_not(slow_template, monkeypatch):
    monkeypatch.setattr(stall_credit, "stalled_s", lambda: 0.0)
    with pytest.raises(TimeoutError):
        template_process.awaited(slow_template, LIMIT_S)
