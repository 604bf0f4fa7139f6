"""The one way in which pytest runs a suite: in a suite process, in Gradescope's container, at home.

Owns pytest's arguments. What becomes of a test is `grader.suite.plugin`'s; where the submission
runs is its sandboxes'.
"""

import os
from collections.abc import Iterable
from pathlib import Path

import pytest

from grader.suite import plugin

# What is left of pytest: its own reporting, caching and patching of output serve no one here.
ARGUMENTS = [
    "--assert=plain",
    "--capture=no",
    "--import-mode=importlib",
    "--strict-markers",
    *("-p", "no:cacheprovider", "-p", "no:terminal", "-p", "no:doctest", "-p", "no:junitxml"),
    *("-p", "no:logging", "-p", "no:pastebin", "-p", "no:faulthandler", "-p", "no:stepwise"),
    *("-p", "no:unittest", "-p", "no:debugging", "-p", "no:threadexception"),
    *("-p", "no:unraisableexception", "-p", "no:warnings", "-p", "no:recwarn"),
]


def run(
    suite: plugin.Plugin,
    suite_dir: Path,
    paths: Iterable[str],
    *,
    until_failure: bool = False,
    only_collect: bool = False,
    left_out: Iterable[Path] = (),
) -> int:
    """Run tests in this process; what they say goes to the plugin's `emit`, faults to its `fault`.

    Args:
        paths: folders or files of tests, or names of single tests, relative to the suite.
        until_failure: run none after the first that fails.
        only_collect: import the tests and run none.
        left_out: test files that are not even imported.

    Returns:
        pytest's exit status.
    """
    # Nothing above the suite is looked at: a confined process could not, either.
    top = str(suite_dir)
    arguments = [*ARGUMENTS, "-c", os.devnull, "--rootdir", top, "--confcutdir", top]
    arguments += ["--exitfirst"] if until_failure else []
    arguments += ["--collect-only"] if only_collect else []
    arguments += [f"--ignore={path}" for path in left_out]
    return int(pytest.main([*arguments, *(f"{top}/{path}" for path in paths)], plugins=[suite]))
