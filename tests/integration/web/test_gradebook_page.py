"""The gradebook's page: what counts for whom, and who is excused."""

from fractions import Fraction

import pytest

from grader.service import accounts
from tests.support.browser_client import PAGE, Staff

BOOK = f"{PAGE}/gradebook"


@pytest.fixture
def staff(store, uploads, course):
    return Staff(store, uploads, course)


def test_page_shows_what_counts_for_each_student(staff):
    submission = staff.hand_in_as("ann", Fraction(20, 3))
    text = staff.page(BOOK).text
    assert f'<a href="/submissions/{submission}">ann</a>' in text
    assert "6.67 / 10" in text
    assert "nothing graded" in text  # of bob


def test_instructor_excuses_somebody_and_takes_it_back(staff):
    submission = staff.hand_in_as("ann")
    answer = staff.send(f"{PAGE}/excused", student="Ann", reason="ill <b>")
    assert (answer.status_code, answer.headers["location"]) == (303, f"{BOOK}#excused")
    assert "ill &lt;b&gt;" in staff.page(BOOK).text
    assert f"{staff.page(f'{BOOK}.csv?for=canvas').text}".count(",EX") == 1
    staff.sign_in("ann")
    for path in (PAGE, f"/submissions/{submission}"):
        text = staff.page(path).text
        assert "Excused: this homework does not count. Reason: ill &lt;b&gt;" in text
    assert "Counts now" not in text
    staff.sign_in("eve")
    assert staff.send(f"{PAGE}/excused/withdraw", student="ann").status_code == 303
    assert "Nobody is excused." in staff.page(BOOK).text


def test_nobody_of_that_login_is_said_and_what_was_typed_stays(staff):
    answer = staff.send(f"{PAGE}/excused", student="anne", reason="ill")
    assert answer.status_code == 404
    assert "no active student of this course" in answer.text
    for typed in ("anne", "ill"):
        assert f'value="{typed}"' in answer.text


def test_ta_reads_who_is_excused_and_excuses_nobody(staff):
    staff.send(f"{PAGE}/excused", student="ann", reason="ill")
    staff.tokens["tim"] = accounts.add_user(staff.store, "tim", "ta")
    staff.sign_in("tim")
    text = staff.page(BOOK).text
    assert ">ill</td>" in text
    assert "/excused" not in text
    assert staff.send(f"{PAGE}/excused", student="bob").status_code == 403
