"""A data folder from before there were courses: everything of it is one course afterwards.

`support/upgrades/before_courses.sql` is what that release stored of a term over HTTP (submissions,
marks, an extension, a choice, a batch, an applied regrade), `.csv` the gradebook it gave then.
"""

from pathlib import Path

import psycopg
import pytest

from grader import models
from grader.service import course as courses
from grader.service import course_folder, gradebook
from grader.store import audit, database, migrate, roster, statistics, users
from tests.support import fakes_service as fakes
from tests.support.course_client import MANUAL

SAVED = Path(__file__).parents[2] / "support" / "upgrades"
LAST = "0052_conditions_seen.sql"
SCHEDULE = """
[schedule]
due = 2026-11-20T12:00:00+00:00
late = { percent = 10 }
"""


@pytest.fixture
def upgraded(server_url, monkeypatch):
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS before_courses")
        connection.execute("CREATE DATABASE before_courses")
    url = f"{server_url} dbname=before_courses"
    old = {name: text for name, text in migrate._ours().items() if name <= LAST}
    with monkeypatch.context() as patch:
        patch.setattr(migrate, "_ours", lambda: old)
        migrate.apply(url)
    with psycopg.connect(url) as connection:
        connection.execute("SET session_replication_role = replica")  # rows as they are
        connection.execute((SAVED / "before_courses.sql").read_bytes())
    migrate.apply(url)
    store = database.Database(url)
    yield store
    store.close()


@pytest.fixture
def folder(course):
    manifest = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = fakes.MANIFEST.replace("total_points = 10", "total_points = 15")
    manifest.write_text(text + MANUAL + SCHEDULE)
    return course_folder.CourseFolder(course)


def test_gradebook_is_the_same_before_and_after(upgraded, folder):
    one = courses.Course(folder, upgraded)
    lines = gradebook.lines(upgraded, one, one.load(fakes.SLUG).manifest, "plain")
    assert "".join(lines) == (SAVED / "before_courses.csv").read_bytes().decode()


def test_late_days_of_the_file_are_the_courses_until_it_has_its_own(upgraded, folder, course):
    """`before_course_settings.csv` is what the last release without such settings gave."""
    (course / "course.toml").write_text("[course]\nlate_days = 12\nmost_per_homework = 9\n")
    one = courses.Course(folder, upgraded)
    lines = gradebook.lines(upgraded, one, one.load(fakes.SLUG).manifest, "plain")
    assert "".join(lines) == (SAVED / "before_course_settings.csv").read_bytes().decode()


def test_people_are_enrolled_as_what_they_were(upgraded):
    found = {one.person.login: one.role for one in roster.everybody(upgraded)}
    assert found == {
        **dict.fromkeys(("ann", "bob", "cid"), models.Role.STUDENT),
        "eve": models.Role.INSTRUCTOR,
        "robot": models.Role.CI,
        "tim": models.Role.TA,
    }
    assert [one.person.section for one in roster.page(upgraded, "", 2)] == ["A", "B"]
    root = users.by_name(upgraded, "root")
    assert (root.role, root.within("main").role) == (models.Role.ADMIN, models.Role.ADMIN)


def test_figures_and_the_log_stay(upgraded):
    assert statistics.of(upgraded, fakes.SLUG).students == 4
    everything = audit.page(upgraded, None, 100)
    assert audit.page(upgraded, None, 100, course="main") == everything
    assert len(everything) == 15
