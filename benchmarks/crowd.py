"""A course full of students in a database: what the pages are measured on, and tried with.

Owns made-up people, submissions and reports. Results go in through the store's own statements, so
that states, events and audit entries are those of real gradings.
"""

import dataclasses
import random
import uuid
from collections.abc import Sequence
from fractions import Fraction

from grader import models
from grader.service import accounts
from grader.store import database, rows, runs, submissions

TESTS = 120
WRONG = (
    "max error {:.2e} at ({}, {})\n  got      0.25\n  expected 0.75",
    "shape ({}, {}, 3) where ({}, 4) is expected",
)


def fill(
    store: database.Database,
    assignment: str,
    students: int,
    each: int,
    seed: int = 0,
    upload: str = "",
) -> tuple[str, list[uuid.UUID]]:
    """Add students with graded submissions; the staff's token, and the submissions' ids.

    Args:
        upload: the stored upload that all of them have; without one it cannot be read.
    """
    draw = random.Random(seed)
    token = accounts.add_user(store, "teacher", "instructor")
    made = []
    for number in range(students):
        user = accounts.find(store, accounts.add_user(store, f"student{number:03}", "student"))
        assert user is not None
        skill = draw.betavariate(4, 1.5)
        made += [_graded(store, user, assignment, skill, draw, upload) for _ in range(each)]
    return token, made


def _graded(
    store: database.Database,
    user: rows.User,
    assignment: str,
    skill: float,
    draw: random.Random,
    upload: str,
) -> uuid.UUID:
    digest = f"{draw.getrandbits(256):064x}"
    new = rows.NewSubmission(uuid.uuid4(), user.id, assignment, upload or digest, 4000, digest)
    submissions.accept(store, new, lambda _connection, _run_id: None)
    submission = submissions.get(store, new.id, user)
    assert submission is not None
    work = runs.begin(store, submission.run_id, "worker made-up:1")
    assert work is not None
    runs.finish(store, work, report(assignment, skill, draw))
    return new.id


def report(assignment: str, skill: float, draw: random.Random, count: int = TESTS) -> models.Report:
    """A report in which hard tests fail more often than easy ones."""
    results = tuple(_result(number, count, skill, draw) for number in range(count))
    tasks = [_task(f"{number}", results) for number in range(1, 9)]
    score = sum((t.score or Fraction(0) for t in tasks), Fraction(0))
    maximum = sum((t.max_score for t in tasks), Fraction(0))
    timing = models.Timing(1.0, 0.3, 9.0, 11.0)
    who, none = models.Audience.INSTRUCTOR, ()
    return models.Report(
        assignment, "0" * 16, who, score, maximum, tuple(tasks), results, timing, notes=none
    )


def _result(number: int, count: int, skill: float, draw: random.Random) -> models.TestResult:
    hidden = number % 2 == 1
    folder = "hidden" if hidden else "public"
    task = str(1 + number * 8 // count)
    passed = draw.random() < skill + 0.4 * (1 - number / count)
    verdict = models.Verdict.PASSED if passed else models.Verdict.WRONG_ANSWER
    points = Fraction(100, count)
    message = "" if passed else draw.choice(WRONG).format(*(draw.randint(1, 99) for _ in range(4)))
    return models.TestResult(
        name=f"{folder}/test_task{task}.py::test_property_{number}",
        task=task,
        visibility=models.Visibility.HIDDEN if hidden else models.Visibility.VISIBLE,
        verdict=verdict,
        score=points if passed else Fraction(0),
        max_score=points,
        message=message,
        wall_s=0.02 * (1 + number % 7) * draw.uniform(0.8, 1.5),
        cpu_s=0.015 * (1 + number % 7) * draw.uniform(0.8, 1.5),
        memory_bytes=int(2**20 * (60 + number % 11) * draw.uniform(0.9, 1.4)),
    )


def _task(task: str, tests: Sequence[models.TestResult]) -> models.TaskScore:
    own = [test for test in tests if test.task == task]
    zero = Fraction(0)
    earned, maximum = sum((t.score for t in own), zero), sum((t.max_score for t in own), zero)
    return models.TaskScore(task, f"Problem {task}", models.TaskKind.AUTO, earned, maximum)


def manual(whole: models.Report) -> models.Report:
    """The same with one more task, which staff mark."""
    task = models.TaskScore("w", "Write-up", models.TaskKind.MANUAL, None, Fraction(10))
    return dataclasses.replace(whole, tasks=(*whole.tasks, task))
