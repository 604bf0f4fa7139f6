"""What a run's result is for one audience: points by task and by test, dates of release.

Owns the shapes of a report. How outcomes become points, and who may see them, is of `scoring`.
"""

import datetime
import enum
from dataclasses import dataclass, field
from fractions import Fraction

from grader.models.outcomes import Basis, Verdict, Visibility


class Audience(enum.StrEnum):
    """For whom a report is written."""

    STUDENT = "student"
    INSTRUCTOR = "instructor"


class TaskKind(enum.StrEnum):
    """How a task earns its points."""

    AUTO = "auto"  # by tests
    MANUAL = "manual"  # an instructor enters marks


class HiddenScore(enum.StrEnum):
    """What a student sees of the points of tests not shown to them."""

    TOTAL = "total"  # one sum over all of them
    TASK = "task"  # one sum for each task; docs/security.md says what that gives away
    NONE = "none"  # nothing before release


@dataclass(frozen=True, slots=True)
class TestResult:
    """One line of a report: a test, its verdict, its points and what it used.

    Attributes:
        wall_s, cpu_s, memory_bytes: see `Outcome`; None for students and where unknown.
        fault: see `Outcome`; empty for students.
        cases: see `TestCase`.
        unimportable: see `Outcome`; empty for students where they may not read the message.
    """

    name: str
    task: str
    visibility: Visibility
    verdict: Verdict
    score: Fraction
    max_score: Fraction
    message: str = ""
    output: str = ""
    hint: str = ""
    slow: bool = False
    wall_s: float | None = None
    cpu_s: float | None = None
    memory_bytes: int | None = None
    fault: str = ""
    cases: str = ""
    unimportable: str = ""

    __test__ = False


@dataclass(frozen=True, slots=True)
class RuleViolation:
    """A rule of this kind that the submission breaks without being refused for it.

    `tasks` earn nothing (none: it is only mentioned); `places` are sentences with file and line.
    """

    rule: str
    tasks: tuple[str, ...]
    places: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class TickedItem:
    """A line of the rubric that a marker ticked, with its points; a deduction has negative ones."""

    text: str
    points: Fraction


@dataclass(frozen=True, slots=True)
class TaskScore:
    """A task's points; `score` is None for a manual task that has no mark yet.

    `comment` and `rubric` are what the marker of a manual task wrote and ticked, `needs` the tasks
    whose functions its tests run as well. For a student `score` and `max_score` count the tests
    shown to them, and the other two those that are not; `hidden_score` is None where the course
    does not show it by task.
    """

    id: str
    title: str
    kind: TaskKind
    score: Fraction | None
    max_score: Fraction
    comment: str = ""
    needs: tuple[str, ...] = ()
    hidden_score: Fraction | None = None
    hidden_max: Fraction = Fraction(0)
    rubric: tuple[TickedItem, ...] = ()


@dataclass(frozen=True, slots=True)
class HiddenTotal:
    """All that a student sees of the tests not shown to them."""

    tests: int
    score: Fraction | None
    max_score: Fraction


@dataclass(frozen=True, slots=True)
class Timing:
    """Seconds of one run.

    Attributes:
        queue_s: upload accepted until a worker took it.
        sandbox_s: waiting for a container and loading the submission into it.
        tests_s: first test started until the last one ended, without waiting for a container.
        total_s: grading itself, which is loading and tests, without any waiting.
    """

    queue_s: float = 0.0
    sandbox_s: float = 0.0
    tests_s: float = 0.0
    total_s: float = 0.0


@dataclass(frozen=True, slots=True)
class Release:
    """What decides when tests that are not `visible` may be shown.

    From `publish_at` on it is as if `published` were set.
    """

    due: datetime.datetime | None = None
    published: bool = False
    hidden_score: HiddenScore = HiddenScore.TOTAL
    publish_at: datetime.datetime | None = None

    def is_published(self, now: datetime.datetime) -> bool:
        """Whether students may see what is released with the grades."""
        return self.published or (self.publish_at is not None and now >= self.publish_at)


@dataclass(frozen=True, slots=True)
class Report:
    """The result of one run, for one audience.

    `score` and `max_score` count automatic tasks only; manual tasks are in `tasks`. For staff:
    how many tests this run ran and how many outcomes it kept of the run before it, and its basis.
    """

    assignment: str
    suite_version: str
    audience: Audience
    score: Fraction | None
    max_score: Fraction
    tasks: tuple[TaskScore, ...]
    tests: tuple[TestResult, ...]
    timing: Timing = field(default_factory=Timing)
    release: Release = field(default_factory=Release)
    hidden: HiddenTotal | None = None
    notes: tuple[str, ...] = ()
    ran: int = 0
    kept: int = 0
    basis: Basis | None = None
