"""A data folder of the release before teams, settings of courses and versions of runs.

It has rows in each table that the migrations since then touch. What the release before that stored
(`support/upgrades/before_courses.sql`) is what they are about.
"""

from pathlib import Path

import psycopg
import pytest

from grader.store import (
    annotations,
    course_settings,
    database,
    marks,
    migrate,
    rubrics,
    users,
    versions,
)
from grader.store import submissions as stored

SAVED = Path(__file__).parents[2] / "support" / "upgrades" / "before_courses.sql"
BEFORE_COURSES, LAST = "0052_conditions_seen.sql", "0100_course_retention.sql"

ROWS = """
INSERT INTO homework_versions (assignment, number, sha256, bytes, suite_version, title, hold,
                               insist, published_by, state, live_at, checked_at)
SELECT 'hw', n, repeat(n::text, 64), 1, v.suite_version, 'Homework', false, false,
       'instructor eve', CASE n WHEN 2 THEN 'live' ELSE 'retired' END,
       '2026-11-01'::timestamptz + n * interval '1 minute', now()
  FROM generate_series(1, 2) n, (SELECT min(suite_version) AS suite_version FROM results) v;
INSERT INTO annotations (submission_id, path, first_line, last_line)
SELECT submission_id, 'layers.py', 1, 2 FROM marks LIMIT 1;
INSERT INTO annotation_versions (annotation_id, version, text, author)
SELECT id, 1, 'see here', 'instructor eve' FROM annotations;
INSERT INTO rubrics (assignment, task, version, items, changed_by)
VALUES ('hw', '2', 1, '[{"text": "clear", "points": 2}]', 'instructor eve');
INSERT INTO messages (kind, user_id, subject, body) SELECT 'marks', min(id), 'x', 'y' FROM users;
"""


def upgrade(url, last):
    with pytest.MonkeyPatch.context() as patch:
        known = {name: text for name, text in migrate._ours().items() if name <= last}
        patch.setattr(migrate, "_ours", lambda: known)
        migrate.apply(url)


@pytest.fixture
def url(server_url):
    with psycopg.connect(server_url, autocommit=True) as connection:
        connection.execute("DROP DATABASE IF EXISTS before_versions")
        connection.execute("CREATE DATABASE before_versions")
    made = f"{server_url} dbname=before_versions"
    upgrade(made, BEFORE_COURSES)
    with psycopg.connect(made) as connection:
        connection.execute("SET session_replication_role = replica")  # rows as they are
        connection.execute(SAVED.read_bytes())
    upgrade(made, LAST)
    with psycopg.connect(made) as connection:
        connection.execute(ROWS)
    return made


@pytest.fixture
def upgraded(url):
    migrate.apply(url)
    store = database.Database(url)
    yield store
    store.close()


def test_runs_name_the_newest_version_with_the_tests_that_graded_them(upgraded):
    with upgraded.transaction() as connection:
        found = connection.execute(
            "SELECT r.version, x.suite_version IS NOT NULL AS graded, count(*) AS n"
            "  FROM runs r LEFT JOIN results x ON x.run_id = r.id GROUP BY 1, 2"
        ).fetchall()
        moves = connection.execute("SELECT count(*) AS n FROM run_moves").fetchone()
    assert {(row["version"], row["graded"]) for row in found} <= {(2, True), (None, False)}
    assert (2, True) in {(row["version"], row["graded"]) for row in found}
    saved = SAVED.read_text().partition("public.run_moves")[2].partition(";")[0]
    assert moves["n"] == saved.count("\n")  # noting a version is no move
    assert {one.origin for one in versions.listed(upgraded, "hw")} == {"published"}


def test_marks_annotations_and_rubrics_are_what_they_were(upgraded, url):
    with psycopg.connect(url) as connection:
        given = connection.execute("SELECT DISTINCT submission_id, task FROM marks").fetchall()
        (noted,) = connection.execute("SELECT submission_id FROM annotations").fetchone()
    counting = marks.current(upgraded, [submission for submission, _ in given])
    assert all(counting[submission][task].version for submission, task in given)
    eve = users.by_name(upgraded, "eve").within("main")
    (one,) = annotations.related(upgraded, stored.get(upgraded, noted, eve))
    assert (one.is_own, one.here.place.last_line, one.here.now.text) == (True, 2, "see here")
    rubric = rubrics.newest(upgraded, "hw")["2"]
    assert (rubric.version, rubric.own) == (1, None)


def test_nothing_is_set_of_the_course_and_each_table_takes_rows(upgraded):
    assert course_settings.everything(upgraded)["main"].version == 0
    with upgraded.transaction() as connection:
        told = connection.execute("SELECT kind, course FROM messages").fetchall()
        connection.execute("UPDATE submissions SET user_id = user_id")  # triggers and all
    assert [(row["kind"], row["course"]) for row in told] == [("marks", "")]
