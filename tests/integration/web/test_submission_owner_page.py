"""Pages on which staff move, delete and download submissions, and see what students see."""

import io
import zipfile

import pytest

from tests.support.browser_client import PAGE, Staff


@pytest.fixture
def staff(store, uploads, course):
    return Staff(store, uploads, course)


def test_submission_is_moved_and_then_deleted(staff):
    path = f"/submissions/{staff.hand_in_as('ann')}"
    assert f'href="{path}/owner"' in staff.page(path).text
    assert "Submission of ann" in staff.page(f"{path}/owner").text
    wrong = staff.send(f"{path}/move", student="nobody", reason="wrong account")
    assert wrong.status_code == 404
    assert 'value="nobody"' in wrong.text
    assert 'value="wrong account"' in wrong.text
    moved = staff.send(f"{path}/move", student="bob", reason="wrong account")
    assert moved.headers["location"] == path
    assert "Submission of bob" in staff.page(f"{path}/owner").text
    unsure = staff.send(f"{path}/delete", reason="a test")
    assert unsure.status_code == 422
    assert 'value="a test"' in unsure.text
    gone = staff.send(f"{path}/delete", reason="a test", sure="true")
    assert gone.headers["location"] == f"{PAGE}/submissions"
    assert staff.page(path).status_code == 404
    assert "submission deleted" in staff.page("/audit").text


def test_page_is_seen_as_its_student_sees_it(staff):
    submission = staff.hand_in_as("ann")
    path = f"/submissions/{submission}"
    staff.sign_in("ann")
    own = staff.page(path).text
    staff.sign_in("eve")
    seen = staff.page(f"{path}/as-student").text
    assert "You see this page as ann does" in seen
    assert '<fieldset class="viewed" disabled>' in seen
    for word in ("marking", "wrong person?", "test_b.py", "/roster"):
        assert word not in seen
        assert word not in own
    assert "test_b.py" in staff.page(path).text
    home = staff.page(f"{PAGE}/as-student?student=ann").text
    assert "Your submissions" in home
    assert str(submission) in home
    assert staff.page(f"{PAGE}/as-student?student=eve").status_code == 404


def test_what_staff_submitted_has_no_students_page(staff):
    path = staff.hand_in().headers["location"]
    assert staff.page(f"{path}/as-student").status_code == 404
    assert "as the student sees it" not in staff.page(path).text


def test_uploads_and_logs_are_downloaded(staff):
    submission = staff.hand_in_as("ann")
    assert "submissions.zip" in staff.page(f"{PAGE}/submissions").text
    answer = staff.page(f"{PAGE}/submissions.zip?which=all")
    with zipfile.ZipFile(io.BytesIO(answer.content)) as archive:
        assert archive.namelist() == ["manifest.csv"]  # this upload's bytes are nowhere
        assert "ann" in archive.read("manifest.csv").decode()
    log = staff.page(f"/submissions/{submission}/log.txt")
    assert "attachment" in log.headers["content-disposition"]


@pytest.mark.parametrize(
    "path",
    [
        "/submissions/{}/as-student",
        "/submissions/{}/log.txt",
        "/submissions/{}/owner",
        f"{PAGE}/as-student?student=ann",
        f"{PAGE}/submissions.zip",
    ],
)
def test_students_reach_none_of_it(staff, path):
    own = path.format(staff.hand_in_as("ann"))
    assert staff.page(own).status_code == 200
    staff.sign_in("ann")
    assert staff.page(own).status_code == 403
    staff.sign_in("bob")
    assert staff.page(own).status_code in (403, 404)


def test_students_change_nothing(staff):
    path = f"/submissions/{staff.hand_in_as('ann')}"
    staff.sign_in("ann")
    assert staff.send(f"{path}/move", student="bob", reason="r").status_code == 403
    assert staff.send(f"{path}/delete", reason="r", sure="true").status_code == 403
    assert staff.page(path).status_code == 200
