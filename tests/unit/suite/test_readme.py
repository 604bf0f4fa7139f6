"""The README's first screen is true: its suite, on such a mistake, says what is printed there."""

import re
from pathlib import Path

import pytest

from grader.suite import home_check

pytestmark = pytest.mark.slow  # it starts a guest

ROOT = Path(__file__).parents[3]
WRONG_AXIS = """\
import numpy as np


def softmax(x):
    powers = np.exp(x)
    return powers / powers.sum(axis=0, keepdims=True)
"""


def test_first_screen_shows_what_a_student_reads(tmp_path, capsys):
    text = (ROOT / "README.md").read_text()
    suite = re.search(r"```python\n(.*?)```", text, re.DOTALL)
    report = re.search(r"```\n(0 of 10 points.*?)```", text, re.DOTALL)
    assert suite
    assert report
    (tmp_path / "public_tests").mkdir()
    (tmp_path / "public_tests" / "test_softmax.py").write_text(suite[1])
    (tmp_path / "layers.py").write_text(WRONG_AXIS)
    assert home_check.check(tmp_path, tmp_path) == 1
    message = report[1].partition("(task 1a)")[2]
    assert " ".join(message.split()) in " ".join(capsys.readouterr().out.split())
