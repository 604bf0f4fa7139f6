"""The end of a course's work: warned of, archived, deleted; and what of it is refused."""

import csv
import io
import json
import uuid
import zipfile

import pytest

from grader import errors
from grader.course import memberships
from grader.service import (
    accounts,
    course_folder,
    course_retention,
    courses,
    erasure,
    grade_archives,
    jobs,
)
from grader.service import course as loaded
from grader.store import course_retention as stored
from grader.store import rows, runs
from tests.support import fakes_service as fakes

MAIN = memberships.DEFAULT
WHO = accounts.COMMAND_LINE


@pytest.fixture
def folder(store, course):
    return loaded.Course(course_folder.CourseFolder(course), store)


def submitted(store, uploads, user):
    """A run of one upload, which waits."""
    name = uploads.put(b"work")
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, name, 4, name)
    found = jobs.accept(store, new)
    return store.one("SELECT id FROM runs WHERE submission_id = %(id)s", id=found)["id"]


@pytest.fixture
def graded(store, uploads, student):
    """A student's submission with its report."""
    found = submitted(store, uploads, student)
    work = runs.begin(store, found, "worker test:1")
    runs.finish(store, work, fakes.report())
    return found


def count(store):
    return store.one("SELECT count(*) AS n FROM submissions")["n"]


def sql(store, text):
    with store.transaction() as connection:
        connection.execute(text)


def archived(store, days_ago=0):
    courses.change(store, MAIN, WHO, archived=True)
    sql(store, f"UPDATE courses SET archived_at = now() - make_interval(days => {days_ago})")


def read(content):
    with zipfile.ZipFile(io.BytesIO(content)) as file:
        return {name: file.read(name).decode() for name in file.namelist()}


def test_dry_run_counts_and_changes_nothing(store, folder, graded):
    found = course_retention.outlook(store, folder, MAIN)
    assert found.homeworks == (fakes.SLUG,)
    assert (found.holdings.submissions, found.holdings.people) == (1, 1)
    assert found.goes_at is None
    assert count(store) == 1


def test_work_goes_after_the_warning_and_grades_stay(store, folder, graded):
    course_retention.keep(store, MAIN, 100, WHO)
    archived(store, days_ago=101)
    course_retention.look_after(store, folder)
    assert count(store) == 1, "only warned"
    notices = store.one("SELECT kind, subject FROM notices WHERE kind = 'retention'")
    assert notices == {"kind": "retention", "subject": MAIN}
    course_retention.look_after(store, folder)
    assert count(store) == 1, "two weeks to answer"
    sql(store, "UPDATE courses SET warned_at = now() - interval '15 days'")
    course_retention.look_after(store, folder)
    assert count(store) == 0
    (kept,) = stored.archives(store, MAIN)
    files = read(stored.archive(store, MAIN, kept.id))
    (line,) = csv.DictReader(io.StringIO(files[f"{fakes.SLUG}.csv"]))
    assert line["login"] == "ann"
    assert float(line["score"]) > 0
    assert json.loads(files["course.json"])["course"] == MAIN
    course_retention.look_after(store, folder)
    assert len(stored.archives(store, MAIN)) == 1


def test_another_number_of_days_is_warned_of_again(store, folder):
    course_retention.keep(store, MAIN, 10, WHO)
    archived(store, days_ago=20)
    stored.warn(store, MAIN)
    course_retention.keep(store, MAIN, 15, WHO)
    assert stored.keeping(store, MAIN).warned_at is None


def test_course_that_is_open_again_loses_nothing(store, folder, graded):
    course_retention.keep(store, MAIN, 1, WHO)
    archived(store, days_ago=50)
    stored.warn(store, MAIN)
    courses.change(store, MAIN, WHO, archived=False)
    sql(store, "UPDATE courses SET warned_at = now() - interval '15 days'")
    course_retention.look_after(store, folder)
    assert count(store) == 1
    with pytest.raises(errors.Conflict, match="Archive the course first"):
        course_retention.empty(store, folder, MAIN, WHO)


def test_nothing_goes_while_something_is_graded(store, folder, uploads, student):
    submitted(store, uploads, student)
    archived(store)
    with pytest.raises(errors.Conflict, match="1 submissions of the course are being graded"):
        course_retention.empty(store, folder, MAIN, WHO)
    assert count(store) == 1


def test_nothing_goes_where_grades_cannot_be_archived(store, folder, course, graded):
    archived(store)
    (course / "tests" / "suites" / fakes.SLUG / "assignment.toml").unlink()
    sql(store, f"INSERT INTO course_assignments VALUES ('{fakes.SLUG}', '{MAIN}')")
    fresh = loaded.Course(course_folder.CourseFolder(course), store)
    with pytest.raises(errors.Conflict, match="cannot be archived"):
        course_retention.empty(store, fresh, MAIN, WHO)
    assert count(store) == 1


def test_other_courses_keep_their_work(store, folder, graded):
    courses.add(store, "other", "Other", "", WHO)
    courses.change(store, "other", WHO, archived=True)
    assert course_retention.empty(store, folder, "other", WHO) == 0
    assert count(store) == 1


@pytest.mark.parametrize("days", [0, -1, 40_000])
def test_days_that_mean_nothing_are_refused(store, days):
    with pytest.raises(errors.NotValid, match="1 to 36500 days"):
        course_retention.keep(store, MAIN, days, WHO)


def test_forgotten_person_is_in_no_archive(store, folder, uploads, graded):
    number = grade_archives.make(store, folder, MAIN, WHO)
    assert "ann" in read(stored.archive(store, MAIN, number))[f"{fakes.SLUG}.csv"]
    erasure.forget(store, uploads, "ann")
    left = read(stored.archive(store, MAIN, number))
    assert "ann" not in left[f"{fakes.SLUG}.csv"]
    assert left[f"{fakes.SLUG}.csv"].startswith("login,")
