"""What one test is, and what it said of a submission.

Owns tests, their visibility, verdicts and outcomes, and a run's progress by them. Points and what
an audience may see of it are of `reports`.
"""

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


@dataclass(frozen=True, slots=True)
class UploadNoted:
    """The upload has been read: what the report will note on its files."""

    notes: tuple[str, ...]


Progress = Tested | PhaseEnded | UploadNoted


@dataclass(frozen=True, slots=True)
class SecondTry:
    """A failed test that ran again with files of the reference below the submission's.

    Attributes:
        first: what it said of the submission alone.
        files: names of the reference's files.
        verdict: of the second run; the test counts as passed if it passed.
    """

    first: Outcome
    files: tuple[str, ...]
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Basis:
    """What outcomes rest on: hashes of all that every test meets, and of each test file by path;
    what the report says of the submission's notebooks, and of its files by test; and which tests
    ran a second time.
    """

    shared: str
    files: dict[str, str]
    notebook_notes: tuple[str, ...] = ()
    remarks: dict[str, tuple[str, ...]] = field(default_factory=dict)
    second: dict[str, SecondTry] = field(default_factory=dict)
