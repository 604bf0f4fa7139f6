"""The `conftest.py` of a students' package: plain `pytest` works, and the homework has a name.

Owns its text. Running the tests is `suite.home_pytest`'s; `client.homework` reads the name.
"""

NAME = "conftest.py"
_TEXT = '''\
"""Lets `pytest`, and editors that list tests, run public_tests/ on the files in this folder.

`grader check` runs the same tests. This file is not part of what you submit.
"""

import importlib.util

import pytest

HOMEWORK = "{slug}"

if importlib.util.find_spec("grader") is None:
    pytest.exit("Install grader first: the homework's page has the line to paste.", returncode=4)
'''


def of(slug: str) -> bytes:
    """The file for the assignment of this name."""
    return _TEXT.replace("{slug}", slug).encode()
