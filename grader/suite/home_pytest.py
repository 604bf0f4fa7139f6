"""pytest's own way at home: the plugin by which `pytest`, and editors, run a homework's tests.

Owns what a plain `pytest` in the template's folder needs: the `student` fixture, and reports in our
words instead of a traceback through the test. Registered by the entry point `grader`, so it is
loaded by every pytest of an environment: it imports nothing until a test of a homework runs, and
leaves all other tests alone. `grader check` and the service do not use it (`suite.plugin`).
"""

import contextlib
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

PUBLIC = "public_tests"
MARK = "__grader_task__"  # `decorators.MARK`, which is not imported for other people's tests
_homeworks = pytest.StashKey[dict[Path, Any]]()
_stack = pytest.StashKey[contextlib.ExitStack]()


def pytest_configure(config: pytest.Config) -> None:
    """Nothing runs yet."""
    config.stash[_homeworks] = {}
    config.stash[_stack] = contextlib.ExitStack()


def pytest_unconfigure(config: pytest.Config) -> None:
    """End the processes of the submissions."""
    if _stack in config.stash:
        config.stash[_stack].close()


def folder_of(path: Path) -> Path | None:
    """The homework's folder that a file of tests belongs to."""
    return next((p.parent for p in path.parents if p.name == PUBLIC), None)


def _is_ours(item: pytest.Item) -> bool:
    return hasattr(getattr(item, "function", None), MARK) and folder_of(item.path) is not None


def pytest_report_collectionfinish(items: list[pytest.Item]) -> list[str]:
    """What `grader check` says before the tests, of each homework whose tests run."""
    found = (folder_of(item.path) for item in items if _is_ours(item))
    folders = {folder for folder in found if folder is not None}
    if not folders:
        return []
    from grader.suite import home_check, local_run

    own = ((dict(local_run.read_folder(folder)), folder) for folder in sorted(folders))
    return [line for files, folder in own for line in home_check.of(files, folder).before]


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What is remembered of a test's examples begins with the test."""
    if _is_ours(item):
        from grader.suite import budgets, decorators

        decorators.running.shrink = True
        decorators.running.examples = decorators.Examples()
        decorators.running.restart = None
        budgets.running = budgets.BudgetedTest(item.nodeid)


@pytest.fixture
def student(request: pytest.FixtureRequest) -> Iterator[Any]:
    """Your code, in a process of its own for this test."""
    folder = folder_of(request.path)
    if folder is None:
        pytest.fail(f"`student` is for tests in a folder {PUBLIC}.", pytrace=False)
    from grader.rpc import host, proxy
    from grader.suite import decorators, local_run, student_process

    mark = getattr(request.function, MARK, None)
    slow = mark is not None and mark.slow
    bounds = host.Bounds(local_run.SLOW_TEST_S if slow else local_run.TEST_S)
    sandboxes = _sandboxes(request.config, folder)
    try:
        process = student_process.StudentProcess(sandboxes.guest(), bounds)
        decorators.running.restart = process.restart
        yield proxy.Student(process.ask, process.cpu_s)
        if printed := process.finish().output:
            request.node.add_report_section("call", "printed by your code", printed)
    except host.GuestLost as loss:
        sandboxes.lost(loss)
        raise


def _sandboxes(config: pytest.Config, folder: Path) -> Any:
    from grader.suite import local_run

    known = config.stash[_homeworks]
    if folder not in known:
        known[folder] = local_run.sandboxes(folder, folder, config.stash[_stack])
    return known[folder]


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[Any]
) -> Generator[None, Any, Any]:
    """Say what a student needs: the example, what came out, what is right, the hint."""
    report: Any = yield
    excinfo = call.excinfo
    if excinfo is not None and report.failed and _is_ours(item):
        from grader.suite import containment, decorators, explain

        failure = containment.original(excinfo.value)
        lines = [explain.message_of(failure, decorators.running.examples)]
        hint = getattr(item.function, MARK).hint  # type: ignore[attr-defined]  # `_is_ours`
        report.longrepr = "\n".join([*lines, *([f"Hint: {hint}"] if hint else [])])
    return report
