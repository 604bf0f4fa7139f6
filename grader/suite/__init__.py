"""What suite authors import (`from grader.suite import task, given, close`), and what runs it."""

from grader.suite import state_dicts
from grader.suite import state_dicts as layers
from grader.suite.budgets import budget
from grader.suite.compare import WrongAnswer, close, close_to_any, differ, relative_error
from grader.suite.decorators import given, task

__all__ = [
    "WrongAnswer",
    "budget",
    "close",
    "close_to_any",
    "differ",
    "given",
    "layers",  # the name that existing suites know `state_dicts` by
    "relative_error",
    "state_dicts",
    "task",
]
