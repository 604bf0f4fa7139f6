"""The table of `tests.chaos.load` counts what it was given; the run itself is a command."""

import pytest

from grader.assignment import manifest
from tests.chaos import load


def test_one_upload_without_full_marks_is_named():
    good = load.Ended("hw1", "done", 10.0, 10.0, 3.0)
    found = [good, load.Ended("hw1", "done", 9.0, 10.0, 5.0, "test_a"), good]
    failed = load.Ended("hw2", "failed", None, None, 7.0, "the engine is away")
    text = load.table([*found, failed], [14.0, 16.0])
    assert "hw1                  3     2 -" in text
    assert "hw1: done 9.0 of 10.0: test_a" in text
    assert "1 failed" in text
    assert "hw2: failed" in text


@pytest.mark.parametrize("slug", manifest.slugs(load.ROOT))
def test_uploads_of_a_reference_differ_in_bytes(slug):
    assert load.packed(slug, 1) != load.packed(slug, 2)
