"""What a report's page says of tasks: points, bars, what needs work."""

from fractions import Fraction

import pytest

from grader import models
from grader.assignment import manifest as assignments
from grader.models import Audience, Visibility
from grader.scoring import final_score, redaction
from grader.service import reports
from grader.web import rendering, report_view
from tests.support.scored import NOW, case, scored

HIDDEN = Visibility.HIDDEN
TASKS = (assignments.Task("1", "First", 12), assignments.Task("2", "Second", 5))
BOTH = [
    case("v1", weight=5),
    case("h1", weight=13, visibility=HIDDEN),
    case("v2", "2"),
    case("h2", "2", visibility=HIDDEN),
]
FIRST_ONLY = BOTH[:3]


def view(cases, passed, hidden_score="total", audience=Audience.STUDENT):
    from tests.support import scored as made

    feedback = assignments.Feedback(models.HiddenScore(hidden_score))
    outcomes = [
        models.Outcome(
            one.name,
            models.Verdict.PASSED if one.name in passed else models.Verdict.WRONG_ANSWER,
        )
        for one in cases
    ]
    whole = report_of(made.course(*TASKS, feedback=feedback), cases, outcomes)
    shown = redaction.redact(whole, audience, NOW)
    totals = final_score.of_report(shown, Fraction(0))
    return report_view.of_report(reports.StudentReport(shown, totals), None)


def report_of(course, cases, outcomes):
    from grader.scoring import points

    return points.score(course, cases, outcomes, models.Timing())


def needs_work(made):
    return [task.id for task in made.needs_work]


def test_points_of_a_task_add_up_to_the_handouts():
    first = view(BOTH, {"v1", "h1"}).tasks[0]
    assert first.points == "3.33 of 3.33 visible, 8.67 hidden"


def test_points_of_a_tasks_hidden_tests_stand_there_where_the_course_shows_them():
    first = view(BOTH, {"v1", "h1"}, "task").tasks[0]
    assert first.points == "3.33 of 3.33 visible, 8.67 of 8.67 hidden"


def test_bar_keeps_a_segment_for_points_that_nobody_shows():
    bar = view(BOTH, {"v1"}).tasks[0].bar
    assert (bar.earned, bar.lost) == (27.78, 0)
    assert bar.hidden == 72.22
    bar = view(BOTH, {"v1"}, "task").tasks[0].bar
    assert (bar.earned, bar.lost, bar.hidden) == (27.78, 72.22, 0)


def test_task_that_lost_hidden_points_needs_work_where_the_course_shows_them_by_task():
    made = view(BOTH, {"v1", "v2", "h2"}, "task")
    assert needs_work(made) == ["1"]
    assert made.hidden == ""


def test_one_hidden_sum_says_that_it_may_be_any_task():
    made = view(BOTH, {"v1", "v2", "h1"})
    assert needs_work(made) == []
    assert made.hidden == (
        "Hidden tests cost 2.5 points in one or more of 1 and 2. This course shows only the sum of "
        "all hidden tests, not which task lost points."
    )


def test_hidden_sum_of_nothing_leaves_no_doubt():
    made = view(BOTH, {"v1", "v2"})
    assert made.hidden == "Hidden tests cost 11.17 points: none of them passed, in 1 and 2."


def test_only_task_with_hidden_tests_is_named():
    made = view(FIRST_ONLY, {"v1", "v2"})
    assert needs_work(made) == ["1"]
    assert made.tasks[0].points == "3.33 of 3.33 visible, 0 of 8.67 hidden"


@pytest.mark.parametrize("passed", [{"v1", "h1", "v2", "h2"}, {"v1", "v2"}])
def test_nothing_is_said_of_hidden_points_where_none_are_lost_or_shown(passed):
    kind = "total" if "h1" in passed else "none"
    made = view(BOTH, passed, kind)
    assert (needs_work(made), made.hidden) == ([], "")


def test_staff_see_points_of_all_tests():
    made = view(BOTH, {"v1"}, audience=Audience.INSTRUCTOR)
    assert made.tasks[0].points == "3.33 of 12"
    assert needs_work(made) == ["1", "2"]


def test_task_marked_by_hand_has_no_bar_before_and_its_comment_after():
    manual = models.TaskScore("w", "Write-up", models.TaskKind.MANUAL, None, Fraction(5))
    shown = redaction.redact(scored([case("v1"), case("v2", "2")], {"v1"}), Audience.STUDENT, NOW)
    before = final_score.with_marks(shown, {}, [manual])
    mark = final_score.Mark("w", 1, Fraction(4), (), "Well argued.", "eve", NOW)
    after = final_score.with_marks(shown, {"w": mark}, [manual])

    def task(report):
        totals = final_score.of_report(report, Fraction(0))
        return report_view.of_report(reports.StudentReport(report, totals), None).tasks[-1]

    assert (task(before).points, task(before).bar) == ("5 points, graded by hand", None)
    assert (task(after).points, task(after).comment) == ("4 of 5", "Well argued.")


def test_what_a_rule_costs_stands_above_the_tasks_and_their_tests_as_passed():
    from grader.scoring import points
    from tests.support import scored as made

    outcomes = [models.Outcome(one.name, models.Verdict.PASSED) for one in BOTH]
    broken = (models.RuleViolation("call", ("2",), ("m.py:1: calls eval.",)),)
    whole = points.score(made.course(*TASKS), BOTH, outcomes, models.Timing(), (), broken)
    shown = redaction.redact(whole, Audience.STUDENT, NOW)
    totals = final_score.of_report(shown, Fraction(0))
    view = report_view.of_report(reports.StudentReport(shown, totals), None)
    (rule,) = view.broken_rules
    assert (rule.places, rule.tasks) == (("m.py:1: calls eval.",), ("2",))
    assert [(task.id, task.why) for task in view.needs_work] == [("2", "a rule")]
    assert view.tasks[1].failed == ()
    (passed,) = view.tasks[1].passed
    assert passed.points == "0 of 2.5"
    template = rendering.environment().get_template("_report.html")
    page = template.render(report=view, submission={"id": "1", "assignment": "a1"}, sources=())
    assert page.count("calls eval") == page.count("Task 2 earns nothing") == 1
    assert 'href="#task-2">2</a> (a rule)' in page
    assert "first" not in page
    assert "rules::" not in page
