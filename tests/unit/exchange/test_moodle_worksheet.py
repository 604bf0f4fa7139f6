"""Moodle's grading worksheet: which line is whose, and that the rest goes back as it came."""

import csv
import dataclasses
import datetime
import io
import uuid
from fractions import Fraction

import pytest

from grader import errors, models
from grader.assignment import lateness, schedule
from grader.course import gradebook
from grader.exchange import gradebook_columns, moodle_worksheet

# As Moodle 4 writes it (mod/assign/gradingtable.php): a mark of byte order, names in quotes.
SHEET = """\ufeffIdentifier,"Full name","ID number","Email address",Status,Grade,"Maximum grade",\
"Grade can be changed","Last modified (submission)","Last modified (grade)","Feedback comments"
"Participant 11","Ann Lee",S1,ann@u.example,"Submitted for grading",,10.00,Yes,"Friday, 9 Oct",-,
"Participant 12","Bob Ray",,,"Submitted for grading",3,10.00,Yes,-,"Saturday, 10 October",old
"Participant 13","Bob Ray",,,"No submission",,10.00,Yes,-,-,
"Participant 14","Cid","S4",cid@u.example,"Submitted for grading",2,10.00,No,-,-,
"Participant 15","Dan",,dan@u.example,"No submission",7,10.00,Yes,-,-,
"""
BOOK = gradebook_columns.Book("Homework", Fraction(10), (), comments=True)
RULES = schedule.Schedule(late=lateness.Late())


def entry(person, points, comment=""):
    kind = models.TaskKind.AUTO
    task = models.TaskScore("1a", "T", kind, Fraction(points), Fraction(10), comment)
    at = datetime.datetime(2026, 10, 9, tzinfo=datetime.UTC)
    work = gradebook.Graded(uuid.uuid4(), at, (task,), {}, None, True)
    (one,) = gradebook.entries([gradebook.Row(person, work, None)], RULES)
    return one


EVERYBODY = [
    entry(gradebook.Person("ann", "Lee, Ann", "ann@u.example"), 9, "see\npage 2"),
    entry(gradebook.Person("Bob Ray (12)"), "7.5"),
    entry(gradebook.Person("cid", "Cid", sid="S4"), 10),
    entry(gradebook.Person("zoe", "Zoe"), 1),
]


def lines(table):
    return list(csv.reader(io.StringIO(table)))


@pytest.fixture
def filled():
    return moodle_worksheet.filled(SHEET.encode(), EVERYBODY, BOOK)


def test_grades_and_comments_are_filled_in_and_nothing_else_changes(filled):
    before, after = lines(SHEET.removeprefix("\ufeff")), lines(filled.table)
    changed = {
        (old[0], head): new_cell
        for old, new in zip(before, after, strict=True)
        for head, old_cell, new_cell in zip(before[0], old, new, strict=True)
        if old_cell != new_cell
    }
    assert changed == {
        ("Participant 11", "Grade"): "9",
        ("Participant 11", "Feedback comments"): "1a: see page 2",
        ("Participant 12", "Grade"): "7.5",
    }


def test_who_is_in_one_of_the_two_only_is_named(filled):
    assert filled.warnings == (
        "Not in our gradebook, left as they were: Bob Ray; Dan.",
        "Graded here, but not in the worksheet: Zoe.",
    )


def test_points_of_another_maximum_are_not_scaled_and_said():
    sheet = SHEET.replace("10.00", "100")
    warnings = moodle_worksheet.filled(sheet.encode(), EVERYBODY, BOOK).warnings
    assert (
        warnings[-1] == "Moodle's maximum is 100 and ours 10: points are as they are, not scaled."
    )


def test_folders_of_the_feedback_zip_are_taken_apart_at_their_underlines(filled):
    """mod/assign/feedback/file/importziplib.php: name, participant, kind and name of the plugin."""
    parts = [moodle_worksheet.folder(row).split("_", 4) for row, _ in filled.matched]
    assert parts[0] == ["Ann Lee", "11", "assignfeedback", "file", ""]
    row = {"Identifier": "Participant 9", "Full name": "a_b/c"}
    assert moodle_worksheet.folder(row).split("_")[:2] == ["a b c", "9"]


@pytest.mark.parametrize(
    "text", ["", "a,b\n1,2\n", "Kennung,Bewertung\n1,2\n", 'Identifier,Grade\n"1,2\n', "\xff"]
)
def test_what_is_no_worksheet_is_refused(text):
    with pytest.raises(errors.UploadRefused, match=r"orksheet"):
        moodle_worksheet.filled(text.encode("latin-1"), [], BOOK)


def test_whoever_is_excused_gets_no_grade():
    excused = [dataclasses.replace(EVERYBODY[0], excused=True), *EVERYBODY[1:]]
    table = moodle_worksheet.filled(SHEET.encode(), excused, BOOK).table
    grades = {line[0]: line[5] for line in lines(table)}
    assert grades["Participant 11"] == ""
    assert grades["Participant 12"] == "7.5"
