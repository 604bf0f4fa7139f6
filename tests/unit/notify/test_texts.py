import pytest

from grader.notify import kinds, texts

SITE = "https://grader.u.example"


@pytest.mark.parametrize("kind", kinds.StudentKind)
def test_student_s_message_names_the_homework_and_leads_to_its_page(kind):
    message = texts.for_student(kind, [texts.PageLink("Homework 4", "/submissions/7")], SITE)
    assert message.subject.endswith(": Homework 4")
    assert f"{SITE}/submissions/7" in message.body
    assert f"{SITE}/messages" in message.body


@pytest.mark.parametrize("kind", kinds.StaffKind)
def test_staff_s_message_counts_by_homework(kind):
    message = texts.for_staff(kind, {"hw2": 1, "hw1": 299}, SITE)
    assert "hw1: 299\n  hw2: 1" in message.body
    assert message.subject != texts.for_staff(kind, {"hw2": 1}, SITE).subject or "300" not in (
        message.subject
    )


def test_one_failure_is_not_told_as_several():
    one = texts.for_staff(kinds.StaffKind.FAILED_GRADINGS, {"hw1": 1}, SITE)
    many = texts.for_staff(kinds.StaffKind.FAILED_GRADINGS, {"hw1": 300}, SITE)
    assert (one.subject, many.subject) == ("A grading failed", "300 gradings failed")


def test_title_of_a_manifest_cannot_make_a_header_or_fill_a_page():
    line = texts.PageLink("A\r\nBcc: all@u.example\n" + "x" * 500, "/submissions/7")
    message = texts.for_student(kinds.StudentKind.MARKS, [line] * 50, SITE)
    assert "\n" not in message.subject
    assert "\r" not in message.subject + message.body
    assert len(message.subject) < 120
    assert "And 30 more" in message.body


def test_every_kind_has_words_and_a_page():
    everything = {*kinds.StudentKind, *kinds.StaffKind}
    assert set(kinds.WORDS) == everything
    assert {kinds.named(kind.value) for kind in everything} == everything
    assert set(texts.STAFF) == set(texts.PAGES) == set(kinds.StaffKind)
    assert set(texts.SUBJECTS) == set(texts.OPENINGS) == set(kinds.StudentKind)
