"""Notebooks for students: nothing of the module is lost, cells are cut where a reader would."""

import json

import pytest

from grader.source import notebook, notebook_writer

MODULE = '''"""What it is.

    a table
"""

import math
from a import b
RATE = 3

# Part 1: the layer
#
# in words


@wrap
class Layer:
    """Doc."""

    def f(self):
        return 1
        # a closing comment


# right above it
def g(x):
    return x

if __name__ == "__main__":
    g(RATE)
# the end
'''


def read(source):
    return [(c["cell_type"], "".join(c["source"])) for c in parsed(source)["cells"]]


def parsed(source):
    return json.loads(notebook_writer.from_source(source))


def test_module_is_cut_into_docstring_imports_definitions_and_comments():
    expected = [
        ("markdown", "What it is.\n\n    a table"),
        ("code", "import math\nfrom a import b\nRATE = 3"),
        ("markdown", "Part 1: the layer\n\nin words"),
        ("code", MODULE[MODULE.index("@wrap") : MODULE.index("\n\n\n# right")]),
        ("code", "# right above it\ndef g(x):\n    return x"),
        ("code", 'if __name__ == "__main__":\n    g(RATE)'),
        ("markdown", "the end"),
    ]
    assert read(MODULE) == expected


@pytest.mark.parametrize("source", ["", '"""Only a docstring."""\n', "x = 1", "# a comment\n"])
def test_small_modules_have_at_most_one_cell(source):
    assert len(read(source)) == bool(source)


def test_what_a_notebook_runs_is_what_the_module_ran():
    source = '"""Doc."""\nimport math\nSIZE = 2\n\n\ndef f():\n    return math.sqrt(SIZE)\n'
    files = notebook.translate({"m.ipynb": notebook_writer.from_source(source)}, ["m.py"]).files
    scope = {}
    for name, text in notebook.origins("m.py", files).items():
        exec(compile(text, name, "exec"), scope)
    assert scope["f"]() == 2**0.5


def test_notebook_has_a_kernel_and_no_output():
    made = parsed(MODULE)
    assert (made["nbformat"], made["metadata"]["kernelspec"]["name"]) == (4, "python3")
    assert all(c["outputs"] == [] for c in made["cells"] if c["cell_type"] == "code")
