"""Run a suite, hidden tests too but no slow ones, on a folder of this machine; a line per outcome.

A program of its own, because pytest cannot well run inside pytest. It confines nothing and is
only ever given the submissions of this folder.

    python tests/acceptance/run_locally.py SUBMISSION SUITE
"""

import contextlib
import os
import sys
import tomllib
from pathlib import Path

import pytest

from grader.rpc import host
from grader.suite import events, home, plugin

TEST_S = 60.0
RUN_S = 600.0
QUIET = ["--assert=plain", "--import-mode=importlib", "-p", "no:cacheprovider", "-p", "no:terminal"]


def emit(event: events.Event) -> None:
    sys.stdout.buffer.write(events.to_line(event))


def main(submission: Path, suite: Path) -> int:
    with contextlib.ExitStack() as stack:
        course = dict(home.read_folder(suite / "given"))
        course |= {f"stage/{name}": text for name, text in home.read_folder(suite / "guest")}
        runtime = tomllib.loads((suite / "assignment.toml").read_text()).get("runtime", "numpy")
        sandboxes = home.LocalSandboxes(submission, stack, runtime, course)
        running = plugin.Plugin(suite, sandboxes, host.Bounds(TEST_S), RUN_S, emit, slow=False)
        folders = [str(suite / name) for name in ("public", "hidden")]
        pytest.main([*QUIET, "-c", os.devnull, "--rootdir", str(suite), *folders], [running])
        if running.fault is not None:
            raise running.fault
    return 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve(), Path(sys.argv[2]).resolve()))
