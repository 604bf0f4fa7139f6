"""The pages on which a homework is published and its versions are seen."""

import pytest

from grader.service import folder_watch
from grader.store import versions
from tests.support import fakes_service as fakes
from tests.support.browser_client import PAGE, Staff

WRONG = ("reference fails hidden/test_a.py::test_one: <wrong>",)


@pytest.fixture
def staff(store, uploads, course):
    return Staff(store, uploads, course)


def publish(staff, content, **fields):
    data = {"form_token": staff.form_token()} | fields
    files = {"file": ("hw.zip", content)}
    return staff.client.post("/publish", data=data, files=files, follow_redirects=False)


def checked(staff, number, findings=(), slug=fakes.SLUG):
    versions.begin_check(staff.store, slug, number)
    version = versions.find(staff.store, slug, number)
    versions.end_check(staff.store, version, findings, {"mutants": {"killed": 3, "total": 3}})
    staff.client.app.state.services.course.read_again()


def test_homework_is_published_checked_and_live(staff):
    assert "/publish" in staff.page("/").text
    answer = publish(staff, fakes.bundle("hw9", "Ninth"), note="the first")
    assert answer.headers["location"] == "/assignments/hw9/versions/1"
    assert "It waits for its check" in staff.page("/assignments/hw9/versions/1").text
    checked(staff, 1, slug="hw9")
    text = staff.page("/assignments/hw9/versions/1").text
    assert "Live" in text
    assert "the tests find 3 of 3 mutants" in text
    assert "the first" in staff.page("/assignments/hw9/versions").text
    staff.sign_in("ann")
    assert "Ninth" in staff.page("/").text


def test_homework_that_is_not_live_is_found_by_its_instructors(staff):
    publish(staff, fakes.bundle("hw9", "Ninth <one>"))
    checked(staff, 1, WRONG, slug="hw9")
    text = staff.page("/").text
    assert "Not live yet" in text
    assert "Ninth &lt;one&gt;</a> (hw9): version 1, 1 finding<" in text
    answer = staff.page("/assignments/hw9")
    assert answer.headers["location"] == "/assignments/hw9/versions"
    listed = staff.client.get("/api/assignments", headers=staff.headers("eve")).json()
    assert listed["not_live"] == ["hw9"]
    staff.send("/assignments/hw9/versions/1/live", insist="true")
    assert "Not live yet" not in staff.page("/").text
    assert staff.page("/assignments/hw9").status_code == 200


def test_others_see_nothing_of_a_homework_that_is_not_live(staff):
    publish(staff, fakes.bundle("hw9", "Ninth"), when="hold")
    staff.sign_in("ann")
    assert "Ninth" not in staff.page("/").text
    assert staff.page("/assignments/hw9").status_code == 404
    listed = staff.client.get("/api/assignments", headers=staff.headers("ann")).json()
    assert "not_live" not in listed


def test_findings_are_shown_and_staff_may_insist(staff):
    publish(staff, fakes.bundle(title="Second"))
    checked(staff, 1, WRONG)
    path = f"{PAGE}/versions/1"
    text = staff.page(path).text
    assert "&lt;wrong&gt;" in text
    assert "1 finding" in staff.page(f"{PAGE}/versions").text
    refused = staff.send(f"{path}/live")
    assert refused.status_code == 409
    assert "insist" in refused.text
    assert staff.send(f"{path}/live", insist="true").status_code == 303
    assert "made live by instructor eve" in staff.page(path).text


def test_page_names_changed_tasks_and_results_that_they_concern(staff):
    staff.hand_in_as("ann")
    publish(staff, fakes.bundle(title="First"))
    checked(staff, 1)
    cheaper = fakes.MANIFEST.replace("points = 10", "points = 8")
    publish(staff, fakes.bundle(**{"assignment.toml": cheaper}), when="hold")
    checked(staff, 2)
    path = f"{PAGE}/versions/2"
    text = staff.page(path).text
    assert "Task 1a: 8 points instead of 10" in text
    assert "All tasks together: 10 points before, 8 now." in text
    assert "Task 1a has 1 result and changes" in text
    assert "Although it changes these points" in text
    assert "has 1 result" in staff.send(f"{path}/live").text
    assert staff.send(f"{path}/live", insist="true").status_code == 303


def test_page_says_what_became_of_files_that_were_sent_again(staff):
    publish(staff, fakes.bundle(title="Second"))
    checked(staff, 1, WRONG)
    answer = publish(staff, fakes.bundle(title="Second"), when="insist")
    text = staff.page(answer.headers["location"]).text
    assert "These are the files of version 1; it is live now." in text
    answer = publish(staff, fakes.bundle(title="Second"), when="insist")
    assert "Nothing has changed." in staff.page(answer.headers["location"]).text


def test_wrong_file_is_said_and_the_note_is_kept(staff):
    answer = publish(staff, b"no zip", note="fixes 3a", when="hold")
    assert answer.status_code == 422
    assert "cannot be read as a zip" in answer.text
    assert 'value="fixes 3a"' in answer.text
    assert 'value="hold" checked' in answer.text
    assert publish(staff, b"").status_code == 422


def test_two_versions_are_compared_and_a_regrade_is_offered(staff):
    staff.hand_in_as("ann")
    publish(staff, fakes.bundle(title="First"))
    checked(staff, 1)
    test = "from grader.suite import task\n\n\n@task('1a')\ndef test_one():\n    assert 1\n"
    publish(staff, fakes.bundle(title="First", **{"hidden/test_a.py": test}), when="hold")
    checked(staff, 2)
    text = staff.page(f"{PAGE}/versions/2").text
    assert "hidden/test_a.py::test_one" in text
    assert "Make it live" in text
    staff.send(f"{PAGE}/versions/2/live")
    text = staff.page(f"{PAGE}/versions/2").text
    assert "1 submission has its result by other tests" in text
    started = staff.send(f"{PAGE}/regrades", which="latest", reason="a new version of the homework")
    assert started.headers["location"].startswith("/regrades/")


def test_version_of_a_homework_that_never_was_live_has_a_page(staff):
    for title in ("First", "Second"):
        publish(staff, fakes.bundle("hw9", title), when="hold")
    page = "/assignments/hw9/versions"
    text = staff.page(f"{page}/1").text
    assert "Compare it with another version" in text
    assert "Nothing differs" not in text
    assert "Compared with version 1" in staff.page(f"{page}/2").text
    assert "Compared with version 2" in staff.page(f"{page}/1?since=2").text


@pytest.mark.parametrize(
    "path",
    ["/publish", f"{PAGE}/versions", f"{PAGE}/versions/1", f"{PAGE}/versions/1/bundle.zip"],
)
def test_pages_are_for_instructors(staff, path):
    publish(staff, fakes.bundle(title="Second"))
    assert staff.page(path).status_code == 200
    staff.sign_in("ann")
    assert staff.page(path).status_code == 403


def test_students_cannot_publish(staff):
    staff.sign_in("ann")
    assert publish(staff, fakes.bundle()).status_code == 403
    assert staff.send(f"{PAGE}/versions/1/live", insist="true").status_code == 403


def test_regrade_by_an_older_version_is_chosen_on_its_form(staff):
    found = staff.hand_in_as()
    page = f"{PAGE}/regrades"
    assert 'name="version"' not in staff.page(page).text
    with staff.store.transaction() as connection:
        for number, state in ((1, "retired"), (2, "live"), (3, "draft")):
            connection.execute(
                "INSERT INTO homework_versions (assignment, number, sha256, bytes, suite_version,"
                " title, state, hold, insist, published_by, checked_at, live_at) VALUES"
                " ('hw', %s, repeat('0', 64), 1, '0', 'T', %s, false, false, 'eve',"
                " CASE WHEN %s < 3 THEN now() END, CASE WHEN %s < 3 THEN now() END)",
                [number, state, number, number],
            )
        connection.execute("UPDATE runs SET version = 2")
    text = staff.page(page).text
    assert '<option value="1">version 1</option>' in text
    assert "version 3" not in text
    assert "/versions/2" in staff.page(f"/submissions/{found}").text
    answer = staff.send(page, which="all", reason="r", version="1")
    assert "by version 1 of the homework" in staff.page(answer.headers["location"]).text
    assert staff.send(page, which="all", reason="r", version="one").status_code == 422
    staff.sign_in("ann")
    assert "version" not in staff.page(f"/submissions/{found}").text


def test_page_says_where_the_files_in_force_come_from(staff, course):
    page = f"{PAGE}/versions"
    folder_watch.look(staff.client.app.state.services.course)
    text = staff.page(page).text
    assert "own folder are in use: version 1" in text
    assert "<mark>In use</mark>" in text
    assert "it was not checked as a published version is" in staff.page(f"{page}/1").text
    manifest = course / "tests" / "suites" / "hw" / "assignment.toml"
    good = manifest.read_text()
    manifest.write_text("title = <b>")
    text = staff.page(page).text
    assert "cannot be used as they stand" in text
    assert "<b>" not in text
    manifest.write_text(good)
    publish(staff, fakes.bundle(title="Published"))
    checked(staff, 2)
    text = staff.page(page).text
    assert "<strong>not in use</strong>, because version 2 is live" in text
    assert "Of the folder" in text
