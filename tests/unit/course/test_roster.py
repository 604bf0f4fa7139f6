"""Rosters as people have them: ours, Canvas', Gradescope's, Moodle's, and broken ones."""

import tracemalloc

import pytest

from grader import errors, models
from grader.course import roster

OURS = "name,email,role,section\nAnn Lee,Ann@Uni.example,student,A\nEve,eve@uni.example,TA,\n"


def parsed(text):
    listed = roster.parse(text.encode())
    assert not listed.skipped
    return listed.people


def skipped(text):
    return roster.parse(text.encode()).skipped


def refused(text):
    with pytest.raises(errors.UploadRefused) as caught:
        parsed(text)
    return caught.value.reasons


def test_plain_roster():
    ann, eve = parsed(OURS)
    assert (ann.login, ann.full_name, ann.email, ann.section, ann.line) == (
        "ann@uni.example", "Ann Lee", "ann@uni.example", "A", 2,
    )  # fmt: skip
    assert (ann.role, eve.role) == (models.Role.STUDENT, models.Role.TA)


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
    text = "name,email\r\nJürgen Ångström,j@u.example\r\n"
    (one,) = roster.parse(text.encode(encoding)).people
    assert one.full_name == "Jürgen Ångström"


def test_one_odd_cell_costs_its_own_line_only():
    listed = roster.parse(
        b"name,email,role\nAnn,ann.example,student\nBob,b@u.example,king\n,,student\n"
        b"Cid,c@u.example,admin\nDan,d@u.example,\nDan,d@u.example,\n"
    )
    assert [(p.login, p.line) for p in listed.people] == [("d@u.example", 6)]
    assert listed.skipped == (
        "Line 2: 'ann.example' is no email address.",
        "Line 3: the role 'king' is not one of student, ta, instructor.",
        "Line 4: neither login, email nor name is given.",
        "Line 5: the role 'admin' is not one of student, ta, instructor; "
        "use `grader users add` for it.",
        "Line 7: 'd@u.example' is already in line 6.",
    )


def test_lines_are_counted_with_line_breaks_inside_of_cells():
    lines = skipped('sep=,\nname,email\n"B\nob",b@u.example\nCid,wrong\n')
    assert [line.partition(":")[0] for line in lines] == ["Line 5"]


CANVAS = """\
Student;ID;SIS User ID;Section;"Homework 1: layers, losses, optimisers, and notes, all (77)"
;;;;Manual Posting
    Points Possible;;;;100
Lee, Ann;4711;S1;A;90
Lee, Ann;4712;S2;B;80
Ray, Bob;4713;S3;A;70
Student, Test;9;;A;
"""


def test_canvas_gradebook_without_logins_tells_namesakes_apart_by_its_number():
    assert [(p.login, p.lms_id, p.given) for p in parsed(CANVAS)] == [
        ("Lee, Ann (4711)", "4711", False),
        ("Lee, Ann (4712)", "4712", False),
        ("Ray, Bob", "4713", False),
    ]


def test_separator_that_excel_is_told_in_a_first_line():
    (one,) = parsed("sep=;\nname;email\nLee, Ann;a@u.example\n")
    assert (one.full_name, one.line) == ("Lee, Ann", 3)


def test_brightspace_and_blackboard_headers():
    (one,) = parsed(
        "OrgDefinedId,Username,Last Name,First Name,Email,End-of-Line Indicator\n"
        "#0042,#ann,Lee,Ann,a@u.example,#\n"
    )
    (other,) = parsed(
        '"Last Name"\t"First Name"\t"Username"\t"Student ID"\t"Availability"\n'
        '"Lee"\t"Ann"\t"ann"\t"0042"\t"Yes"\n'
    )
    assert (one.login, one.sid, one.full_name) == ("ann", "0042", "Ann Lee")
    assert (other.login, other.sid, other.full_name) == ("ann", "0042", "Ann Lee")


@pytest.mark.parametrize(
    ("word", "role"),
    [
        ("StudentEnrollment", "student"),
        ("TaEnrollment", "ta"),
        ("TeacherEnrollment", "instructor"),
        ("Non-editing teacher", "ta"),
        ("Teaching Assistant", "ta"),
        ("Learner", "student"),
        ("S", "student"),
    ],
)
def test_roles_in_the_words_of_other_systems(word, role):
    (one,) = parsed(f"name,email,role\nAnn,a@u.example,{word}\n")
    assert one.role == role


@pytest.mark.parametrize("word", ["Reader", "ObserverEnrollment", "Course Builder", "Guest"])
def test_roles_that_have_no_part_here_cost_their_own_line(word):
    listed = roster.parse(
        f"name,email,role\nAnn,a@u.example,{word}\nBob,b@u.example,Student\n".encode()
    )
    assert [p.full_name for p in listed.people] == ["Bob"]
    assert listed.skipped == (
        f"Line 2: a {word} has no part here; give them another role if they teach.",
    )


def test_somebody_whose_name_is_test_student_is_a_person_with_an_address():
    (one,) = parsed("name,email\nTest Student,t@u.example\nStudent Test,\nTest Student,\n")[:1]
    assert one.email == "t@u.example"


@pytest.mark.parametrize(
    "written",
    [
        "Jose\u0301 N\u0303u",  # decomposed, as macOS writes names of files
        "Jos\xe9\xa0\u2009\xd1u",  # blanks that do not break, or are thin
        "\u200eJos\xe9\u200b \xd1\xadu\u202c",  # marks of direction, invisible blank, soft hyphen
        "Jos\xe9 \xd1u\x07",
    ],
)
def test_spellings_of_one_name_are_one_name(written):
    (one,) = parsed(f"name,email\n{written},a@u.example\n")
    assert one.full_name == "Jos\xe9 \xd1u"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "no header"),
        ("a,b\n1,2\n", "no header"),
        ("name,full name\nA,B\n", "two columns both hold the name"),
        ("name,email\n", "nobody below it"),
        ('name,email\n"Ann,a@u.example\n', "not CSV"),
    ],
)
def test_what_is_no_roster_says_why(text, expected):
    assert expected in refused(text)[0]


PEOPLE_ONLY = [
    "Jane Roe,jroe@u.example,student,A\nBob Ray,bob@u.example,student,A\n",
    "Jane Roe,jroe,student,A\n",  # "student" is also Canvas' name of a column
    "jroe,Student\n",
    "Name,jroe@u.example,login\n",  # an address is a person's, whatever stands around it
]


@pytest.mark.parametrize("text", PEOPLE_ONLY)
def test_first_person_is_not_taken_for_a_header(text):
    missing, *names = refused(text)
    assert "Line 1: there is no header" in missing
    assert text.split(",", maxsplit=1)[0] in missing
    assert "A column of addresses may be called: email, e-mail, mail" in names[2]


@pytest.mark.parametrize("head", ["Student,Section", "Student", "Student;ID", "student name,role"])
def test_header_with_the_word_student_is_one(head):
    (one,) = parsed(f"{head}\nAnn\n")
    assert one.full_name == "Ann"


@pytest.mark.parametrize(
    "head", ["Name,E-mail address,Group", "full_name,Email address,Section name", "Name,Mail,Group"]
)
def test_names_of_columns_that_exports_use(head):
    (one,) = parsed(f"{head}\nAnn,ann@u.example,A\n")
    assert (one.full_name, one.email, one.section) == ("Ann", "ann@u.example", "A")


def test_columns_without_a_use_are_named():
    listed = roster.parse(b"name,Phone,,section,group_name,Notes\nAnn,1,2,A,G,x\n")
    assert listed.unused == ("Phone", "group_name", "Notes")
    assert listed.people[0].section == "A"
    assert roster.parse(OURS.encode()).unused == ()


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
