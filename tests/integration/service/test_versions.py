"""Versions of a homework: published, checked by the worker, live, rolled back."""

import shutil

import pytest

from grader import errors
from grader.service import accounts, courses, erasure, jobs, published
from grader.store import retention, versions
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT
from tests.support.publisher import VERSIONS, Publisher

TEST = "from grader.suite import task\n\n\n@task('1a')\ndef test_one():\n    assert 1\n"


@pytest.fixture
def publisher(store, uploads, course):
    return Publisher(store, uploads, course)


def test_new_homework_is_seen_by_students_when_its_check_has_passed(publisher):
    publisher.publish(fakes.bundle("hw9", "Ninth"), "hw9")
    assert publisher.get("/api/assignments/hw9").status_code == 404
    publisher.check()
    assert publisher.states("hw9") == {1: "live"}
    assert publisher.get("/api/assignments/hw9").json()["title"] == "Ninth"
    assert "hw9" in [one["slug"] for one in publisher.get("/api/assignments").json()["assignments"]]
    path = "/api/assignments/hw9/submissions"
    assert publisher.post(path=path).status_code == 202


def test_version_takes_the_place_of_the_folders_files(publisher):
    publisher.publish(fakes.bundle(title="Second"))
    publisher.check()
    publisher.manifest.write_text("broken")
    assert publisher.get(ASSIGNMENT).json()["title"] == "Second"
    assert publisher.course.faults() == {}


def test_findings_keep_a_version_back_until_staff_insist(publisher):
    publisher.publish(fakes.bundle(title="wrong"))
    publisher.check()
    (found,) = publisher.get(VERSIONS, "eve").json()["versions"]
    assert (found["state"], found["checked"]) == ("draft", True)
    assert found["findings"] == ["reference fails hidden/test_a.py::test_one: wrong"]
    assert publisher.get(ASSIGNMENT).json()["title"] == "Homework"
    assert "insist" in problem(publisher.live(1, 409), 409)["detail"]
    assert publisher.live(1, insist=True).json()["findings"]
    assert publisher.get(ASSIGNMENT).json()["title"] == "wrong"


def test_insisting_beforehand_goes_live_after_the_check(publisher):
    publisher.publish(fakes.bundle(title="wrong"), insist=True)
    assert publisher.states() == {1: "draft"}
    publisher.check()
    assert publisher.states() == {1: "live"}


def test_version_that_is_held_back_waits_for_somebody(publisher):
    publisher.publish(fakes.bundle(title="Held"), hold=True)
    publisher.check()
    assert publisher.states() == {1: "ready"}
    publisher.live(1)
    assert publisher.states() == {1: "live"}


def test_older_version_is_made_live_again_and_the_log_says_so(publisher):
    for title in ("First", "Second"):
        publisher.publish(fakes.bundle(title=title), note=f"{title} try")
        publisher.check()
    assert publisher.states() == {1: "retired", 2: "live"}
    publisher.live(1)
    assert publisher.states() == {1: "live", 2: "retired"}
    assert publisher.get(ASSIGNMENT).json()["title"] == "First"
    entry = publisher.get("/api/audit", "eve").json()["entries"][0]
    assert (entry["action"], entry["subject"]) == ("version live", "version 1")
    assert entry["detail"] == {"before": "version 2"}


def test_equal_files_are_no_new_version(publisher):
    first = publisher.publish(fakes.bundle(title="Same"))
    assert publisher.publish(fakes.bundle(title="Same"))["number"] == first["number"]
    assert publisher.publish(fakes.bundle(title="Other"))["number"] == 2


def test_insisting_with_the_same_files_makes_them_live_in_spite_of_findings(publisher):
    publisher.publish(fakes.bundle(title="wrong"))
    publisher.check()
    same = publisher.publish(fakes.bundle(title="wrong"))
    assert (same["sent"], same["state"]) == ("same", "draft")
    assert "insist" in same["message"]
    made = publisher.publish(fakes.bundle(title="wrong"), insist=True, note="a known gap")
    assert (made["number"], made["state"], made["note"]) == (1, "live", "a known gap")
    assert made["message"] == "These are the files of version 1; it is live now."
    entries = publisher.get("/api/audit", "eve").json()["entries"]
    assert [one["action"] for one in entries[:2]] == ["version live", "version published again"]
    assert publisher.get(ASSIGNMENT).json()["title"] == "wrong"


def test_held_back_files_go_live_when_they_are_sent_without_that(publisher):
    publisher.publish(fakes.bundle(title="Held"), hold=True)
    publisher.check()
    assert publisher.publish(fakes.bundle(title="Held"))["sent"] == "live"
    again = publisher.publish(fakes.bundle(title="Held"), hold=False)
    assert (again["sent"], again["state"]) == ("same", "live")
    assert again["message"].endswith("which is live already. Nothing has changed.")
    assert publisher.publish(fakes.bundle(title="Held"), note="new")["note"] == "new"
    assert publisher.states() == {1: "live"}


def test_wish_of_who_sends_files_again_before_their_check_counts(publisher):
    publisher.tokens["ivo"] = accounts.add_user(publisher.store, "ivo", "instructor")
    publisher.publish(fakes.bundle(title="wrong"))
    versions.begin_check(publisher.store, fakes.SLUG, 1)
    begun = versions.find(publisher.store, fakes.SLUG, 1)
    files = {"files": {"file": ("hw.zip", fakes.bundle(title="wrong"))}}
    sent = publisher.client.post(
        f"{VERSIONS}?insist=true", headers=publisher.headers("ivo"), **files
    )
    assert sent.json()["sent"] == "noted"
    assert "whatever is found" in sent.json()["message"]
    assert sent.json()["live_by"] == ""
    versions.end_check(publisher.store, begun, ("something",), {})
    now = versions.find(publisher.store, fakes.SLUG, 1)
    assert (now.live, now.live_by) == (True, "instructor ivo")


def test_new_tests_offer_a_regrade_and_a_new_reference_does_not(publisher):
    publisher.publish(fakes.bundle(title="First"))
    publisher.check()
    publisher.graded()
    version = publisher.get(f"{VERSIONS}/1", "eve").json()["suite_version"]
    with publisher.store.transaction() as connection:  # the fake's reports name no version
        report = """jsonb_set(report, '{suite_version}', to_jsonb(%s::text))"""
        connection.execute(f"UPDATE results SET report = {report}", [version])
    assert publisher.get(VERSIONS, "eve").json()["to_regrade"] == 0
    publisher.publish(fakes.bundle(title="First", **{"hidden/test_a.py": TEST}))
    publisher.check()
    assert publisher.get(VERSIONS, "eve").json()["to_regrade"] == 1
    changes = publisher.get(f"{VERSIONS}/2/changes?since=1", "eve").json()
    assert changes["tests_added"] == ["hidden/test_a.py::test_one"]


def test_dates_that_staff_changed_stand_above_the_new_version(publisher):
    publisher.send("PATCH", f"{ASSIGNMENT}/schedule", set={"attempts_per_day": 4})
    publisher.publish(fakes.bundle(title="Second"))
    publisher.check()
    assert publisher.terms()["attempts_per_day"] == 4


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (fakes.bundle(title='Typo"\npionts = 3 #'), "pionts"),
        (fakes.bundle(**{"hidden/test_a.py": "def test_a(:\n"}), "not Python"),
        (b"no zip", "zip"),
    ],
    ids=["a manifest's mistake", "a test's mistake", "no zip"],
)
def test_what_cannot_be_read_is_refused_at_once_and_is_no_version(publisher, content, reason):
    said = publisher.publish(content, status=422)
    assert reason in said["reasons"][0]
    assert "/tmp" not in said["reasons"][0]
    assert publisher.states() == {}


def test_bundle_of_another_homework_is_refused(publisher):
    assert "hw9" in publisher.publish(fakes.bundle("hw9"), status=422)["detail"]


def test_finding_shows_paths_as_in_the_zip(publisher, monkeypatch):
    def check_version(assignment, _give_way):
        raise errors.SuiteError(f"{assignment.reference_dir / 'layers.py'} is missing.")

    monkeypatch.setattr(publisher.grading, "check_version", check_version)
    publisher.publish(fakes.bundle(title="Second"))
    publisher.check()
    (found,) = publisher.get(VERSIONS, "eve").json()["versions"]
    assert found["findings"] == [f"reference/{fakes.SLUG}/layers.py is missing."]


def test_machine_that_fails_is_tried_again(publisher, monkeypatch):
    tries = []

    def check_version(_assignment, _give_way):
        tries.append(1)
        if len(tries) == 1:
            raise errors.SandboxUnavailable("the engine is away")
        return fakes.ports.VersionCheck(())

    monkeypatch.setattr(publisher.grading, "check_version", check_version)
    monkeypatch.setattr(jobs, "RETRY_PAUSE_S", 0.1)
    publisher.publish(fakes.bundle(title="Second"))
    publisher.check()
    assert (len(tries), publisher.states()) == (2, {1: "live"})


def test_late_check_changes_nothing(publisher):
    publisher.publish(fakes.bundle(title="Second"))
    assert versions.begin_check(publisher.store, fakes.SLUG, 1) == 1
    old = versions.find(publisher.store, fakes.SLUG, 1)
    assert versions.begin_check(publisher.store, fakes.SLUG, 1) == 2
    assert not versions.end_check(publisher.store, old, (), {})
    assert publisher.states() == {1: "checking"}


def test_bundle_is_no_orphan_and_another_machine_unpacks_it(publisher, uploads, tmp_path):
    made = publisher.publish(fakes.bundle(title="Second"))
    assert retention.unnamed(publisher.store, [made["sha256"]]) == []
    publisher.check()
    elsewhere = published.Published(publisher.store, uploads, tmp_path / "elsewhere")
    assert elsewhere.load(fakes.SLUG).manifest.title == "Second"
    content = publisher.get(f"{VERSIONS}/1/bundle.zip", "eve").content
    assert content == fakes.bundle(title="Second")


def test_homework_of_a_second_course_is_its_own(publisher):
    courses.add(publisher.store, "second", "Second course", "", "test")
    for name, role in (("oscar", "instructor"), ("olga", "student")):
        publisher.tokens[name] = accounts.add_user(publisher.store, name, role, course="second")
    path, files = "/api/courses/second/versions", {"file": ("z.zip", fakes.bundle("hw9"))}
    sent = {"files": files, "headers": publisher.headers("oscar")}
    assert publisher.client.post("/api/courses/main/versions", **sent).status_code == 404
    assert publisher.client.post(path, **sent).status_code == 202
    publisher.check()
    assert publisher.get("/api/assignments/hw9", "olga").status_code == 200
    assert publisher.get("/api/assignments/hw9", "ann").status_code == 404
    assert publisher.get("/api/assignments/hw9/versions", "eve").status_code == 404
    taken = {"file": ("z.zip", fakes.bundle(fakes.SLUG))}
    problem(publisher.client.post(path, files=taken, headers=publisher.headers("oscar")), 409)
    problem(
        publisher.client.post(
            "/api/courses/main/versions", files=files, headers=publisher.headers("eve")
        ),
        409,
    )


@pytest.fixture
def oscar(publisher):
    """An instructor of another course; what they publish there."""
    courses.add(publisher.store, "second", "Second course", "", "test")
    publisher.tokens["oscar"] = accounts.add_user(
        publisher.store, "oscar", "instructor", course="second"
    )

    def publish(slug):
        sent = {"file": ("z.zip", fakes.bundle(slug))}
        path, headers = "/api/courses/second/versions", publisher.headers("oscar")
        return publisher.client.post(path, files=sent, headers=headers)

    return publish


def test_other_course_takes_no_homework_whose_files_are_gone(publisher, oscar):
    """With it would go everything that was submitted for it."""
    work = publisher.graded()
    shutil.rmtree(publisher.course.folder.path / "tests" / "suites" / fakes.SLUG)
    with publisher.store.transaction() as connection:  # the release before kept none
        connection.execute("DELETE FROM homework_versions")
    problem(oscar(fakes.SLUG), 409)
    assert publisher.get(f"/api/submissions/{work}", "oscar").status_code == 404


def test_other_course_takes_no_homework_that_is_being_written(publisher, oscar):
    draft = publisher.course.folder.path / "tests" / "suites" / "hw7"
    draft.mkdir()
    (draft / "assignment.toml").write_text("no manifest yet")
    problem(oscar("hw7"), 409)
    assert oscar("hw8").status_code == 202
    assert versions.claim(publisher.store, "hw8", "second", "a colleague at the same moment")
    assert not versions.claim(publisher.store, "hw8", "third", "somebody else")


def test_forgotten_instructor_is_named_nowhere(publisher, uploads):
    publisher.send("PATCH", f"{ASSIGNMENT}/schedule", set={"attempts_per_day": 4})
    publisher.send("PATCH", "/api/courses/main/settings", set={"late_days": 4})
    publisher.publish(fakes.bundle(title="Second"))
    publisher.check()
    erasure.forget(publisher.store, uploads, "eve")
    with publisher.store.transaction() as connection:
        version = connection.execute("SELECT * FROM homework_versions").fetchone()
        edit = connection.execute("SELECT fields FROM schedule_edits").fetchone()["fields"]
        settings = connection.execute("SELECT settings FROM courses").fetchone()["settings"]
    assert settings["late_days"]["by"] == "somebody forgotten"
    assert version["published_by"] == version["live_by"] == "somebody forgotten"
    assert edit["attempts_per_day"]["by"] == "somebody forgotten"
    assert edit["attempts_per_day"]["value"] == 4


def test_check_gives_way_to_what_people_submit_and_is_resumed(publisher, monkeypatch):
    checks = []

    def check_version(_assignment, give_way):
        checks.append(len(publisher.grading.grades))
        if len(checks) == 1:
            publisher.post()  # meanwhile a student submits
        give_way()
        return fakes.ports.VersionCheck(())

    monkeypatch.setattr(publisher.grading, "check_version", check_version)
    monkeypatch.setattr(jobs, "BUSY_PAUSE_S", 0.2)
    publisher.publish(fakes.bundle(title="Second"))
    publisher.check()
    assert checks[0] == 0
    assert checks[-1] == 1  # the student's was graded in between
    assert publisher.states()[1] == "live"
    assert versions.find(publisher.store, fakes.SLUG, 1).tries == 1
