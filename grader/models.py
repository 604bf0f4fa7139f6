"""Vocabulary: the frozen values and enums that every other module speaks in.

Owns names and shapes only; no I/O. Points are exact fractions everywhere inside; only the outermost
edge writes floats.
"""

import datetime
import enum
from dataclasses import dataclass, field
from fractions import Fraction


class Verdict(enum.StrEnum):
    """What one test said about the submission."""

    PASSED = "passed"  # every comparison held
    WRONG_ANSWER = "wrong_answer"  # a value, shape or type differs from what is expected
    EXCEPTION = "exception"  # the student's code raised
    TIME_LIMIT = "time_limit"  # the test's wall-clock budget ran out
    MEMORY_LIMIT = "memory_limit"  # the sandbox's memory ran out
    CRASHED = "crashed"  # the process ended before it answered
    PROTOCOL_VIOLATION = "protocol_violation"  # the answer was not a well-formed message
    OUTPUT_LIMIT = "output_limit"  # printed so much that the test was stopped
    RULE_BROKEN = "rule_broken"  # the source breaks a rule, for which the task earns nothing
    NOT_PASSED = "not_passed"  # what a student sees of any failure whose details stay hidden
    NOT_RUN = "not_run"  # the run's budget ended before, or the test itself is wrong


class Visibility(enum.StrEnum):
    """When a student may see one test's result (Gradescope's four values and meanings)."""

    VISIBLE = "visible"  # always
    HIDDEN = "hidden"  # never
    AFTER_DUE_DATE = "after_due_date"  # once the assignment is due
    AFTER_PUBLISHED = "after_published"  # once the instructor has published grades


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


class SubmissionState(enum.StrEnum):
    """Life of a run, and so of the submission whose newest run it is; moves: `store.run_states`."""

    QUEUED = "queued"
    HELD = "held"  # its batch or regrade is paused
    RUNNING = "running"
    DONE = "done"  # the report is ready
    REFUSED = "refused"  # the upload breaks a rule that only grading could see; the student's turn
    FAILED = "failed"  # the suite or the machine is at fault; staff must act
    CANCELLED = "cancelled"  # somebody called it off
    SUPERSEDED = "superseded"  # its student handed in a newer one while it waited


class Priority(enum.IntEnum):
    """Which run is graded first; within a priority the older one."""

    INTERACTIVE = 20  # somebody waits for it
    BATCH = 10
    REGRADE = 0


class BulkState(enum.StrEnum):
    """Life of a batch or a regrade; whether its runs have ended is counted."""

    OPEN = "open"
    PAUSED = "paused"  # what has not begun waits
    CANCELLED = "cancelled"
    APPLIED = "applied"  # a regrade whose new results count
    REVERTED = "reverted"  # the old results count again


class Which(enum.StrEnum):
    """Which submissions of an assignment a regrade takes."""

    ALL = "all"
    LATEST = "latest"  # the newest of each student
    BEST = "best"  # the highest score of each student
    FAILED = "failed"  # those without a result by a fault of ours
    CHOSEN = "chosen"  # those that are named


class Take(enum.StrEnum):
    """Which results of a regrade count when it is applied."""

    KEEP_MAX = "keep-max"  # the new one where it is higher
    TAKE_NEW = "take-new"  # the new one wherever there is one


class Active(enum.StrEnum):
    """Which of a student's graded submissions counts."""

    LATEST = "latest"
    BEST = "best"  # the highest score after the late penalty
    CHOSEN = "chosen"  # the one the student names; the latest until then


class Window(enum.StrEnum):
    """Where a student stands between an assignment's dates."""

    NOT_OPEN = "not_open"
    OPEN = "open"
    GRACE = "grace"  # after the due date, without a penalty yet
    LATE = "late"
    CLOSED = "closed"  # nothing is taken any more


class Scope(enum.StrEnum):
    """What a token may be used for, within what its owner may do."""

    ALL = "all"
    READ = "read"
    SUBMIT = "submit"  # reading, and handing in


class Role(enum.StrEnum):
    """What a token's owner may do."""

    STUDENT = "student"
    TA = "ta"
    INSTRUCTOR = "instructor"
    ADMIN = "admin"
    CI = "ci"


class Phase(enum.StrEnum):
    """The stages of a run, in their order; what a student may see at once comes first."""

    PUBLIC = "public"  # visible tests
    HIDDEN = "hidden"  # all others
    SLOW = "slow"  # marked so by their author: training, checkpoints


@dataclass(frozen=True, slots=True)
class TestCase:
    """One collected test (one case of a parametrised test).

    Attributes:
        name: unique in the suite: `public/test_file.py::test_name[case]`.
        function: the test without its case; cases of one function share its weight.
        task: id of the rubric's task it earns points for.
        weight: share of the points of its task, or of its facet, among the functions of that.
        hint: the author's advice, shown when the test fails and may be seen.
        slow: it runs after all others, under `limits.slow_test_s`.
        facet: the part of its task that it looks at; empty for a task that has no facets.
        cases: what the cases of its function are, as "gradients"; empty if its author does not say.
    """

    name: str
    function: str
    task: str
    weight: Fraction
    visibility: Visibility
    hint: str = ""
    slow: bool = False
    facet: str = ""
    cases: str = ""

    __test__ = False  # the name is the field's; pytest must not collect the class

    @property
    def readable(self) -> bool:
        """Whether a student reads what it says and what the code printed in it."""
        return self.visibility is Visibility.VISIBLE

    @property
    def phase(self) -> Phase:
        """The stage in which it runs."""
        if self.slow:
            return Phase.SLOW
        return Phase.PUBLIC if self.readable else Phase.HIDDEN


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one test said.

    Attributes:
        test: the `TestCase.name`.
        message: what went wrong in words; may hold inputs and student text (redacted later).
        output: what the student's code printed during the test, capped and escaped.
        wall_s: wall-clock seconds of the test, both sides.
        cpu_s: CPU seconds of the sandbox during the test, None where it cannot be read.
        memory_bytes: the most that the sandbox held during the test, None where unknown.
        fault: for staff, the mistake in a test whose points are set aside: file, line, error.
        unimportable: the submission's file at whose import the test ended; else empty. The first
            line of `message` names it, the rest says why.
    """

    test: str
    verdict: Verdict
    message: str = ""
    output: str = ""
    wall_s: float = 0.0
    cpu_s: float | None = None
    memory_bytes: int | None = None
    fault: str = ""
    unimportable: str = ""


@dataclass(frozen=True, slots=True)
class Tested:
    """Progress of a run: one more of `total` tests has ended; `done` counts it as well."""

    case: TestCase
    outcome: Outcome
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class PhaseEnded:
    """A phase is over, `wall_s` after the suite began. Not for students: it counts hidden tests."""

    phase: Phase
    passed: int
    total: int
    wall_s: float


Progress = Tested | PhaseEnded


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
class Basis:
    """What outcomes rest on: hashes of all that every test meets, and of each test file by path;
    and what the report says of the submission's notebooks, and of its files by test.
    """

    shared: str
    files: dict[str, str]
    notebook_notes: tuple[str, ...] = ()
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)


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


@dataclass(frozen=True, slots=True)
class FileTree:
    """A validated submission: POSIX path -> bytes, plus remarks for the report."""

    files: dict[str, bytes]
    notes: tuple[str, ...] = ()
