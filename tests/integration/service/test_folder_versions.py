"""Changes of a homework in the course's folder on one machine: each is a version by itself."""

import pytest

from grader.service import course_folder, folder_versions, folder_watch
from tests.support import fakes_service as fakes
from tests.support.api_client import problem
from tests.support.course_client import ASSIGNMENT
from tests.support.publisher import VERSIONS, Publisher


@pytest.fixture
def publisher(store, uploads, course):
    return Publisher(store, uploads, course)


def look(publisher):
    folder_watch.look(publisher.course)


def saved(publisher, text):
    publisher.manifest.write_text(text)
    look(publisher)


def titled(title):
    return fakes.MANIFEST.replace('title = "Homework"', f'title = "{title}"')


def listed(publisher):
    return publisher.get(VERSIONS, "eve").json()


def numbers(publisher):
    return [one["number"] for one in listed(publisher)["versions"]]


def test_each_change_is_a_version_and_two_are_compared(publisher):
    saved(publisher, titled("First"))
    look(publisher)  # nothing has changed
    saved(publisher, titled("Second"))
    found = listed(publisher)
    assert [(one["number"], one["title"]) for one in found["versions"]] == [
        (2, "Second"),
        (1, "First"),
    ]
    assert {one["origin"] for one in found["versions"]} == {"folder"}
    assert (found["in_use"], found["folder"]) == (2, "in use")
    changes = publisher.get(f"{VERSIONS}/2/changes?since=1", "eve").json()
    assert changes["files"] == ["assignment.toml"]
    kept = [one for one in publisher.audit() if one[1] == "version kept of the folder"]
    assert kept == [
        ("service", "version kept of the folder", "version 1"),
        ("service", "version kept of the folder", "version 2"),
    ]


def test_files_that_come_back_are_the_version_that_they_were(publisher):
    for title in ("First", "Second", "First"):
        saved(publisher, titled(title))
    assert numbers(publisher) == [2, 1]
    assert listed(publisher)["in_use"] == 1


def test_broken_change_is_no_version_and_the_last_good_one_stays_in_force(publisher, tmp_path):
    publisher.course.folder._kept_dir = tmp_path / "kept"
    saved(publisher, titled("First"))
    saved(publisher, "title = ")
    assert (numbers(publisher), listed(publisher)["in_use"]) == ([1], 1)
    assert publisher.get(ASSIGNMENT).json()["title"] == "First"
    found = publisher.post().json()["id"]
    publisher.grade()
    assert publisher.get(f"/api/submissions/{found}", "eve").json()["version"] == 1
    saved(publisher, titled("Third"))
    assert listed(publisher)["in_use"] == 2


def test_run_names_the_version_that_it_was_graded_by_however_new(publisher):
    saved(publisher, titled("First"))
    publisher.manifest.write_text(titled("Second"))  # nobody has looked yet
    found = publisher.post().json()["id"]
    publisher.grade()
    assert publisher.get(f"/api/submissions/{found}", "eve").json()["version"] == 2
    assert numbers(publisher) == [2, 1]
    answer = publisher.send("POST", f"{ASSIGNMENT}/regrades", which="all", reason="r", version=1)
    assert answer.status_code == 202
    publisher.grade()
    assert publisher.grading.versions[-1].manifest.title == "First"


def test_folder_is_not_in_force_while_a_version_is_live_and_nothing_of_it_is_kept(publisher):
    saved(publisher, titled("First"))
    publisher.publish(fakes.bundle(title="Published"))
    publisher.check()
    saved(publisher, titled("Second"))
    found = listed(publisher)
    assert numbers(publisher) == [2, 1]
    assert (found["in_use"], found["folder"]) == (2, "not in use")
    assert publisher.get(ASSIGNMENT).json()["title"] == "Published"


def test_equal_files_that_are_published_are_a_version_that_goes_live(publisher, course):
    look(publisher)
    packed = folder_versions._bundle(publisher.course.folder.load(fakes.SLUG)).content()
    publisher.publish(packed)
    publisher.check()
    assert publisher.states() == {1: "ready", 2: "live"}
    assert publisher.publish(packed)["number"] == 2


def test_files_that_make_no_bundle_are_in_force_and_not_kept(publisher, course, monkeypatch):
    monkeypatch.setattr(folder_versions.bundle, "MAX_BYTES", 10)
    look(publisher)
    assert numbers(publisher) == []
    found = publisher.post().json()["id"]
    publisher.grade()
    assert publisher.get(f"/api/submissions/{found}", "eve").json()["version"] is None


def test_two_processes_keep_each_change_once(publisher, store, uploads, course):
    saved(publisher, titled("First"))
    other = folder_versions.FolderVersions(store, uploads)
    loaded = course_folder.CourseFolder(course).load(fakes.SLUG)
    assert other.keep(loaded) == 1
    assert numbers(publisher) == [1]


def test_version_of_the_folder_is_made_live_like_any_other(publisher):
    saved(publisher, titled("First"))
    saved(publisher, titled("Second"))
    publisher.live(1)
    assert publisher.get(ASSIGNMENT).json()["title"] == "First"
    problem(publisher.live(9, 404), 404)


def test_change_of_tests_in_the_folder_offers_a_regrade(publisher):
    look(publisher)
    publisher.post()
    publisher.grade()
    with publisher.store.transaction() as connection:  # the fake's reports name no real tests
        connection.execute(
            "UPDATE results SET report = report || jsonb_build_object('suite_version',"
            " v.suite_version) FROM homework_versions v"
        )
    assert listed(publisher)["to_regrade"] == 0
    saved(publisher, titled("Second"))
    assert listed(publisher)["to_regrade"] == 1
