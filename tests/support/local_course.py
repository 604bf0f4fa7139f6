"""A tiny course on disk, run on a submission in a subprocess: suite, plugin, host and guest.

Owns what the tests of the plugin share; a real sandbox is `tests.support.attacked`'s.
"""

import sys
import textwrap

from grader.rpc import host
from grader.suite import events, local_run

HEADER = """
import numpy as np
from grader.suite import task, given, close, strategies as st
"""


class Course:
    """A tiny course on disk, run once per call."""

    def __init__(self, folder):
        self.folder = folder
        self.events = []

    def run(self, submission, public="", hidden="", bounds=None, run_s=60.0, more=None):
        for name, text in (("public", public), ("hidden", hidden)):
            if text:
                (self.folder / name).mkdir()
                (self.folder / name / f"test_{name}.py").write_text(HEADER + textwrap.dedent(text))
        (self.folder / "submission").mkdir()
        (self.folder / "submission" / "layers.py").write_text(textwrap.dedent(submission))
        for name, text in (more or {}).items():
            (self.folder / "submission" / name).write_text(text)
        for module in [name for name in sys.modules if name.startswith(("public", "hidden"))]:
            del sys.modules[module]  # pytest runs many times in this process, a suite once
        self.fault = local_run.run(
            self.folder / "submission",
            self.folder,
            bounds or host.Bounds(20.0),
            run_s,
            self.events.append,
        )
        return {
            e.outcome.test.split("::")[1]: e.outcome
            for e in self.events
            if isinstance(e, events.Finished)
        }
