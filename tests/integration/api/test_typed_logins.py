"""Logins as people type them: with other capital letters, or the address in their place."""

import pytest

from tests.support.course_client import ASSIGNMENT, DAY, NOW, Staffed
from tests.support.team_client import Teamed

TYPED = ("ANN", "Ann@u.example")


@pytest.fixture
def school(store, uploads, course):
    (course / "course.toml").write_text("[course]\nlate_days = 3\n")
    api = Staffed(store, uploads, course)
    api.rubric(f"[schedule]\ndue = {NOW.isoformat()}\n")
    api.roster()
    return api


@pytest.mark.parametrize("typed", TYPED)
def test_extension_late_days_and_a_moved_submission_reach_who_is_meant(school, typed):
    due = {"due": (NOW + DAY).isoformat()}
    extended = school.send("PUT", f"{ASSIGNMENT}/extensions/{typed}", **due)
    assert extended.json()["student"] == "ann"
    days = school.send("POST", f"/api/late-days/{typed}", days=1)
    assert (days.json()["student"], days.json()["given"]) == ("ann", 4)
    of_bob = school.graded("bob")
    moved = school.send("POST", f"/api/submissions/{of_bob}/move", student=typed, reason="wrong")
    assert moved.status_code == 200
    assert school.get(f"/api/submissions/{of_bob}", "ann").status_code == 200


def test_classmate_is_invited_by_what_they_go_by(store, uploads, course):
    teamed = Teamed(store, uploads, course)
    invited = teamed.invite("ann", " BOB")
    assert [one["invited"]["login"] for one in invited.json()["sent"]] == ["bob"]


@pytest.mark.parametrize("typed", TYPED)
def test_schedule_of_one_student_is_theirs(school, typed):
    sent = {"student": typed, "set": {"attempts_per_day": 7}}
    changed = school.send("PATCH", f"{ASSIGNMENT}/schedule", **sent)
    assert changed.json()["student"] == "ann"
    kept = school.send("GET", f"{ASSIGNMENT}/schedule?student=ann").json()
    (attempts,) = (one for one in kept["fields"] if one["name"] == "attempts_per_day")
    assert attempts["value"] == 7
