"""What `grader submit` says of a folder before it sends it."""

from grader.assignment import manifest as assignments
from grader.client import submissions
from grader.intake import handed_out

WANTED = assignments.SubmissionRules(
    ("a2_code.py",), notebooks=("a2-code.ipynb",), accept=("zip", "ipynb")
)
MANIFEST = assignments.Manifest("hw", "t", "c", 1, WANTED, (assignments.Task("1", "t", 1),))
BOOK = b'{"nbformat": 4, "cells": [{"cell_type": "code", "source": "x = 1"}]}'


def test_file_that_will_not_be_used_is_named_before_it_is_sent(tmp_path):
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "a2-code.ipynb").write_bytes(BOOK)
    (tmp_path / "a2_code.py").write_text("x = 2\n")
    assert submissions.prepared(tmp_path).notes == ()
    rules = handed_out.of(MANIFEST, {"a2-code.ipynb": BOOK})
    (tmp_path / "public_tests" / "homework.json").write_bytes(rules)
    assert submissions.prepared(tmp_path).notes == (
        "a2-code.ipynb: is not used, because it is as it was given; a2_code.py is used.",
    )
