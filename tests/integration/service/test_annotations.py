"""Staff write next to lines and pages; students read it once grades are published."""

import pytest

from grader import errors
from grader.confined import reader
from grader.service import erasure, submitted_files
from tests.support import fakes_service as fakes
from tests.support import pdf_files
from tests.support.api_client import problem
from tests.support.course_client import HOUR, MANUAL, NOW, Staffed

PUBLISHED = f"[schedule]\npublish_at = {(NOW - HOUR).isoformat()}\n"
PDF, OTHER_PDF = b"%PDF-1.7\xff first", b"%PDF-1.7\xff second"
CODE = b"def f(x):\n    y = x\n    return y\n"


@pytest.fixture
def school(store, uploads, course):
    made = Staffed(store, uploads, course)
    text = fakes.MANIFEST.replace('["layers.py"]', '["layers.py"], optional = ["writeup.pdf"]')
    text = text.replace("total_points = 10", "total_points = 15")
    made.unpublished = text + MANUAL
    made.manifest.write_text(made.unpublished + PUBLISHED)
    return made


def submit(school, code=CODE, pdf=PDF, who="ann"):
    files = [("files", ("layers.py", code)), ("files", ("writeup.pdf", pdf))]
    path = f"/api/assignments/{fakes.SLUG}/submissions"
    answer = school.client.post(path, files=files, headers=school.headers(who))
    assert answer.status_code == 202, answer.text
    school.finish(answer)
    return answer.json()["id"]


def write(school, submission, who="eve", **sent):
    sent = {"path": "layers.py", "text": "see here"} | sent
    return school.send("POST", f"/api/submissions/{submission}/annotations", who, **sent)


def read(school, submission, who="ann"):
    answer = school.get(f"/api/submissions/{submission}/annotations", who)
    assert answer.status_code == 200, answer.text
    return answer.json()["annotations"]


def test_student_reads_what_was_written_but_not_by_whom(school):
    submission = submit(school)
    made = write(school, submission, first_line=2, last_line=3, text="  This is slow. ")
    assert made.status_code == 201, made.text
    assert made.json()["author"] == "instructor eve"
    (seen,) = read(school, submission)
    assert (seen["path"], seen["first_line"], seen["last_line"]) == ("layers.py", 2, 3)
    assert (seen["text"], seen["author"], seen["earlier"]) == ("This is slow.", "course staff", [])
    assert ("instructor eve", "annotated", submission) in school.audit()


def test_nothing_is_read_before_grades_are_published_nor_by_others(school):
    submission = submit(school)
    write(school, submission, first_line=1)
    problem(school.get(f"/api/submissions/{submission}/annotations", "bob"), 404)
    school.manifest.write_text(school.unpublished)
    assert read(school, submission) == []
    assert len(read(school, submission, "eve")) == 1


def test_student_whose_grades_are_published_later_reads_nothing_before(school):
    school.roster(b"login,email,section\nann,ann@u.example,A\nbob,bob@u.example,B\n")
    submission = submit(school)
    write(school, submission, first_line=1)
    later = {"publish_at": (NOW + HOUR).isoformat()}
    path = f"/api/assignments/{fakes.SLUG}/schedule"
    assert school.send("PATCH", path, section="A", set=later).status_code == 200
    assert read(school, submission) == []
    assert school.send("PATCH", path, section="A", reset=["publish_at"]).status_code == 200
    assert len(read(school, submission)) == 1


def test_change_is_another_version_and_the_second_of_two_learns_of_the_first(school):
    submission = submit(school)
    made = write(school, submission, first_line=1).json()
    path = f"/api/annotations/{made['id']}"
    assert school.send("PUT", path, "eve", text="better", version=1).json()["version"] == 2
    assert problem(school.send("PUT", path, "eve", text="worse", version=1), 409)["version"] == 2
    (seen,) = read(school, submission, "eve")
    assert [old["text"] for old in seen["earlier"]] == ["see here"]
    school.send("PUT", path, "eve", text="", version=2)
    assert read(school, submission, "eve") == []
    problem(school.send("PUT", path, "ann", text="mine"), 403)


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ({"path": "other.py", "first_line": 1}, "no such text"),
        ({"first_line": 4}, "layers.py has 3 lines; name one from 1 to 3."),
        ({"first_line": 2, "last_line": 99}, "layers.py has 3 lines; name one from 1 to 3."),
        ({"first_line": 3, "last_line": 2}, "swap them"),
        ({}, "name one from 1 to 3"),
        ({"first_line": 1, "text": " "}, "Write what"),
        ({"first_line": 1, "text": "x" * 5001}, "at most 5000"),
        ({"path": "layers.py", "page": 1}, "no such PDF"),
    ],
)
def test_place_that_is_not_there_is_refused_in_words(school, sent, words):
    submission = submit(school)
    assert words in problem(write(school, submission, **sent), 422)["detail"]
    assert read(school, submission, "eve") == []


THREE_PAGES = pdf_files.written(3)


@pytest.mark.parametrize(
    ("pages", "page", "words"),
    [
        (3, 99, "writeup.pdf has 3 pages; name one from 1 to 3."),
        (3, 10_001, "writeup.pdf has 3 pages; name one from 1 to 3."),
        (1, 2, "writeup.pdf has one page; name page 1."),
    ],
)
def test_page_that_the_pdf_does_not_have_is_refused_with_how_many_there_are(
    school, pages, page, words
):
    submission = submit(school, pdf=pdf_files.written(pages))
    sent = {"path": "writeup.pdf", "place": "figure 1"}
    assert problem(write(school, submission, **sent, page=page), 422)["detail"] == words
    assert read(school, submission, "eve") == []
    assert write(school, submission, **sent, page=pages).status_code == 201


def test_pdf_that_cannot_be_read_takes_any_page(school):
    submission = submit(school, pdf=THREE_PAGES[:300])
    assert write(school, submission, path="writeup.pdf", page=99).status_code == 201
    too_far = problem(write(school, submission, path="writeup.pdf", page=10_001), 422)
    assert too_far["detail"] == "A page is a number from 1 to 10000."


def test_pdf_that_breaks_its_reader_takes_any_page(school, monkeypatch):
    def ended(*_args):
        raise errors.OperatorError("Reading ended without an answer.")

    submission = submit(school, pdf=THREE_PAGES)
    monkeypatch.setattr(reader.Reader, "pages", ended)
    assert write(school, submission, path="writeup.pdf", page=99).status_code == 201


def whole(school, submission, who="ann"):
    return school.get(f"/api/submissions/{submission}/annotations", who).json()


def test_note_on_a_page_goes_with_the_write_up(school):
    old = submit(school)
    write(school, old, path="writeup.pdf", page=2, place="figure 1")
    same, other = submit(school, CODE + b"\n"), submit(school, CODE, OTHER_PDF)
    (carried,) = read(school, same)
    assert (carried["page"], carried["place"], carried["carried_from"]) == (2, "figure 1", old)
    left = {"submission": old, "annotations": 1}
    assert whole(school, other) == {"annotations": [], "left_behind": [left]}


def test_note_on_lines_goes_where_they_are_in_newer_submissions(school):
    old = submit(school)
    first = write(school, old, first_line=2, last_line=3).json()["id"]
    write(school, old, first_line=1, text="a name, please")
    equal = submit(school, CODE, OTHER_PDF)
    moved = submit(school, b"import torch\n\n" + CODE.replace(b"f(x)", b"double(x)"))
    assert [one["first_line"] for one in read(school, equal)] == [1, 2]
    (carried,) = read(school, moved)
    assert (carried["first_line"], carried["last_line"]) == (4, 5)
    assert (carried["id"], carried["carried_from"]) == (first, old)
    assert whole(school, moved)["left_behind"] == [{"submission": old, "annotations": 1}]
    assert read(school, submit(school, b"", who="bob"), "bob") == []


def test_files_that_cannot_be_had_leave_the_page_and_are_looked_for_later(school, monkeypatch):
    old = submit(school)
    write(school, old, first_line=1)
    new = submit(school, CODE + b"\n")
    write(school, new, first_line=3, text="here")

    def away(*_args):
        raise errors.StoreUnavailable("The uploads cannot be reached.")

    with monkeypatch.context() as patch:
        patch.setattr(submitted_files, "of_submission", away)
        assert [one["text"] for one in read(school, new)] == ["here"]
    assert [one["text"] for one in read(school, new)] == ["see here", "here"]


def test_note_on_lines_follows_as_it_is_now_and_not_into_older_submissions(school):
    before, old = submit(school), submit(school, CODE + b"\n")
    new = submit(school, CODE + b"\n\n")
    made = write(school, old, first_line=2).json()
    assert [one["text"] for one in read(school, new)] == ["see here"]
    school.send("PUT", f"/api/annotations/{made['id']}", "eve", text="better")
    assert [one["text"] for one in read(school, new)] == ["better"]
    assert whole(school, before) == {"annotations": [], "left_behind": []}
    school.send("PUT", f"/api/annotations/{made['id']}", "eve", text="")
    assert whole(school, new) == {"annotations": [], "left_behind": []}


def test_note_follows_from_a_batch_s_work_to_the_student_s_own(school, store):
    school.roster(b"login,name\nann,Ann Lee\n")
    theirs = submit(school, who="eve")
    with store.transaction() as connection:
        connection.execute("UPDATE submissions SET label = 'Lee, Ann' WHERE id = %s", [theirs])
    write(school, theirs, first_line=2)
    assert [one["carried_from"] for one in read(school, submit(school))] == [theirs]
    assert read(school, submit(school, who="bob"), "bob") == []


def test_address_that_is_no_number_of_an_annotation_is_not_there(school):
    for odd in ("9" * 5000, "9" * 19, "0", "x"):
        problem(school.send("PUT", f"/api/annotations/{odd}", "eve", text="x"), 404)


def test_a_submission_holds_a_bounded_number(school, monkeypatch):
    from grader.service import annotations

    monkeypatch.setattr(annotations, "MOST", 1)
    submission = submit(school)
    assert write(school, submission, first_line=1).status_code == 201
    problem(write(school, submission, first_line=1), 409)


def test_names_of_who_wrote_go_with_them(school, store, uploads):
    submission = submit(school)
    write(school, submission, first_line=1)
    erasure.forget(store, uploads, "eve")
    assert store.one("SELECT author FROM annotation_versions")["author"] == "somebody forgotten"
    erasure.forget(store, uploads, "ann")
    assert store.one("SELECT count(*) AS n FROM annotations")["n"] == 0


def test_files_and_comparisons_are_read_as_json(school):
    old = submit(school)
    new = submit(school, CODE.replace(b"y = x", b"y = 2 * x"))
    files = school.get(f"/api/submissions/{new}/files", "ann").json()["files"]
    assert [one["path"] for one in files] == ["layers.py", "writeup.pdf"]
    assert files[0]["text"].splitlines()[1] == "    y = 2 * x"
    assert (files[1]["text"], files[1]["size_bytes"]) == (None, len(PDF))
    found = school.get(f"/api/submissions/{new}/compare?with={old}", "ann").json()
    assert (found["before"]["id"], found["after"]["id"]) == (old, new)
    changed, same = found["files"]
    assert (changed["state"], same["state"], same["hunks"]) == ("changed", "same", None)
    kinds = [line["kind"] for hunk in changed["hunks"] for line in hunk]
    assert sorted(kinds) == ["added", "removed", "same", "same"]
    problem(school.get(f"/api/submissions/{new}/files", "bob"), 404)
    theirs = submit(school, who="bob")
    problem(school.get(f"/api/submissions/{theirs}/compare?with={old}", "eve"), 404)
