"""The pages for staff over a real database: who sees them, what they show, what forms do."""

import io
import json
import re
import uuid
import zipfile
from fractions import Fraction

import pytest

from grader import models
from grader.service import accounts, jobs
from grader.store import regrades, rows, runs, submissions
from tests.support import fakes_service as fakes
from tests.support.browser_client import PAGE, Staff

PAGES = ("dashboard", "submissions", "batches", "regrades", "quality")


@pytest.fixture
def staff(store, uploads, course):
    return Staff(store, uploads, course)


@pytest.mark.parametrize("path", [*(f"{PAGE}/{name}" for name in PAGES), "/queue"])
def test_page_for_staff_is_told_to_students_as_such_and_to_strangers_not_at_all(staff, path):
    assert staff.page(path).status_code == 200
    staff.sign_in("ann")
    answer = staff.page(path)
    assert answer.status_code == 403
    assert "for the course staff" in answer.text
    staff.client.cookies.clear()
    assert staff.page(path).headers["location"] == f"/sign-in?next={path}"


@pytest.mark.parametrize(
    "path",
    [
        *(f"/assignments/none/{name}" for name in PAGES),
        *(f"/batches/{uuid.UUID(int=0)}", "/batches/x", f"/regrades/{uuid.UUID(int=0)}"),
        *(f"{PAGE}/plots/none.svg", f"/submissions/{uuid.UUID(int=0)}/upload.zip"),
    ],
)
def test_what_is_not_there_is_told_on_a_page(staff, path):
    answer = staff.page(path)
    assert answer.status_code == 404
    assert "That did not work" in answer.text


def test_dashboard_shows_figures_and_plots(staff):
    staff.hand_in_as("ann", Fraction(4))
    staff.hand_in_as("bob", Fraction(7))
    text = staff.page(f"{PAGE}/dashboard").text
    assert "Score distribution" in text
    assert "<dd>5.5</dd>" in text  # the mean
    assert "test_b.py::test_two" in text
    plot = re.search(r'src="([^"]+scores\.svg[^"]+)"', text)[1].replace("&amp;", "&")
    answer = staff.page(plot)
    assert answer.headers["content-type"] == "image/svg+xml"
    assert "script" not in answer.headers["content-security-policy"]
    assert b"median" in answer.content


def test_median_of_two_lies_between_them(staff):
    staff.hand_in_as("ann", Fraction(4))
    staff.hand_in_as("bob", Fraction(9))
    text = staff.page(f"{PAGE}/dashboard").text
    assert text.count("<dd>6.5</dd>") == 2  # mean and median


def test_dashboard_changes_with_the_next_result(staff):
    assert "No student" in staff.page(f"{PAGE}/dashboard").text
    staff.hand_in_as("ann", Fraction(4))
    assert "<dd>4</dd>" in staff.page(f"{PAGE}/dashboard").text


@pytest.mark.parametrize("sort", ["student", "-student", "points", "-points", "-nonsense", "-"])
def test_submissions_are_sorted_and_filtered(staff, sort):
    staff.hand_in_as("ann", Fraction(4))
    staff.hand_in_as("bob", Fraction(7))
    text = staff.page(f"{PAGE}/submissions?sort={sort}").text
    names = re.findall(r'<a href="/submissions/[^"]+">(\w+)</a>', text)
    expected = {"student": ["ann", "bob"], "points": ["ann", "bob"]}.get(sort, ["bob", "ann"])
    assert names == expected
    only = staff.page(f"{PAGE}/submissions?student=BO&state=done").text
    assert re.findall(r'<a href="/submissions/[^"]+">(\w+)</a>', only) == ["bob"]
    assert "0 submissions" in staff.page(f"{PAGE}/submissions?student=%25").text


def test_upload_can_be_saved_by_its_student_and_staff_only(staff):
    staff.sign_in("ann")
    path = staff.hand_in().headers["location"] + "/upload.zip"
    for who in ("ann", "eve"):
        staff.sign_in(who)
        answer = staff.page(path)
        assert answer.headers["content-disposition"].startswith("attachment;")
        assert zipfile.ZipFile(io.BytesIO(answer.content)).namelist() == ["layers.py"]
    staff.sign_in("bob")
    assert staff.page(path).status_code == 404


def test_batch_goes_from_upload_to_table(staff):
    files = {"ann/layers.py": "ok", "bob/layers.py": "ok", "carl/bad.exe": "x"}
    answer = staff.upload(f"{PAGE}/batches", files)
    path = answer.headers["location"]
    text = staff.page(path).text
    assert "0 of 2 graded" in text
    assert "not accepted: 1" in text
    assert "bad.exe: not a kind" in text
    staff.send(f"{path}/pause")
    assert "Paused" in staff.page(path).text
    staff.send(f"{path}/resume")
    staff.finish_all(Fraction(5))
    text = staff.page(f"{path}/live").text
    assert "All graded" in text
    assert "5 / 10" in text
    table = staff.page(f"{path}/report.csv")
    assert "attachment" in table.headers["content-disposition"]
    assert "ann,done,5,10" in table.text
    assert "all.zip" in staff.page(f"{PAGE}/batches").text
    assert staff.send(f"{path}/pause").status_code == 303  # too late is no error


def test_batch_names_those_who_are_not_on_the_roster(staff):
    files = {f"{name}/layers.py": "ok" for name in ("ann", "bob + quin@u.edu", "stranger")}
    path = staff.upload(f"{PAGE}/batches", files).headers["location"]
    assert "<p>quin@u.edu; stranger</p>" in staff.page(path).text
    known = staff.upload(f"{PAGE}/batches", {"ann/layers.py": "ok, too"}).headers["location"]
    assert "Not on the roster" not in staff.page(known).text


def test_refused_batch_is_told_on_its_form(staff):
    answer = staff.upload(f"{PAGE}/batches", {})
    assert answer.status_code == 422
    assert "nothing to grade" in answer.text
    assert "Upload and grade all" in answer.text


def test_regrade_goes_from_form_to_diff_and_back(staff):
    found = staff.hand_in_as("ann", Fraction(4))
    path = staff.send(f"{PAGE}/regrades", which="latest", reason="test fixed").headers["location"]
    assert "Being graded" in staff.page(path).text
    assert staff.send(f"{path}/apply", take="take-new").status_code == 409
    staff.finish_all(Fraction(6))
    text = staff.page(path).text
    assert "Keep the higher result of each" in text
    assert "+2" in text
    side = staff.page(f"{path}/submissions/{found}").text
    assert "old and new" in side
    assert "4 / 7" in side
    assert "6 / 7" in side
    assert "Graded again" not in staff.page(f"/submissions/{found}").text
    staff.send(f"{path}/apply", take="keep-max", reason="a test of task 1a was wrong.")
    told = re.search(r"Graded again on [^<]*", staff.page(f"/submissions/{found}").text)[0]
    assert told.endswith("; 4 before, 6 now; because a test of task 1a was wrong.")
    text = staff.page(path).text
    assert "The new results count" in text
    assert "<strong>applied</strong> by instructor eve: keep-max" in text
    staff.send(f"{path}/revert")
    assert "Graded again" not in staff.page(f"/submissions/{found}").text
    assert "the old results count" in staff.page(path).text


def test_a_submission_is_graded_again_from_its_own_page(staff):
    mine = staff.hand_in_as("ann", Fraction(6))
    form = re.search(
        r'<form method="post" action="(/assignments/[^"]+/regrades)"[^>]*>.*?</form>',
        staff.page(f"/submissions/{mine}").text,
        re.DOTALL,
    )
    hidden = dict(re.findall(r'name="(which|chosen)" value="([^"]+)"', form[0]))
    path = staff.send(form[1], **hidden, reason="the machine was busy").headers["location"]
    (item,) = regrades.items(staff.store, uuid.UUID(path.rpartition("/")[2]))
    assert item.submission_id == mine
    staff.sign_in("ann")
    assert "Grade again" not in staff.page(f"/submissions/{mine}").text


def test_chosen_submissions_are_graded_again(staff):
    chosen = staff.hand_in_as("ann")
    staff.hand_in_as("bob")
    sent = {"which": "chosen", "reason": "asked for it"}
    assert staff.send(f"{PAGE}/regrades", **sent).status_code == 422
    path = staff.send(f"{PAGE}/regrades", **sent, chosen=[str(chosen)]).headers["location"]
    found = regrades.items(staff.store, uuid.UUID(path.rpartition("/")[2]))
    assert [item.submission_id for item in found] == [chosen]


@pytest.mark.parametrize("fields", [{"which": "none", "reason": "x"}, {"which": "all"}])
def test_wrong_regrade_is_told_on_a_page(staff, fields):
    answer = staff.send(f"{PAGE}/regrades", **fields)
    assert answer.status_code == 422
    assert "That did not work" in answer.text


@pytest.mark.parametrize("path", [f"{PAGE}/regrades", f"{PAGE}/batches"])
def test_form_of_another_site_starts_nothing(staff, path):
    staff.hand_in_as("ann")
    fields = {"form_token": "wrong"}
    if path.endswith("batches"):
        answer = staff.upload(path, {"ann/layers.py": "ok"}, **fields)
    else:
        answer = staff.send(path, which="all", reason="x", **fields)
    assert answer.status_code == 403
    assert "None yet" in staff.page(path).text


def test_student_can_use_no_form_of_the_staff(staff):
    staff.hand_in_as("ann")
    path = staff.send(f"{PAGE}/regrades", which="all", reason="x").headers["location"]
    staff.sign_in("ann")
    for verb in ("pause", "cancel", "apply", "revert"):
        assert staff.send(f"{path}/{verb}", take="take-new").status_code == 403
    assert staff.send(f"{PAGE}/regrades", which="all", reason="x").status_code == 403
    assert staff.page(f"{path}/events").status_code == 403


def test_queue_tells_what_waits_runs_and_failed(staff):
    assert "No worker is running" in staff.page("/queue").text
    first = staff.hand_in_as("ann")
    user = accounts.find(staff.store, staff.tokens["bob"])
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, "0" * 64, 1, "0" * 64)
    jobs.accept(staff.store, new, "")
    work = runs.begin(
        staff.store, submissions.get(staff.store, new.id, user).run_id, "worker test:7"
    )
    staff.send(f"{PAGE}/regrades", which="chosen", reason="again", chosen=[str(first)])
    text = staff.page("/queue/live").text
    assert "worker test:7" in text
    assert "regrades" in text
    runs.fail(staff.store, work, "hidden/test_x.py is broken")
    assert "hidden/test_x.py is broken" in staff.page("/queue").text


def test_stored_check_of_a_suite_is_shown(staff, course):
    path = course / "tests" / "suites" / fakes.SLUG / "quality.json"
    assert "grader suite check hw" in staff.page(f"{PAGE}/quality").text
    named = {"killed": 1, "total": 2, "survivors": ["m2: every test passes"]}
    named |= {"killed_by_public": 1, "killed_by_hidden": 0}
    points = {"score": 10.0, "max": 10.0}
    found = {
        "suite_version": "of another day",
        "reference": points,
        "template": points | {"score": 0.0},
        "mutants": {"named": named, "generated": {"killed": 0, "total": 0, "survivors": []}},
        "tests_never_failing": ["public/a.py::test_idle"],
        "tests_passing_on_template": [],
        "matrix": {"m1": ["public/a.py::test_one"], "m2": []},
    }
    path.write_text(json.dumps(found))
    text = staff.page(f"{PAGE}/quality").text
    assert "1 of 2" in text
    assert "m2: every test passes" in text
    assert "test_idle" in text
    assert "has changed since" in text
    path.write_text("{}")
    assert staff.page(f"{PAGE}/quality").status_code == 500


def test_names_of_students_are_no_markup(staff):
    nasty = "<b>x"
    staff.upload(f"{PAGE}/batches", {f"{nasty}/layers.py": "ok"})
    staff.finish_all(Fraction(5))
    for path in ("submissions", "dashboard", "batches"):
        assert nasty not in staff.page(f"{PAGE}/{path}").text
    assert "&lt;b&gt;x" in staff.page(f"{PAGE}/submissions").text


def test_state_of_a_run_has_words():
    from grader.web import view_models

    assert view_models.STATE_WORDS.keys() == set(models.SubmissionState)
    assert view_models.BULK_WORDS.keys() == set(models.BulkState)
