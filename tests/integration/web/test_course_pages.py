"""Pages of the course for staff: roster, extensions, gradebook, log, marking, likenesses."""

import io
import re
import time
import uuid
import zipfile
from fractions import Fraction

import pytest

from grader.service import accounts
from tests.support import fakes_service as fakes
from tests.support.browser_client import CODE, MANUAL, PAGE, PDF, Staff

OTHER = "".join(f"class K{n}:\n    def go(self):\n        yield self or {n}\n" for n in range(20))


@pytest.fixture
def staff(store, uploads, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = path.read_text().replace("total_points = 10", "total_points = 15")
    schedule = 'schedule = { due = 2026-10-01T12:00:00Z, time_zone = "America/Chicago" }\n'
    head, mark, tasks = text.partition("[[task]]")
    path.write_text(head + schedule + mark + tasks + MANUAL)
    return Staff(store, uploads, course)


def send_file(staff, path, name, data, **fields):
    sent = {"form_token": staff.form_token()} | fields
    return staff.client.post(path, data=sent, files={"file": (name, data)}, follow_redirects=False)


@pytest.mark.parametrize(
    "path", ["/roster", "/audit", *(f"{PAGE}/{n}" for n in ("extensions", "gradebook", "unmarked"))]
)
def test_page_is_for_staff(staff, path):
    assert staff.page(path).status_code == 200
    staff.sign_in("ann")
    assert staff.page(path).status_code == 403
    assert staff.page(f"{PAGE}/gradebook.csv").status_code == 403


def test_roster_is_taken_whole_or_not_at_all(staff):
    answer = send_file(staff, "/roster", "r.csv", b"name,email,role\nZoe Z,zoe@x.edu,student\n")
    assert "1 added" in answer.text
    assert "zoe@x.edu" in staff.page("/roster").text
    answer = send_file(staff, "/roster", "r.csv", b"name,email,role\nYan,yan@x.edu,king\n")
    assert answer.status_code == 422
    assert "Line 2" in answer.text
    assert "Nothing was changed" in answer.text
    wrong = send_file(staff, "/roster", "r.csv", b"name,email\nA,a@x.edu\n", form_token="wrong")
    assert wrong.status_code == 403


def test_a_typo_in_a_manifest_is_shown_to_staff_only(staff, course):
    manifest = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    staff.page(PAGE)
    manifest.write_text(manifest.read_text().replace("points = 10\n", "pionts = 10\n"))
    for path in ("/", PAGE):
        assert "did you mean `points`?" in staff.page(path).text
    staff.sign_in("ann")
    for path in ("/", PAGE):
        answer = staff.page(path)
        assert answer.status_code == 200
        assert "pionts" not in answer.text


def test_extension_is_given_in_the_courses_time_and_taken_away(staff):
    fields = {"student": "ann", "due": "2026-10-05T12:00", "reason": "ill"}
    assert staff.send(f"{PAGE}/extensions", **fields).status_code == 303
    text = staff.page(f"{PAGE}/extensions").text
    assert "5 Oct 2026, 12:00 CDT" in text
    assert "ill" in text
    assert "America/Chicago" in text
    staff.send(f"{PAGE}/extensions/withdraw", student="ann")
    assert "Nobody has an extension" in staff.page(f"{PAGE}/extensions").text
    assert "extension" in staff.page("/audit").text


@pytest.mark.parametrize(
    ("student", "due", "words"),
    [
        ("ann", "2026-09-01T12:00", "must be later than the due date"),
        ("nobody", "2026-10-05T12:00", "no active student"),
        ("ann", "9999-10-05T12:00", "year"),
    ],
)
def test_impossible_extension_is_told_on_the_page(staff, student, due, words):
    answer = staff.send(f"{PAGE}/extensions", student=student, due=due)
    assert answer.status_code in (404, 422)
    assert words in answer.text
    assert "That did not work" in answer.text


def test_gradebook_is_saved_in_each_systems_form(staff):
    staff.hand_in_as("ann", Fraction(4))
    roster = b"login,name,email\nann,Ann,ann@u.example\n"  # Moodle knows people by address
    send_file(staff, "/roster", "r.csv", roster)
    for system in ("plain", "canvas", "gradescope", "moodle"):
        answer = staff.page(f"{PAGE}/gradebook.csv?for={system}")
        assert "attachment" in answer.headers["content-disposition"]
        assert len(answer.text.splitlines()) >= 2


def hand_in_files(staff, who, files):
    staff.sign_in(who)
    sent = [("files", (name, body)) for name, body in files.items()]
    path = staff.hand_in(files=sent).headers["location"]
    staff.sign_in("eve")
    return path


def test_write_up_is_marked_by_the_rubric_beside_it(staff):
    path = hand_in_files(staff, "ann", {"layers.py": b"ok", "report.pdf": PDF})
    staff.finish_all(Fraction(4))
    answer = staff.page(f"{path}/marking")
    assert "frame-src 'self'" in answer.headers["content-security-policy"]
    assert 'iframe class="pdf"' in answer.text
    assert "Derivation" in answer.text
    shown = staff.page(f"{path}/pdf/report.pdf")
    assert shown.content == PDF
    assert shown.headers["content-type"] == "application/pdf"
    assert "frame-ancestors 'self'" in shown.headers["content-security-policy"]
    assert "script-src" not in shown.headers["content-security-policy"]
    assert staff.mark(path, version=0, items=["0"], comment="good").status_code == 303
    text = staff.page(f"{path}/marking").text
    assert "3 by instructor eve" in text
    assert 'value="0" checked' in text
    late = staff.mark(path, version=0, points="1")
    assert late.status_code == 409
    assert "Somebody else has marked" in late.text


@pytest.mark.parametrize(
    ("task", "points", "words"),
    [("w", "six", "not a number"), ("w", "6", "more than the 5")],
)
def test_impossible_mark_is_told_beside_the_form(staff, task, points, words):
    path = hand_in_files(staff, "ann", {"layers.py": b"ok"})
    answer = staff.mark(path, task, version=0, points=points)
    assert answer.status_code == 422
    assert words in answer.text


def test_write_up_in_the_folder_of_an_archive_is_shown(staff, uploads):
    sink = io.BytesIO()
    with zipfile.ZipFile(sink, "w") as archive:
        archive.writestr("hw4/layers.py", "ok")
        archive.writestr("hw4/report.pdf", PDF)
    upload = uploads.put(sink.getvalue())
    path = hand_in_files(staff, "ann", {"layers.py": b"ok"})
    with staff.store.transaction() as connection:
        connection.execute("UPDATE submissions SET upload_sha256 = %s", [upload])
    assert f'src="{path}/pdf/report.pdf"' in staff.page(f"{path}/marking").text
    assert staff.page(f"{path}/pdf/report.pdf").content == PDF


def test_write_up_in_a_zip_that_holds_one_zip_is_shown(staff, uploads):
    inner, outer = io.BytesIO(), io.BytesIO()
    with zipfile.ZipFile(inner, "w") as archive:
        archive.writestr("hw4/layers.py", b"ok")
        archive.writestr("hw4/report.pdf", PDF)
    with zipfile.ZipFile(outer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("hw4.zip", inner.getvalue())
    upload = uploads.put(outer.getvalue())
    path = hand_in_files(staff, "ann", {"layers.py": b"ok"})
    with staff.store.transaction() as connection:
        connection.execute("UPDATE submissions SET upload_sha256 = %s", [upload])
    assert f'src="{path}/pdf/report.pdf"' in staff.page(f"{path}/marking").text
    assert staff.page(f"{path}/pdf/report.pdf").content == PDF


def test_what_is_no_pdf_is_not_shown_as_one(staff):
    files = {"layers.py": b"ok", "evil.pdf": b"<script>alert(1)</script>"}
    path = hand_in_files(staff, "ann", files)
    for name in ("evil.pdf", "layers.py", "none.pdf", "../x.pdf"):
        assert staff.page(f"{path}/pdf/{name}").status_code == 404
    staff.sign_in("ann")
    assert staff.page(f"{path}/pdf/evil.pdf").status_code == 403
    assert staff.page(f"{path}/marking").status_code == 403


def compared(staff):
    """The page once the comparison has ended."""
    staff.send(f"{PAGE}/similarity")
    for _ in range(600):
        text = staff.page(f"{PAGE}/similarity").text
        if "Comparing;" not in text:
            return text
        time.sleep(0.1)
    raise AssertionError("the comparison does not end")


def test_copies_are_found_and_shown_side_by_side(staff):
    renamed = CODE.replace("a", "x").replace("c =", "result =").replace("[c", "[result")
    first = hand_in_files(staff, "ann", {"layers.py": CODE.encode()})
    hand_in_files(staff, "bob", {"layers.py": renamed.replace("xll", "all").encode()})
    staff.upload(f"{PAGE}/batches", {"carl/layers.py": OTHER})
    text = compared(staff)
    assert "3 compared" in text
    (link,) = re.findall(r'href="(/assignments/hw/similarity/[^"]+)"', text)
    assert first.rpartition("/")[2] in link
    pair = staff.page(link).text
    assert 'class="line marked"' in pair
    assert "def f7(a, b):" in pair
    answer = staff.get(f"/api{PAGE}/similarity", "eve")
    assert answer.status_code == 200
    (told,) = answer.json()["pairs"]
    assert sorted(told["students"]) == ["ann", "bob"]
    hand_in_files(staff, "ann", {"layers.py": OTHER.encode()})
    assert "have changed since" in staff.page(f"{PAGE}/similarity").text
    assert staff.get(f"/api{PAGE}/similarity", "ann").status_code == 403


def test_one_upload_does_not_keep_the_others_from_being_compared(staff):
    """Spaces at which the lexer looks through all that follow, and lines as on Windows."""
    copied = CODE.replace("\n", "\r\n")
    hand_in_files(staff, "ann", {"layers.py": CODE.encode()})
    hand_in_files(staff, "bob", {"layers.py": copied.encode()})
    staff.upload(f"{PAGE}/batches", {"carl/layers.py": b"x = 1\n" + b" \r" * 190_000})
    compared(staff)
    (pair,) = staff.get(f"/api{PAGE}/similarity", "eve").json()["pairs"]
    assert pair["regions"][0] == pair["regions"][1]


def test_pair_that_nobody_compared_is_not_there(staff):
    pair = f"{uuid.UUID(int=1)}/{uuid.UUID(int=2)}"
    assert staff.page(f"{PAGE}/similarity/{pair}").status_code == 404


def test_upload_that_cannot_be_read_is_named(staff):
    hand_in_files(staff, "ann", {"layers.py": CODE.encode()})
    hand_in_files(staff, "bob", {"layers.py": b"def ("})
    assert "Could not be read: bob" in compared(staff)


def test_impossible_extension_leaves_the_form_as_it_was(staff):
    for due in ("soon", "2026-09-01T12:00", ""):
        fields = {"student": "ann", "due": due, "reason": "ill <b>"}
        answer = staff.send(f"{PAGE}/extensions", **fields)
        assert answer.status_code == 422
        assert 'value="ill &lt;b&gt;"' in answer.text
        assert f'value="{due}"' in answer.text
    assert '<option value="ann">' in answer.text


def test_overtaken_mark_is_still_in_the_form(staff):
    path = hand_in_files(staff, "ann", {"layers.py": b"ok"})
    first = {"points": "2", "comment": "mine", "version": "0"}
    assert staff.mark(path, **first).status_code == 303
    late = {"points": "4", "comment": "theirs", "version": "0"}
    answer = staff.mark(path, **late)
    assert answer.status_code == 409
    assert "Somebody else has marked this meanwhile" in answer.text
    assert 'value="4"' in answer.text
    assert ">theirs</textarea>" in answer.text
    again = late | {"version": re.search(r'name="version.w" value="(\d+)"', answer.text)[1]}
    assert staff.mark(path, **again).status_code == 303


def test_token_made_on_the_roster_signs_its_student_in(staff):
    answer = staff.send("/roster/token", login="bob")
    (token,) = re.findall(r'class="token">([^<]+)<', answer.text)
    assert token not in staff.page("/roster").text
    staff.tokens["bob"] = token
    assert staff.sign_in("bob").status_code == 303
    staff.sign_in("eve")
    accounts.add_user(staff.store, "dean", "instructor")
    assert staff.send("/roster/token", login="dean").status_code == 403
    assert staff.send("/roster/token", login="nobody").status_code == 404
    staff.sign_in("ann")
    assert staff.send("/roster/token", login="bob").status_code == 403


def test_entry_of_the_log_leads_to_what_it_is_about(staff):
    path = hand_in_files(staff, "ann", {"layers.py": b"ok"})
    staff.mark(path, points="2", version="0")
    assert f'href="{path}"' in staff.page("/audit").text


def test_late_days_are_on_the_pages_of_a_homework_and_staff_change_them(staff, course):
    (course / "course.toml").write_text("[course]\nlate_days = 5\nmost_per_homework = 2\n")
    mine = staff.hand_in_as("ann")
    fields = {"student": "ann", "days": "-1", "reason": "counted twice"}
    assert staff.send(f"{PAGE}/late-days", **fields).status_code == 303
    assert "counted twice" in staff.page("/audit").text
    assert "Late days over the term" in staff.page(f"{PAGE}/extensions").text
    wrong = staff.send(f"{PAGE}/late-days", **fields | {"student": "nobody"})
    assert wrong.status_code == 404
    for typed in ("nobody", "-1", "counted twice"):
        assert f'value="{typed}"' in wrong.text
    staff.sign_in("ann")
    for path in (PAGE, f"/submissions/{mine}"):
        assert "of 4 late days left" in staff.page(path).text, path


def test_ta_marks_and_reads_and_changes_nothing_else(staff, store):
    staff.tokens["tim"] = accounts.add_user(store, "tim", "ta")
    path = hand_in_files(staff, "ann", {"layers.py": b"ok", "report.pdf": PDF})
    staff.finish_all(Fraction(4))
    staff.sign_in("tim")
    assert "/roster" not in staff.page("/").text
    assert staff.page("/roster").status_code == 403
    for name in ("dashboard", "submissions", "batches", "regrades", "similarity", "extensions"):
        page = staff.page(f"{PAGE}/{name}")
        assert page.status_code == 200
        assert f'method="post" action="{PAGE}' not in page.text
    assert staff.send(f"{PAGE}/extensions", student="ann", due="2026-10-02").status_code == 403
    assert staff.send(f"{PAGE}/regrades", which="all", reason="r").status_code == 403
    assert staff.send(f"{PAGE}/similarity").status_code == 403
    assert staff.mark(path, version=0, points="3").status_code == 303
    assert "3 by ta tim" in staff.page(f"{path}/marking").text


def test_every_page_in_the_row_of_a_homework_opens_for_whom_it_is_shown(staff, store):
    staff.tokens["tim"] = accounts.add_user(store, "tim", "ta")
    for who, links in (("tim", 12), ("eve", 13)):
        staff.sign_in(who)
        text = staff.page(f"{PAGE}/dashboard").text
        row = text[text.index("Pages of this assignment") :].partition("</nav>")[0]
        found = re.findall(r'href="([^"]+)"', row)
        assert len(found) == links
        assert [link for link in found if staff.page(link).status_code != 200] == []
