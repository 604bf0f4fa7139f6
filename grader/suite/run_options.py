"""How a suite is run: what its callers may choose, and what is the same wherever it runs.

Owns values that service, Gradescope container and home share; imports no pytest. Running is
`grader.suite.pytest_run`'s, what a run says `grader.suite.collect`'s.
"""

import re
from dataclasses import dataclass
from pathlib import Path

from grader import disk, models
from grader.assignment import manifest as assignments

TEST_FOLDERS = ("public", "hidden")  # in the order in which they run
DATA_SHARE = 0.8  # of a sandbox's memory: a clean MemoryError before the kernel's kill


@dataclass(frozen=True, slots=True)
class RunOptions:
    """What the caller of a run chooses; the defaults are those of a student's submission.

    Attributes:
        until_failure: run no test after the first that fails; of use for mutants only.
        shrink: make failing public examples small, for a student to read.
        slow: run tests marked slow; without, sums of points are of no use.
        likely: names; tests that mention them run first, in whatever phase they are. With
            `until_failure`.
        files: test files, relative to the suite, to which the run is confined; empty for all.
        without: tasks whose tests are not even collected, because a person marks them.
    """

    until_failure: bool = False
    shrink: bool = True
    slow: bool = True
    likely: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    without: tuple[str, ...] = ()

    def runs(self, case: models.TestCase) -> bool:
        """Whether a collected test runs."""
        here = not self.files or case.name.partition("::")[0] in self.files
        return here and (self.slow or not case.slow)

    @property
    def whole(self) -> bool:
        """Whether every collected test runs."""
        return self.slow and not self.files


FOR_STUDENT = RunOptions()


def data_bytes(limits: assignments.Limits) -> int:
    """What one process of a submission may hold, in bytes."""
    return int(limits.memory_bytes * DATA_SHARE)


def test_folders(suite_dir: Path) -> tuple[str, ...]:
    """The folders of tests that a suite has."""
    return tuple(name for name in TEST_FOLDERS if (suite_dir / name).is_dir())


def files_with_budgets(suite_dir: Path) -> tuple[str, ...]:
    """The test files, relative to the suite, that set CPU budgets."""
    folders = (suite_dir / name for name in TEST_FOLDERS)
    paths = (path for folder in folders for _, path in disk.files(folder))
    tests = [p for p in paths if p.suffix == ".py" and re.search(rb"\bbudget\(", p.read_bytes())]
    return tuple(path.relative_to(suite_dir).as_posix() for path in tests)
