"""One line for each student, in the columns of other systems, safe in spreadsheets."""

import csv
import dataclasses
import datetime
import io
import uuid
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader import models
from grader.assignment import lateness, schedule
from grader.course import gradebook
from grader.exchange import csv_table, gradebook_csv

DUE = datetime.datetime(2026, 10, 9, tzinfo=datetime.UTC)
HOUR = datetime.timedelta(hours=1)
RULES = schedule.Schedule(due=DUE, late=lateness.Late(percent=10))
ANN = gradebook.Person("ann", "Ann Lee", "ann@u.example", "A", "S1", "4711")
BOOK = gradebook_csv.Book("Homework 4 (1234)", Fraction(10), (("1a", "Forward", Fraction(10)),))


def graded(number, points, after_due):
    task = models.TaskScore("1a", "Forward", models.TaskKind.AUTO, Fraction(points), Fraction(10))
    return gradebook.Graded(uuid.UUID(int=number), DUE + after_due, (task,), {}, None, True)


def entries(*rows, rules=RULES):
    return list(gradebook.entries(rows, rules))


def row(found, person=ANN):
    return gradebook.Row(person, found, None)


def test_best_is_best_after_the_late_penalty():
    rows = [row(graded(1, 9, -HOUR)), row(graded(2, "9.5", HOUR))]
    best = schedule.Schedule(due=DUE, late=lateness.Late(percent=10), active=models.Active.BEST)
    (latest,), (chosen,) = entries(*rows), entries(*rows, rules=best)
    assert (latest.total.raw, latest.total.score) == (Fraction("9.5"), Fraction("8.55"))
    assert (chosen.total.score, chosen.submissions, chosen.late) == (9, 2, 0 * HOUR)


def test_person_without_a_submission_has_an_empty_line():
    (entry,) = entries(row(None))
    assert (entry.submission, entry.total, entry.submissions) == (None, None, 0)


@pytest.mark.parametrize(
    ("system", "head", "line"),
    [
        (
            "canvas",
            ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "Homework 4 (1234)"],
            ["Lee, Ann", "4711", "S1", "ann", "A", "8.1"],
        ),
        (
            "moodle",
            ["First name", "Last name", "ID number", "Email address", "Username", BOOK.title],
            ["Ann", "Lee", "S1", "ann@u.example", "ann", "8.1"],
        ),
    ],
)
def test_columns_of_other_systems(system, head, line):
    found = parsed(system, entries(row(graded(1, 9, HOUR))))
    assert (found[0], found[-1]) == (head, line)


def test_canvas_is_told_the_points_possible():
    assert parsed("canvas", [])[1] == ["    Points Possible", "", "", "", "", "10"]


def test_gradescope_has_lateness_and_tasks():
    (head, line) = parsed("gradescope", entries(row(graded(1, 9, HOUR))))
    told = dict(zip(head, line, strict=True))
    assert told["Lateness (H:M:S)"] == "1:00:00"
    assert told["1a: Forward (10 pts)"] == "9"
    assert (told["Total Score"], told["Max Points"], told["Status"]) == ("8.1", "10", "Graded")


def parsed(system, found, book=BOOK):
    text = "".join(gradebook_csv.to_csv(found, book, gradebook_csv.System(system)))
    return list(csv.reader(io.StringIO(text)))


@given(st.text(max_size=20), st.sampled_from(list(gradebook_csv.System)))
def test_no_cell_begins_as_a_formula(name, system):
    person = gradebook.Person(name or "x", name, name, name, name, name)
    for cells in parsed(system, entries(row(graded(1, 9, HOUR), person))):
        assert not [cell for cell in cells if cell.startswith(csv_table.FORMULA)]


@pytest.mark.parametrize(
    ("system", "head", "line"),
    [
        (
            "brightspace",
            [
                *("OrgDefinedId", "Username", "Last Name", "First Name", "Email"),
                *("Homework 4 (1234) Points Grade", "End-of-Line Indicator"),
            ],
            ["#S1", "#ann", "Lee", "Ann", "ann@u.example", "8.1", "#"],
        ),
        (
            "blackboard",
            ["Last Name", "First Name", "Username", "Student ID", "Availability", BOOK.title],
            ["Lee", "Ann", "ann", "S1", "Yes", "8.1"],
        ),
    ],
)
def test_columns_of_brightspace_and_blackboard(system, head, line):
    assert parsed(system, entries(row(graded(1, 9, HOUR)))) == [head, line]


def test_title_of_ours_is_not_taken_for_canvas_number():
    own = dataclasses.replace(BOOK, title="Homework (2026)", given=False)
    assert parsed("canvas", [], own)[0][-1] == "Homework [2026]"
    assert parsed("canvas", [])[0][-1] == "Homework 4 (1234)"


def test_label_with_canvas_number_is_matched_by_it():
    stranger = gradebook.Person("leejann (4711)")
    found = parsed("canvas", entries(row(graded(1, 9, HOUR), stranger)))
    assert found[-1] == ["leejann", "4711", "", "", "", "8.1"]


def test_moodle_leaves_out_who_has_no_address_and_says_so():
    nobody = gradebook.Person("bob", "Bob Ray", sid="S2")
    found = entries(row(graded(1, 9, HOUR), nobody), row(graded(2, 5, HOUR)))
    assert [line[0] for line in parsed("moodle", found)] == ["First name", "Ann"]
    assert gradebook_csv.warnings(found, gradebook_csv.System.MOODLE) == [
        "Not in Moodle's file, since Moodle would take a line without an address for another's: "
        "Bob Ray."
    ]
    assert not gradebook_csv.warnings(found, gradebook_csv.System.CANVAS)


def test_work_that_is_not_fully_marked_is_named():
    essay = models.TaskScore("2", "Essay", models.TaskKind.MANUAL, None, Fraction(5))
    work = dataclasses.replace(graded(1, 9, -HOUR), tasks=(*graded(1, 9, HOUR).tasks, essay))
    found = entries(row(work))
    head, line = parsed("gradescope", found)
    assert dict(zip(head, line, strict=True))["Status"] == "Ungraded"
    head, line = parsed("plain", found)
    assert dict(zip(head, line, strict=True))["unmarked tasks"] == "1"
    (warning,) = gradebook_csv.warnings(found, gradebook_csv.System.CANVAS)
    assert warning == "Not fully marked, so the points are not the last word: Ann Lee."


def test_lateness_without_a_time_is_named():
    late = dataclasses.replace(graded(1, 9, HOUR), received=lateness.Received.LATE_ELSEWHERE)
    found = entries(row(late))
    head, line = parsed("plain", found)
    assert dict(zip(head, line, strict=True))["notes"] == "late in another system"
    assert len(gradebook_csv.warnings(found, gradebook_csv.System.CANVAS)) == 1


def test_excused_students_have_canvas_word_and_no_points_elsewhere():
    found = entries(row(graded(1, 9, HOUR)))
    book = dataclasses.replace(BOOK, excused=frozenset({"ann"}))
    lines = {system: parsed(system, found, book)[-1] for system in gradebook_csv.System}
    assert lines["canvas"][-1] == "EX"
    assert "8.1" not in [*lines["moodle"], *lines["brightspace"], *lines["blackboard"]]
    assert "excused" in lines["plain"]


def test_comments_go_along_where_the_system_takes_them():
    task = dataclasses.replace(graded(1, 9, HOUR).tasks[0], comment="see\npage 2")
    work = dataclasses.replace(graded(1, 9, HOUR), tasks=(task,))
    book = dataclasses.replace(BOOK, comments=True)
    head, line = parsed("moodle", entries(row(work)), book)
    assert (head[-1], line[-1]) == ("Feedback: Homework 4 (1234)", "1a: see page 2")
    assert "1a: see page 2" in parsed("plain", entries(row(work)), book)[-1]


@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\uff1d1"])
def test_formula_becomes_text(name):
    assert csv_table.text(name) == f"'{name}"


@pytest.mark.parametrize("name", ["x;=1+1", "x;+1", "x\t@SUM(A1)", "x\n=1", 'x; "=1', "x;\uff1d1"])
def test_formula_behind_what_may_separate_cells_becomes_text(name):
    """Where commas are for decimals, a spreadsheet splits lines by semicolons."""
    safe = csv_table.text(name)
    assert safe[-len(name.lstrip('x;\t\n "')) - 1] == "'"
    assert safe.replace("'", "") == name


@pytest.mark.parametrize("name", ["Lee; Ann", "a-b", "x; 1", "a.py:1: x; fix it"])
def test_text_that_is_no_formula_stays(name):
    assert csv_table.text(name) == name


@pytest.mark.parametrize(
    ("points", "expected"),
    [(None, ""), (Fraction(0), "0"), (Fraction(1, 3), "0.333333"), (Fraction(1000000), "1000000")],
)
def test_points_are_written_without_powers_of_ten(points, expected):
    assert csv_table.number(points) == expected
