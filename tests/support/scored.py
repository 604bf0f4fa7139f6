"""Reports made of a small rubric, for tests of points and of what students may see."""

import datetime
from fractions import Fraction
from pathlib import Path

from grader import models
from grader.assignment import manifest as assignments
from grader.models import Outcome, TestCase, Verdict, Visibility
from grader.scoring import points, redaction

NOW = datetime.datetime(2026, 3, 1, tzinfo=datetime.UTC)
CANARY = "CANARY"


def course(*tasks, **manifest):
    tasks = tasks or (
        assignments.Task("1", "First", 10),
        assignments.Task("2", "Second", 5),
    )
    made = assignments.Manifest(
        slug="a1",
        title="t",
        course="c",
        total_points=sum(task.points for task in tasks),
        submission=assignments.SubmissionRules(required=("m.py",)),
        task=tasks,
        **manifest,
    )

    class Fixed(assignments.Assignment, frozen=True):
        def suite_version(self):
            return "v1"

    return Fixed(made, Path(), Path(), Path())


def case(name, task="1", weight=1, visibility=Visibility.VISIBLE, hint="", facet=""):
    function = name.split("[")[0]
    return TestCase(name, function, task, Fraction(weight), visibility, hint, facet=facet)


def scored(cases, passed, **options):
    outcomes = [
        Outcome(c.name, Verdict.PASSED if c.name in passed else Verdict.WRONG_ANSWER, "why")
        for c in cases
    ]
    return points.score(course(**options), cases, outcomes, models.Timing(total_s=1.26))


def with_faults(*faulty, visibility=Visibility.VISIBLE):
    """Two tests of the first task and one of the second; those named are wrong themselves."""
    cases = [
        case("a", visibility=visibility),
        case("b[1]", visibility=visibility),
        case("b[2]", visibility=visibility),
        case("c", "2"),
    ]
    outcomes = [
        Outcome(c.name, Verdict.NOT_RUN, redaction.SET_ASIDE, fault=f"{CANARY}, line 3: x")
        if c.name in faulty
        else Outcome(c.name, Verdict.PASSED)
        for c in cases
    ]
    return points.score(course(), cases, outcomes, models.Timing())
