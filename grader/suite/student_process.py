"""The submission's process of one test: opened, asked, begun again where that tells more, ended.

Owns which of the submission's processes answers, and what the first of them used and printed: that
is the test's. Does not own where guests come from (`grader.suite.plugin`) nor the conversation with
one (`grader.rpc.host`).
"""

import contextlib
import dataclasses
from dataclasses import dataclass
from typing import Any

from grader.rpc import host, supervision
from grader.suite import decorators

ARGUMENTS_AT = 3  # of a question: operation, target and name come first
LEAST_S = 0.1  # for another process when the first has used up the test's time


@dataclass(frozen=True, slots=True)
class Usage:
    """What a test used and printed; None where the machine does not show it."""

    output: str = ""
    cpu_s: float | None = None
    memory_bytes: int | None = None


class StudentProcess:
    """One test's process of the submission.

    Args:
        bounds: what the test may use, in all of its processes together.
    """

    def __init__(self, guest: supervision.Guest, bounds: host.Bounds) -> None:
        self._guest = guest
        self._bounds = bounds
        self._imported: set[str] | None = None  # modules, once their imports are counted apart
        self._session = self._opened(bounds)
        self._usage: Usage | None = None

    def _opened(self, bounds: host.Bounds) -> host.Session:
        session = self._guest.open(bounds)
        session.ask_of_handles = self.ask  # what a model's methods are asked is heard as well
        self._imported = None if self._imported is None else set()
        self._imports_cpu_s = 0.0
        return session

    def ask(self, *question: Any, **operands: Any) -> Any:
        """One operation in the process that is running; see `host.Session.ask`."""
        if self._imported is not None:
            self._import_apart(*question)
        examples = decorators.running.examples
        examples.sent.note([question[ARGUMENTS_AT:], operands])
        answer = self._session.ask(*question, **operands)
        examples.answered.note(question, answer)
        return answer

    def cpu_s(self) -> float | None:
        """CPU seconds used so far, without the imports of modules that are asked from now on.

        Which libraries a file imports says nothing of how fast its functions are.
        """
        if self._imported is None:
            self._imported = set()
        used = self._session.cpu_s()
        return None if used is None else used - self._imports_cpu_s

    def _import_apart(self, _operation: str, target: str | int = 0, *_rest: Any) -> None:
        """Have a module imported, if it is asked for the first time, before it is asked more."""
        if not isinstance(target, str) or self._imported is None or target in self._imported:
            return
        self._imported.add(target)
        before = self._session.cpu_s()
        with contextlib.suppress(host.StudentRaised):  # the question itself meets the same
            self._session.ask("get", target, "__name__")
        after = self._session.cpu_s()
        if before is not None and after is not None:
            self._imports_cpu_s += after - before

    def restart(self) -> None:
        """End the process and open one that knows nothing of what this one was asked.

        Raises:
            Stopped: as `finish`.
        """
        self.finish()
        left_s = max(self._bounds.test_s - self._session.waited_s, LEAST_S)
        self._session = self._opened(dataclasses.replace(self._bounds, test_s=left_s))

    def begin_again(self) -> None:
        """Forget the process, and open one for the whole test as if there had been none.

        Raises:
            GuestLost: the sandbox is gone.
        """
        try:
            self._session.finish()
        except host.GuestLost:
            raise
        except host.Stopped:  # it has no say any more
            pass
        self._session = self._opened(self._bounds)
        self._usage = None

    def finish(self) -> Usage:
        """End the process; what the first one used.

        Raises:
            Stopped: memory ran out in a process that the test itself did not notice.
        """
        cpu_s, memory_bytes = self._session.cpu_s(), self._session.peak_bytes()
        output = self._session.finish()
        self._usage = self._usage or Usage(output, cpu_s, memory_bytes)
        return self._usage
