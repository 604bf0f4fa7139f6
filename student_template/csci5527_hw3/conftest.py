"""Lets `pytest`, and editors that list tests, run public_tests/ on the files in this folder.

`grader check` runs the same tests. This file is not part of what you submit.
"""

import importlib.util

import pytest

HOMEWORK = "csci5527_hw3"

if importlib.util.find_spec("grader") is None:
    pytest.exit("Install grader first: the homework's page has the line to paste.", returncode=4)
