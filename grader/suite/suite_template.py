"""The template that suite processes are forked from: what it loads, and what a fork becomes.

Owns the loading and the first word of each fork. What a suite process does is `suite_process`'s,
what a template of a single suite does `version_process`'s; the worker's end is `forkserver`'s.
"""

import contextlib
import importlib
import os
import socket
import sys

import hypothesis
import msgspec

from grader.confined import fork_loop
from grader.suite import events, strategies, suite_process, version_process

PRELOAD = (
    *("numpy", "scipy.signal", "scipy.special", "hypothesis", "torch", "torch.nn.functional"),
    "torch.fx.experimental.symbolic_shapes",  # `backward` imports it, and sympy: 0.3 s
    "torch._dynamo",  # the making of an optimizer imports it: a second
)
WARM_EXAMPLES = 100

_Request = suite_process.SuiteRequest | suite_process.CollectRequest


def serve(requests: socket.socket) -> None:
    """Load what suites need, then fork a suite process per request until the worker hangs up."""
    for name in PRELOAD:
        with contextlib.suppress(ImportError):  # a suite that needs it says so itself
            importlib.import_module(name)
    if (torch := sys.modules.get("torch")) is not None:
        torch.set_num_threads(1)  # a pool of threads does not survive the fork
    _warm_up_hypothesis()
    fork_loop.serve(requests, _work)


def _warm_up_hypothesis() -> None:
    """Let hypothesis load what it loads late and read our sources, before the fork.

    It looks for constants in all sources that are imported (0.25 s), but only once it draws a
    number that may be one of them: every twentieth. So one example would not do.
    """
    quick = hypothesis.settings(
        max_examples=WARM_EXAMPLES,
        database=None,
        derandomize=True,
        deadline=None,
        suppress_health_check=tuple(hypothesis.HealthCheck),  # a busy machine is slow
    )
    quick(hypothesis.given(strategies.arrays(strategies.shapes(n=(1, 6))))(lambda _: None))()


def _work(start: fork_loop.Start) -> None:
    """Everything that a fork does."""
    try:
        request = msgspec.json.decode(start.request, type=_Request)
        if isinstance(request, suite_process.CollectRequest):
            version_process.work(start, request)
            os._exit(0)
        last = suite_process.work(start, request)
    except BaseException as exc:  # the worker must hear of it, whatever it is
        last = suite_process.failed(exc)
    with contextlib.suppress(OSError):  # the worker has hung up
        start.channel.sendall(events.to_line(last))
