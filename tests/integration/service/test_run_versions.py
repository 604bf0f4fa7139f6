"""By which version of its homework a submission is graded, who reads that, and regrades by one."""

import csv
import errno
import io
import os
import shutil
import uuid
import zipfile
from pathlib import Path

import pytest

from grader import errors
from grader.assignment import bundle
from grader.service import accounts, jobs
from grader.service import published as published_files
from grader.store import migrate, rows, submissions, version_bundles, versions
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT
from tests.support.publisher import VERSIONS, Publisher


@pytest.fixture
def publisher(store, uploads, course):
    return Publisher(store, uploads, course)


def submitted(publisher, who="ann"):
    """A submission that the worker has graded; its id."""
    found = publisher.post(who=who).json()["id"]
    publisher.grade()
    return found


def published(publisher, *titles):
    for title in titles:
        publisher.publish(fakes.bundle(title=title))
        publisher.check()


def version(publisher, submission, who="eve"):
    return publisher.get(f"/api/submissions/{submission}", who).json()["version"]


def regrade(publisher, status=202, **sent):
    sent = {"which": "all", "reason": "r"} | sent
    answer = publisher.send("POST", f"{ASSIGNMENT}/regrades", **sent)
    assert answer.status_code == status, answer.text
    publisher.grade()
    return answer.json()


def test_run_is_graded_by_the_live_version_and_names_it_to_staff(publisher):
    published(publisher, "First", "Second")
    found = submitted(publisher)
    assert publisher.grading.versions[-1].manifest.title == "Second"
    assert version(publisher, found) == 2
    assert version(publisher, found, "ann") is None
    report = f"/api/submissions/{found}/report"
    assert publisher.get(report, "eve").json()["version"] == 2
    assert "version" not in publisher.get(report, "ann").json()
    assert "version" not in publisher.get(f"{report}?as_student=true", "eve").json()
    log = publisher.get(f"/api/submissions/{found}/log.txt", "eve").text
    assert "by version 2 of hw" in log
    zipped = publisher.get(f"{ASSIGNMENT}/submissions.zip", "eve").content
    with zipfile.ZipFile(io.BytesIO(zipped)) as archive:
        (line,) = csv.DictReader(io.StringIO(archive.read("manifest.csv").decode()))
    assert line["version"] == "2"


def test_version_that_goes_live_while_a_submission_waits_grades_it(publisher):
    published(publisher, "First")
    found = publisher.post().json()["id"]
    published(publisher, "Second")
    publisher.live(1)
    publisher.grade()
    known = {1: "First", 2: "Second"}
    number = version(publisher, found)
    assert publisher.grading.versions[-1].manifest.title == known[number]


def test_regrade_names_a_version_and_the_live_one_stays(publisher):
    published(publisher, "First", "Second")
    found = submitted(publisher)
    made = regrade(publisher, version=1)
    assert made["version"] == 1
    assert publisher.grading.versions[-1].manifest.title == "First"
    assert version(publisher, found) == 2  # it is not applied
    publisher.send("POST", f"/api/regrades/{made['id']}/apply", take="take-new")
    assert version(publisher, found) == 1
    assert publisher.states() == {1: "retired", 2: "live"}
    again = regrade(publisher)
    assert again["version"] is None
    assert publisher.grading.versions[-1].manifest.title == "Second"


def test_regrade_by_a_version_that_is_not_there_not_checked_or_unsound_is_refused(publisher):
    published(publisher, "First", "wrong")
    publisher.publish(fakes.bundle(title="Third"), hold=True)
    submitted_before = publisher.graded()
    problem(
        publisher.send("POST", f"{ASSIGNMENT}/regrades", which="all", reason="r", version=9), 404
    )
    for number, said in ((2, "found something"), (3, "not checked yet")):
        sent = {"which": "all", "reason": "r", "version": number}
        answer = publisher.send("POST", f"{ASSIGNMENT}/regrades", **sent)
        assert said in problem(answer, 422)["detail"]
    publisher.live(2, insist=True)
    publisher.live(1)
    assert regrade(publisher, version=2)["version"] == 2  # it was live in spite of that
    assert submitted_before


def test_regrade_of_a_homework_that_nobody_published_names_no_version(publisher):
    publisher.graded()
    problem(
        publisher.send("POST", f"{ASSIGNMENT}/regrades", which="all", reason="r", version=1), 404
    )


def test_answer_that_is_used_again_names_the_version_it_came_from(publisher):
    published(publisher, "First")
    first = submitted(publisher)
    user = accounts.find(publisher.store, publisher.tokens["bob"])
    known = submissions.get(publisher.store, uuid.UUID(first), publisher_user(publisher))
    content = known.content_sha256
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, "0" * 64, 1, content)
    again = jobs.accept(publisher.store, new, "0" * 16)
    assert version(publisher, again) == 1


def publisher_user(publisher):
    return accounts.find(publisher.store, publisher.tokens["eve"])


def test_version_whose_bundle_cannot_be_read_grades_nobody_and_folder_does(publisher, uploads):
    published(publisher, "First")
    live = publisher.get(VERSIONS, "eve").json()["versions"][0]
    with publisher.store.transaction() as connection:
        other = uploads.put(b"no zip")
        connection.execute("UPDATE homework_versions SET sha256 = %s", [other])
    publisher.course.read_again()
    found = submitted(publisher)
    assert (live["number"], version(publisher, found)) == (1, 2)  # of the folder
    assert publisher.grading.versions[-1].manifest.title == "Homework"


def test_runs_from_before_get_their_number_by_their_tests(publisher):
    published(publisher, "First")
    found = submitted(publisher)
    text = (Path(migrate.__file__).parent / "migrations" / "0121_run_versions.sql").read_text()
    with publisher.store.transaction() as connection:
        connection.execute("UPDATE homework_versions SET suite_version = %s", ["0" * 16])
        connection.execute("UPDATE runs SET version = NULL")
        connection.execute(text[text.index("UPDATE runs") :])
    assert version(publisher, found) == 1


def test_old_versions_leave_the_disk_and_come_back_for_a_regrade(publisher, course):
    published(publisher, "First", "Second")
    submitted(publisher)
    folder = course.parent / "published"
    by_number = {
        one["number"]: one["sha256"] for one in publisher.get(VERSIONS, "eve").json()["versions"]
    }
    for sha256 in by_number.values():
        os.utime(folder / sha256, (0, 0))
    publisher.course.folder.published.forget_unused()
    assert {one.name for one in folder.iterdir() if one.is_dir()} == {by_number[2]}
    regrade(publisher, version=1)
    assert publisher.grading.versions[-1].manifest.title == "First"
    assert (folder / by_number[1] / "tests").is_dir()


def test_version_that_no_disk_has_room_for_fails_nobody(publisher, uploads, monkeypatch):
    published(publisher, "First")
    (sha256,) = version_bundles.in_use(publisher.store)
    shutil.rmtree(publisher.course.folder.path.parent / "published")
    another = published_files.Published(
        publisher.store, uploads, publisher.course.folder.path.parent / "published"
    )
    with monkeypatch.context() as patch:
        patch.setattr(bundle.Bundle, "write", full)
        with pytest.raises(errors.StoreUnavailable, match="No space left"):
            another.open(fakes.SLUG, sha256)
    assert another.open(fakes.SLUG, sha256).manifest.title == "First"


def full(*_args):
    raise OSError(errno.ENOSPC, "No space left on device")


def test_version_of_a_run_that_is_graded_now_stays_on_the_disk(publisher):
    published(publisher, "First")
    submitted(publisher)
    published(publisher, "Second")
    first = versions.find(publisher.store, fakes.SLUG, 1).sha256
    assert first not in version_bundles.in_use(publisher.store)
    waiting = publisher.post().json()["id"]
    with publisher.store.transaction() as connection:
        connection.execute(
            "UPDATE runs SET state = 'running', version = 1, moved_by = 't', moved_why = 't',"
            " attempt = 1, started_at = now() WHERE submission_id = %s",
            [waiting],
        )
    assert first in version_bundles.in_use(publisher.store)
