"""Other kinds of untouched starter, made from a template of ours."""

import ast

from grader import models
from grader.authoring import starters

TEMPLATE = b'''"""Layers."""
import numpy as np

class Layer:
    def __init__(self, size):
        self.size = size
        raise NotImplementedError("task 1a")

    def forward(self, x, y=0):
        raise NotImplementedError("task 1a")

    def state(self):
        raise NotImplementedError

def check(x):
    if x < 0:
        raise ValueError("negative")
    return x
'''


def made(way, source=TEMPLATE):
    tree = models.FileTree({"layers.py": source, "notes.txt": b"x"}, ("a note",))
    found = starters.edited(tree, way)
    assert found.notes == tree.notes
    assert found.files["notes.txt"] == b"x"
    names = {}
    exec(compile(ast.parse(found.files["layers.py"]), "layers.py", "exec"), names)
    return names


def test_function_returns_none():
    layer = made("returns None")["Layer"](3)
    assert (layer.size, layer.forward(1), layer.state()) == (3, None, None)


def test_function_returns_its_first_argument_and_no_object_of_its_own():
    layer = made("returns its first argument")["Layer"](3)
    assert (layer.forward(7, 8), layer.state()) == (7, None)


def test_function_returns_an_empty_array_of_the_library_in_use():
    found = made("returns an empty array")["Layer"](3).forward(1)
    assert type(found).__module__ == "numpy"
    assert found.shape == (0,)


def test_checks_that_the_template_gives_stay():
    names = made("returns None")
    assert names["check"](2) == 2
