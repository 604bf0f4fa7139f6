"""A first assignment to start from: small, whole, and clean by `grader suite check`.

Owns the files that `grader suite new` writes. Their author changes every one of them; nothing is
written over what is there.
"""

import enum
import re
from pathlib import Path

from grader import errors
from grader.assignment import manifest as assignments
from grader.authoring import scaffold_kinds

MANIFEST = """\
slug = "{slug}"
title = "Softmax"
course = "My course"
total_points = 10

[submission]
required = ["layers.py"]
accept = ["zip", "files", "ipynb"]

[[task]]
id = "1a"
title = "Softmax of each row"
points = 10
"""

README = """\
# Softmax

Write `softmax(x)` in `layers.py`: each row of `x` becomes numbers above zero that add up to 1.
Rows with large numbers must not overflow.

| task | points | file |
|---|---|---|
| 1a | 10 | `layers.py` |

Test at home with `grader check`, then submit `layers.py`.
"""

PUBLIC = '''\
"""Tests that students also get; so they need no more than NumPy."""

import numpy as np

from grader.suite import close, given, task
from grader.suite import strategies as st


@task("1a", hint="The sum runs along each row, axis 1.")
@given(x=st.arrays((3, 4)))
def test_softmax_of_small_numbers(student, x):
    powers = np.exp(x)
    close(student.layers.softmax(x), powers / powers.sum(axis=1, keepdims=True))
'''

HIDDEN = '''\
"""Tests whose inputs students never see."""

import numpy as np
from scipy import special

from grader.suite import close, task


@task("1a", hint="exp of a large number overflows; what may be subtracted from a row first?")
def test_large_numbers_do_not_overflow(student):
    x = np.array([[1000.0, 999.0], [-1000.0, 3.0]])
    close(student.layers.softmax(x), special.softmax(x, axis=1))


@task("1a")
def test_one_column_is_all_ones(student):
    close(student.layers.softmax(np.array([[3.0], [-7.0]])), np.ones((2, 1)))
'''

REFERENCE = '''\
"""A perfect submission. What stands between the markers is a hole in the students' template."""

import numpy as np


def softmax(x):
    """Numbers above zero that add up to 1 in each row.

    Args:
        x: (N, C) array.

    Returns:
        (N, C) array.
    """
    # BEGIN SOLUTION task 1a
    shifted = x - x.max(axis=1, keepdims=True)
    powers = np.exp(shifted)
    return powers / powers.sum(axis=1, keepdims=True)
    # END SOLUTION
'''

MUTANTS = """\
# Mistakes that students make, as small edits of the reference. Each must lose points on its tasks.

[[mutant]]
name = "sum over columns"
file = "layers.py"
tasks = ["1a"]
find = "powers.sum(axis=1, keepdims=True)"
replace = "powers.sum(axis=0, keepdims=True)"

[[mutant]]
name = "overflows"
file = "layers.py"
tasks = ["1a"]
find = "x - x.max(axis=1, keepdims=True)"
replace = "x"

[[mutant]]
name = "all rows share one sum"
file = "layers.py"
tasks = ["1a"]
find = "powers.sum(axis=1, keepdims=True)"
replace = "powers.sum()"
"""

FILES = {
    "tests/suites/{slug}/assignment.toml": MANIFEST,
    "tests/suites/{slug}/README.md": README,
    "tests/suites/{slug}/public/test_softmax.py": PUBLIC,
    "tests/suites/{slug}/hidden/test_softmax_hidden.py": HIDDEN,
    "tests/suites/{slug}/mutants.toml": MUTANTS,
    "reference/{slug}/layers.py": REFERENCE,
}


class Kind(enum.StrEnum):
    """What a new assignment is made from."""

    NUMPY = "numpy"
    TORCH = "torch"
    NOTEBOOK = "notebook"  # the one in NumPy, done in a notebook


def _files(kind: Kind) -> dict[str, str]:
    match kind:
        case Kind.TORCH:
            return scaffold_kinds.TORCH
        case Kind.NOTEBOOK:
            return scaffold_kinds.as_notebook(FILES)
        case Kind.NUMPY:
            return FILES


def write(course_dir: Path, slug: str, kind: Kind = Kind.NUMPY) -> list[Path]:
    """Write a new assignment; the files made.

    Raises:
        SuiteError: the name will not do, or something of that name is there already.
    """
    if not re.fullmatch(assignments.SLUG, slug):
        raise errors.SuiteError(
            f"{slug!r}: a name is 2 to 64 small letters, digits and _, and begins with no _."
        )
    taken = (course_dir / "tests" / "suites" / slug, course_dir / "reference" / slug)
    if there := [folder for folder in taken if folder.exists()]:
        raise errors.SuiteError(f"{there[0]} is there already; choose another name.")
    made = []
    for name, text in _files(kind).items():
        path = course_dir / name.format(slug=slug)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{slug}", slug), encoding="utf-8")
        made.append(path)
    return made
