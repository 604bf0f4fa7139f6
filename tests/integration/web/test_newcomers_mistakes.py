"""What people do who see the pages for the first time: wrong files, two clicks, two people at once.

Each is answered with what happened and what to do, and nothing is done twice or lost.
"""

import io
import re
import uuid
import zipfile
from concurrent.futures import ThreadPoolExecutor
from fractions import Fraction

import pytest

from grader.service import accounts, jobs
from grader.store import enrolments, rows
from grader.web import rendering
from tests.support import fakes_service as fakes
from tests.support.browser_client import MANUAL, PAGE, Staff

PERSON = "/roster/person?login=ann"


@pytest.fixture
def staff(store, uploads, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = path.read_text().replace("total_points = 10", "total_points = 15")
    path.write_text(text + MANUAL)
    return Staff(store, uploads, course)


def zipped(**files):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return sink.getvalue()


def send_file(staff, path, data, name="file", **fields):
    sent = {"form_token": staff.form_token()} | fields
    return staff.client.post(path, data=sent, files={name: ("f", data)}, follow_redirects=False)


def handed_in(staff, uploads, who="ann"):
    """A graded submission whose files are kept."""
    user = accounts.find(staff.store, staff.tokens[who])
    kept = uploads.put(staff.grading.inspect(fakes.SLUG, [("layers.py", b"x = 1\n")]))
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, kept, 1, kept)
    jobs.accept(staff.store, new, "")
    staff.finish_all(Fraction(5))
    return new.id


# ---- wrong files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"who,where\nann,here\n", "a column `login`, `email` or `name`"),
        (b"zoe,zoe@u.example\n", "A header is, for example: name,email,role,section"),
        (b"login,email\n", "There is a header and nobody below it."),
        (b"login,role\nzed,boss\n", "the role &#39;boss&#39; is not one of"),
        (zipped(**{"xl/workbook.xml": "<x/>"}), "This is a workbook, not a CSV file."),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "This is a workbook, not a CSV file."),
        ("name\nZo\xeb\n".encode("latin-1"), "Save it as CSV UTF-8."),
        (b"", "A header is, for example"),
    ],
)
def test_wrong_roster_is_refused_with_what_to_do(staff, data, said):
    answer = send_file(staff, "/roster", data)
    assert answer.status_code == 422
    assert said in answer.text
    assert "this has 0" not in answer.text


@pytest.mark.parametrize(
    "data",
    [
        b"login;email;section\nzoe;zoe@u.example;A\n",
        "login\temail\nzoe\tzoe@u.example\n".encode("utf-16"),
        b"\xef\xbb\xbflogin,email\r\nzoe,zoe@u.example\r\n",
    ],
    ids=["semicolons", "Excel's Unicode text", "with a byte order mark"],
)
def test_roster_of_another_spreadsheet_is_read(staff, data):
    answer = send_file(staff, "/roster", data)
    assert "1 added" in answer.text
    assert enrolments.find(staff.store, "main", "zoe").person.email == "zoe@u.example"


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"hello", "one .zip file"),
        (b"", "one .zip file"),
        (fakes.bundle("hw9")[:200], "not all of it arrived"),
        (zipped(a="b"), "The zip holds no homework"),
        (zipped(**{"hw9/assignment.toml": "slug = 1"}), "tests/suites/&lt;slug&gt;/"),
    ],
)
def test_wrong_homework_is_refused_with_what_to_do(staff, data, said):
    answer = send_file(staff, "/publish", data, note="the first", when="hold")
    assert answer.status_code == 422
    assert said in answer.text
    assert 'value="the first"' in answer.text


def test_impossible_value_of_a_schedule_is_said_in_words(staff):
    answer = staff.send(f"{PAGE}/schedule", version="0", attempts_per_day="-1")
    assert "`attempts_per_day` must be 0 or more." in answer.text


# ---- two clicks ------------------------------------------------------------------------------


def operations(staff):
    with staff.store.transaction() as connection:
        return connection.execute("SELECT count(*) AS n FROM run_groups").fetchone()["n"]


def twice(staff, path, /, **fields):
    """Two clicks at once; where each of them leads."""
    sent = {"form_token": staff.form_token()} | fields
    with ThreadPoolExecutor(2) as pool:
        clicks = [
            pool.submit(staff.client.post, path, data=sent, follow_redirects=False)
            for _ in range(2)
        ]
        return [click.result().headers.get("location") for click in clicks]


def test_regrade_is_started_once_by_two_clicks(staff, uploads):
    handed_in(staff, uploads)
    first, second = twice(staff, f"{PAGE}/regrades", which="latest", reason="fixed")
    assert first == second
    assert operations(staff) == 1


def test_annotation_is_written_once_by_two_clicks(staff, uploads):
    found = handed_in(staff, uploads)
    path = f"/submissions/{found}/annotations"
    first, second = twice(staff, path, path="layers.py", first="1", text="See here.")
    assert first == second
    text = staff.page(f"/submissions/{found}/files").text
    assert "#note-1" in first
    assert 'id="note-2"' not in text


def test_mark_saved_by_two_clicks_is_nobody_elses(staff, uploads):
    path = f"/submissions/{handed_in(staff, uploads)}/marking"
    filled = {"points.w": "3", "version.w": "0", "rubric.w": "0", "comment.w": "good"}
    assert None not in twice(staff, path, save="w", **filled)


def test_batch_of_one_form_is_one_batch(staff):
    once = re.search(r'name="once" value="([^"]+)"', staff.page(f"{PAGE}/batches").text)[1]
    data, other = zipped(**{"ann/layers.py": "ok"}), zipped(**{"bob/layers.py": "ok"})
    path = f"{PAGE}/batches"
    sent = [send_file(staff, path, one, "files", once=once) for one in (data, data, other)]
    first, second, third = (one.headers["location"] for one in sent)
    assert first == second != third
    assert operations(staff) == 2


def test_same_form_after_another_is_taken_again(staff, uploads):
    handed_in(staff, uploads)
    there = staff.send(f"{PAGE}/regrades", which="latest", reason="fixed").headers["location"]
    for action, state in (("pause", "Paused"), ("resume", "Being graded"), ("pause", "Paused")):
        assert staff.send(f"{there}/{action}").status_code == 303
        assert state in staff.page(there).text


def test_same_form_is_taken_again_later_and_after_a_refusal(staff, uploads):
    handed_in(staff, uploads)
    wanted = {"which": "failed", "reason": "fixed"}
    assert staff.send(f"{PAGE}/regrades", **wanted).status_code == 422
    assert staff.send(f"{PAGE}/regrades", **wanted).status_code == 422
    wanted["which"] = "latest"
    first = staff.send(f"{PAGE}/regrades", **wanted).headers["location"]
    staff.client.app.state.sent.again_s = 0
    assert staff.send(f"{PAGE}/regrades", **wanted).headers["location"] != first


def test_equal_forms_of_two_people_are_two(staff, uploads):
    handed_in(staff, uploads)
    found = set()
    staff.tokens["una"] = accounts.add_user(staff.store, "una", "instructor")
    for who in ("eve", "una"):
        staff.sign_in(who)
        found.add(staff.send(f"{PAGE}/regrades", which="latest", reason="r").headers["location"])
    assert len(found) == 2


def test_what_is_shown_once_is_not_kept(staff):
    tokens = {
        re.search(r'class="token">([^<]+)<', staff.send("/roster/token", login="ann").text)[1]
        for _ in range(2)
    }
    assert len(tokens) == 2


# ---- two people at once ----------------------------------------------------------------------


def shown(staff, path=PERSON):
    """The hidden fields of a person's form, and what it shows."""
    text = staff.page(path).text
    return dict(re.findall(r'name="(shown\.\w+)" value="([^"]*)"', text))


def save(staff, before, **fields):
    wanted = {name.removeprefix("shown."): text for name, text in before.items()} | fields
    return staff.send(PERSON, **before, **wanted)


def test_two_who_change_other_things_of_a_person_lose_nothing(staff):
    before = shown(staff)
    assert save(staff, before, section="B").status_code == 303
    assert save(staff, before, full_name="Ann Lee").status_code == 303
    found = enrolments.find(staff.store, "main", "ann")
    assert (found.person.section, found.person.full_name) == ("B", "Ann Lee")


def test_second_of_two_who_change_the_same_sees_the_first_and_keeps_what_they_typed(staff):
    before = shown(staff)
    save(staff, before, section="B")
    answer = save(staff, before, section="C")
    assert answer.status_code == 409
    assert "changed the section meanwhile, to &#39;B&#39;" in answer.text
    assert 'name="section" maxlength="200" value="C"' in answer.text
    again = dict(re.findall(r'name="(shown\.\w+)" value="([^"]*)"', answer.text))
    assert save(staff, again, section="C").status_code == 303
    assert enrolments.find(staff.store, "main", "ann").person.section == "C"


# ---- signed out, another course --------------------------------------------------------------


def test_form_of_somebody_signed_out_meanwhile_says_that_nothing_was_saved(staff):
    token = staff.form_token()
    staff.client.cookies.clear()
    sent = {"form_token": token, "which": "latest", "reason": "r"}
    answer = staff.client.post(f"{PAGE}/regrades", data=sent)
    assert "nothing was saved" in answer.text


def test_old_form_says_to_reload(staff):
    answer = staff.client.post("/roster/add", data={"login": "zoe", "form_token": "old"})
    assert answer.status_code == 403
    assert rendering.OLD_FORM in answer.text
