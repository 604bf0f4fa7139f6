"""The one way in which pytest runs a suite: in a suite process, in Gradescope's container, at home.

Owns pytest's arguments. What becomes of a test is `grader.suite.plugin`'s; where the submission
runs is its sandboxes'.
"""

import os
from collections.abc import Collection, Iterable
from pathlib import Path

import pytest

from grader.suite import decorators, plugin

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
    *("-p", "no:grader"),  # the one for students' own runs (`home_pytest`)
]


class OnlyTasks:
    """Leaves out the tests of all but some tasks; with none named, nothing."""

    def __init__(self, tasks: Collection[str]) -> None:
        self._tasks = tasks

    @pytest.hookimpl(tryfirst=True)
    def pytest_collection_modifyitems(self, items: list[pytest.Item]) -> None:
        """Before the plugin of the suite counts them."""
        if self._tasks:
            items[:] = [item for item in items if decorators.task_of(item) in self._tasks]


def run(
    suite: plugin.Plugin,
    suite_dir: Path,
    paths: Iterable[str],
    *,
    until_failure: bool = False,
    only_collect: bool = False,
    left_out: Iterable[Path] = (),
    tasks: Collection[str] = (),
) -> int:
    """Run tests in this process; what they say goes to the plugin's `emit`, faults to its `fault`.

    Args:
        paths: folders or files of tests, or names of single tests, relative to the suite.
        until_failure: run none after the first that fails.
        only_collect: import the tests and run none.
        left_out: test files that are not even imported.
        tasks: ids; only their tests run. Empty: all.

    Returns:
        pytest's exit status.
    """
    # Nothing above the suite is looked at: a confined process could not, either.
    top = str(suite_dir)
    arguments = [*ARGUMENTS, "-c", os.devnull, "--rootdir", top, "--confcutdir", top]
    arguments += ["--exitfirst"] if until_failure else []
    arguments += ["--collect-only"] if only_collect else []
    arguments += [f"--ignore={path}" for path in left_out]
    arguments += [f"{top}/{path}" for path in paths]
    return int(pytest.main(arguments, plugins=[suite, OnlyTasks(tasks)]))
