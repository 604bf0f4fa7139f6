"""What suite authors import: `from grader.suite import task, given, close, strategies as st`."""

from grader.suite import layers
from grader.suite.budgets import budget
from grader.suite.compare import WrongAnswer, close, relative_error
from grader.suite.marks import given, task

__all__ = ["WrongAnswer", "budget", "close", "given", "layers", "relative_error", "task"]
