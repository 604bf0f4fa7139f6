"""The suites' template leaves hypothesis little to load in each suite process."""

import subprocess
import sys

PROGRAM = """
from hypothesis.internal import constants_ast

from grader.suite import suite_template

suite_template._warm_up_hypothesis()
print(constants_ast.constants_from_module.cache_info().currsize)
"""


def test_hypothesis_has_read_our_sources_before_the_fork():
    command = [sys.executable, "-c", PROGRAM]  # of its own: this one's hypothesis is warm already
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert int(done.stdout) > 10
