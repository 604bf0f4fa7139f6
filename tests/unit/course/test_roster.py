"""Rosters as people have them: ours, Canvas', Gradescope's, Moodle's, and broken ones."""

import tracemalloc

import pytest

from grader import errors, models
from grader.course import roster

OURS = "name,email,role,section\nAnn Lee,Ann@Uni.example,student,A\nEve,eve@uni.example,TA,\n"


def parsed(text):
    return roster.parse(text.encode())


def refused(text):
    with pytest.raises(errors.UploadRefused) as caught:
        parsed(text)
    return caught.value.reasons


def test_plain_roster():
    ann, eve = parsed(OURS)
    assert (ann.login, ann.full_name, ann.email, ann.section, ann.line) == (
        "ann@uni.example", "Ann Lee", "ann@uni.example", "A", 2,
    )  # fmt: skip
    assert (ann.role, eve.role) == (models.Role.STUDENT, models.Role.INSTRUCTOR)


def test_canvas_gradebook_is_a_roster():
    found = parsed(
        "Student,ID,SIS User ID,SIS Login ID,Section,Homework 1 (77)\n"
        "    Points Possible,,,,,100\n"
        '"Lee, Ann",4711,S1,ann,CS 101,90\n'
        '"Student, Test",9,,,CS 101,\n'
    )
    assert [(p.login, p.full_name, p.lms_id, p.sid) for p in found] == [
        ("ann", "Lee, Ann", "4711", "S1")
    ]


def test_gradescope_and_moodle_headers():
    (one,) = parsed("First Name,Last Name,SID,Email,Role,Section\nAnn,Lee,1,a@b.c,Student,X\n")
    (other,) = parsed('"First name";Surname;"ID number";"Email address"\nAnn;Lee;1;a@b.c\n')
    assert (one.full_name, one.sid, one.login) == (other.full_name, other.sid, other.login)


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_encodings_that_spreadsheets_write(encoding):
    (one,) = roster.parse("name,email\r\nJürgen Ångström,j@u.example\r\n".encode(encoding))
    assert one.full_name == "Jürgen Ångström"


def test_each_wrong_line_is_told_and_none_taken():
    reasons = refused(
        "name,email,role\nAnn,ann.example,student\nBob,b@u.example,king\n,,student\n"
        "Cid,c@u.example,admin\nDan,d@u.example,\nDan,d@u.example,\n"
    )
    assert reasons == (
        "Line 2: 'ann.example' is no email address.",
        "Line 3: the role 'king' is not one of student, ta, instructor.",
        "Line 4: neither login, email nor name is given.",
        "Line 5: the role 'admin' is not one of student, ta, instructor; "
        "use `grader users add` for it.",
        "Line 7: 'd@u.example' stands in line 6 already.",
    )


def test_lines_are_counted_with_line_breaks_inside_of_cells():
    (reason,) = refused('name,email\n"Ann",a@u.example\n"B\nob",b@u.example\nCid,wrong\n')[1:]
    assert reason.startswith("Line 5:")


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no header"),
        ("a,b\n1,2\n", "no header"),
        ("name,full name\nA,B\n", "two columns both hold the name"),
        ("name,email\n", "this has 0"),
        ('name,email\n"Ann,a@u.example\n', "not CSV"),
        ("name,email\nAnn\x07,a@u.example\n", "not printable"),
    ],
)
def test_what_is_no_roster_says_why(text, expected):
    assert expected in refused(text)[0]


@pytest.mark.parametrize("line", ["\n", ",\n", "x\n"])
def test_lines_without_end_take_little_memory(line):
    tracemalloc.start()
    with pytest.raises(errors.UploadRefused, match="1 to 20000 people"):
        roster.parse(("login,name\n" + line * 400_000).encode())
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert most < 30e6


def test_text_in_another_encoding_is_named():
    with pytest.raises(errors.UploadRefused, match="UTF-8"):
        roster.parse("name\nJürgen\n".encode("latin-1"))
