"""How many pages a PDF has, also of those that are none, or lie."""

import pytest

from grader.intake import pdf_pages
from tests.support.pdf_files import written

THREE = written(3)


@pytest.mark.parametrize("n", [1, 3, 40])
def test_pages_are_counted(n):
    assert pdf_pages.count(written(n)) == n


def test_pages_of_a_pdf_that_everybody_may_open_are_counted():
    locked = written(3, user_password="", owner_password="o", algorithm="AES-256")
    assert pdf_pages.count(locked) == 3


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"%PDF-1.7\xff first",
        THREE[: len(THREE) // 2],
        written(0),
        written(3, user_password="secret"),
        THREE.replace(b"/Count 3", b"/Count 2"),
        THREE.replace(b"/Kids [ 4 0 R", b"/Kids [ 2 0 R"),
        b"%PDF-1.7\n" + b"[" * 100_000,
    ],
    ids=["none", "broken", "cut", "empty", "locked", "lies", "circle", "deep"],
)
def test_number_that_is_not_sure_is_none(content):
    assert pdf_pages.count(content) is None
