"""What becomes of marks when results are replaced, in sentences."""

from grader.scoring import marks_in_words


def test_nothing_is_said_where_there_are_no_marks():
    assert marks_in_words.sentences(0, 0, 0, 0) == ()


def test_marks_that_stay_come_on_top():
    assert marks_in_words.sentences(3, 0, 0, 0) == (marks_in_words.ON_TOP,)


def test_one_mark_and_several_are_told_in_their_own_number():
    one, many = (marks_in_words.sentences(0, n, n, n) for n in (1, 2))
    assert one[1:] == (
        "1 mark counts only with the old results, because tests grade its task in the new ones.",
        "1 mark counts only with the new results.",
        "1 mark is for a task that the homework no longer has and counts with neither.",
    )
    assert many[1].startswith("2 marks count only with the old results, because tests grade their")
    assert many[2] == "2 marks count only with the new results."
    assert many[3].endswith(
        "are for a task that the homework no longer has and count with neither."
    )
