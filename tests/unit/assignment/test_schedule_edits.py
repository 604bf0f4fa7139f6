"""What holds of a schedule after staff changed it, and what somebody types into a field."""

import datetime
import zoneinfo

import msgspec
import pytest

from grader import errors
from grader.assignment import manifest as assignments
from grader.assignment import schedule_edits
from grader.assignment.field_changes import FieldChange
from grader.assignment.schedule_edits import ScheduleEdit, ScheduleEdits, Whom

CHICAGO = zoneinfo.ZoneInfo("America/Chicago")
NOW = datetime.datetime(2026, 10, 1, tzinfo=datetime.UTC)
MANIFEST = """
slug = "hw"
title = "T"
course = "C"
total_points = 1
submission = { required = ["a.py"] }
[[task]]
id = "1"
title = "t"
points = 1
[schedule]
due = 2026-10-09T23:59:00-05:00
time_zone = "America/Chicago"
[schedule.late]
percent = 10
"""


@pytest.fixture
def written(tmp_path):
    manifest = msgspec.toml.decode(MANIFEST, type=assignments.Manifest)
    return assignments.Assignment(manifest, tmp_path, tmp_path, tmp_path)


def edits(**scopes):
    whoms = {"all": Whom(), "b": Whom(section="B"), "ann": Whom(student="ann")}
    made = {
        whoms[name]: ScheduleEdit(
            {n: FieldChange(v, "instructor eve", NOW) for n, v in values.items()}, 1
        )
        for name, values in scopes.items()
    }
    return ScheduleEdits(made)


def test_student_is_above_section_is_above_everybody_field_by_field(written):
    changed = edits(
        all={"attempts_per_day": 3, "late.percent": 20.0, "published": True},
        b={"attempts_per_day": 4, "late.cutoff_h": 48.0},
        ann={"attempts_per_day": 5},
    )
    rules = changed.applied(written, "B", "ann").manifest.schedule
    assert (rules.attempts_per_day, rules.late.percent, rules.late.cutoff_h) == (5, 20, 48)
    assert changed.applied(written, "B", "bob").manifest.schedule.attempts_per_day == 4
    others = changed.applied(written, "A", "cy").manifest.schedule
    assert (others.attempts_per_day, others.late.cutoff_h) == (3, None)
    assert others.due == written.manifest.schedule.due


def test_released_points_follow_the_edit(written):
    shown = edits(all={"hidden_score": "none", "published": True}).applied(written).release
    assert (shown.hidden_score.value, shown.published) == ("none", True)


def test_date_can_be_taken_away(written):
    assert edits(all={"due": None}).applied(written).manifest.schedule.due is None


def test_nothing_changed_is_the_same_object(written):
    assert ScheduleEdits().applied(written) is written
    assert ScheduleEdits().only_for_everybody
    assert not edits(ann={"attempts_per_day": 1}).only_for_everybody


def test_date_without_a_zone_is_the_courses():
    assert schedule_edits.parsed("due", "2026-10-11T23:59", CHICAGO) == "2026-10-11T23:59:00-05:00"
    assert schedule_edits.parsed("due", "2026-10-11", CHICAGO) == "2026-10-11T23:59:00-05:00"
    assert schedule_edits.parsed("opens", "2026-10-11", CHICAGO) == "2026-10-11T00:00:00-05:00"
    with pytest.raises(errors.NotValid, match="'2026-02-31' is no date"):  # as it was typed
        schedule_edits.parsed("due", "2026-02-31", CHICAGO)
    assert schedule_edits.parsed("due", "", CHICAGO) is None
    assert schedule_edits.parsed("published", "yes", CHICAGO) is True


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("attempts_per_day", ""),
        ("attempts_per_day", "1.5"),
        ("colour", "red"),
        ("due", "9999-01-01"),
        ("due", "tomorrow"),
        ("late.percent", "nan"),
        ("late.percent", "ten"),
        ("published", "maybe"),
    ],
)
def test_what_is_no_value_is_refused_with_advice(name, text):
    with pytest.raises(errors.NotValid) as refused:
        schedule_edits.parsed(name, text, CHICAGO)
    assert name in str(refused.value)


def test_value_that_is_no_choice_is_answered_with_the_choices():
    with pytest.raises(errors.NotValid, match=r"cannot be 'worst'; .* latest, best, chosen"):
        schedule_edits.parsed("active", "worst", CHICAGO)


@pytest.mark.parametrize(
    ("name", "value"),
    [("hidden_score", "some"), ("late.per", "week"), ("late.percent", 120.0)],
)
def test_value_outside_of_its_field_is_refused(written, name, value):
    with pytest.raises(errors.NotValid):
        schedule_edits.with_values(written, {name: value})
