"""The instants of `tests.support.instants` on the pages.

What a student reads, before they submit (the list of homeworks) and after (the page of the
submission), is what was worked out by hand.
"""

import contextlib
import datetime
import html
import re

import pytest

from grader.service import assignments as service_assignments
from grader.store import blobs, database
from tests.support import databases
from tests.support import fakes_service as fakes
from tests.support.browser_client import Staff
from tests.support.instants import TABLE, WITH_LATE_DAYS, moment

ROWS = [
    *((*row[:4], 0, *row[4:], 0) for row in TABLE),
    *WITH_LATE_DAYS,
]  # fmt: skip
LATE = re.compile(r"late: a submission now loses (\S+)%", re.IGNORECASE)
PENALTY = re.compile(r"Late penalty \(([\d.]+)%\)")
SPENT = re.compile(r"(\d+) late days? used")


class Clocked(Staff):
    """A course with one graded submission of ann, whose time, rules and clock can be set."""

    def __init__(self, store, uploads, course):
        super().__init__(store, uploads, course)
        self.submission = self.hand_in_as("ann")
        self.suite = course / "tests" / "suites" / fakes.SLUG
        self.root = course
        self.sign_in("ann")

    def rule(self, zone, due, rule, extension, days):
        lines = [f"due = {due.isoformat()}", f'time_zone = "{zone}"', "[schedule.late]"]
        lines += [
            f'{key} = "{value}"' if isinstance(value, str) else f"{key} = {value}"
            for key, value in rule.items()
        ]
        text = "\n".join([fakes.MANIFEST, "[schedule]", *lines])
        self.suite.joinpath("assignment.toml").write_text(text)
        (self.root / "course.toml").write_text(f"[course]\nlate_days = {days}\n")
        self.sql("DELETE FROM extensions", {})
        if extension:
            self.sql(
                "INSERT INTO extensions (assignment, user_id, due, granted_by)"
                " SELECT %(slug)s, id, %(due)s, 'eve' FROM users WHERE name = 'ann'",
                {"slug": fakes.SLUG, "due": extension},
            )

    def submitted(self, at):
        self.sql("UPDATE submissions SET created_at = %(at)s", {"at": at})

    def sql(self, query, values):
        with self.store.transaction() as connection:
            connection.execute(query, values)

    def read(self, path):
        answer = self.page(path)
        assert answer.status_code == 200
        return html.unescape(answer.text)


@pytest.fixture(scope="module")
def clocked(server_url, tmp_path_factory):
    folder = tmp_path_factory.mktemp("clocked")
    with contextlib.closing(database.Database(databases.fresh(server_url))) as store:
        yield Clocked(store, blobs.Blobs(folder / "uploads"), fakes.course(folder / "course"))


def clock_at(instant):
    class Clock(datetime.datetime):
        @classmethod
        def now(cls, tz=None):
            return instant.astimezone(tz)

    return Clock


def shown_window(page):
    words = {"in the grace period": "grace", "late: ": "late", "closed: ": "closed"}
    found = {window for text, window in words.items() if text in page.lower()}
    assert len(found) <= 1
    return found.pop() if found else "open"


@pytest.mark.parametrize(
    ("zone", "due", "rule", "extension", "days", "submitted", "window", "percent", "spent"), ROWS
)
def test_pages_say_what_was_worked_out_by_hand(
    clocked, monkeypatch, zone, due, rule, extension, days, submitted, window, percent, spent
):
    at, longer = moment(zone, submitted), extension and moment(zone, extension)
    clocked.rule(zone, moment(zone, due), rule, longer, days)
    clocked.submitted(at)
    monkeypatch.setattr(service_assignments, "datetime", clock_at(at))

    before = clocked.read("/")
    assert shown_window(before) == window
    if window == "late":
        assert LATE.search(before)[1] == f"{percent}"
    form = clocked.read(f"/assignments/{fakes.SLUG}")
    assert ("Closed since" in form) == (window == "closed")

    after = clocked.read(f"/submissions/{clocked.submission}")
    taken_off = PENALTY.search(after)
    assert (taken_off[1] if taken_off else "0") == f"{percent}"
    used = SPENT.search(after)
    assert int(used[1] if used else 0) == spent
