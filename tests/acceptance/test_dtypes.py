"""A right value in another dtype: whole numbers as floats, single and double precision as it comes.

Each edit of the reference is a solution that somebody hands in; together they earn every point.
"""

import pytest

from grader import models
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants
from grader.grading import bench
from grader.suite import run_options
from tests.acceptance import judging
from tests.support import checked

EDITS = {
    "cpsc663_ex2": [
        (
            "answers.py",
            "return (h + 2 * p - k) // s + 1, (w + 2 * p - k) // s + 1",
            "return np.floor((h + 2 * p - k) / s) + 1, np.floor((w + 2 * p - k) / s) + 1",
        ),
        ("answers.py", "return [(49, 49), ", "return [(49.0, 49.0), "),
        ("answers.py", "return 2\n", "return np.float64(2)\n"),
        (
            "answers.py",
            "return float(entropy.sum() / len(y))",
            "return float(entropy.sum() / len(y)) or 0",
        ),
        (
            "prob4_CNN.py",
            "counts = np.zeros((10, 10), np.int64)",
            "counts = np.zeros((10, 10))",
        ),
    ],
    # One pass in float32, the next in float64: the values no longer show the former.
    "eecs545_hw4": [
        (
            "layers.py",
            "    out = x @ w + b ",
            "    out = x.astype('f4') @ w.astype('f4') + b.astype('f4') ",
        ),
        ("layers.py", "    dx = np.exp(log_p)", "    dx = np.exp(log_p).astype('f4')"),
        (
            "layers.py",
            "kernels = w.reshape(w.shape[0], -1)  #",
            "kernels, columns = w.reshape(w.shape[0], -1).astype('f4'), columns.astype('f4')  #",
        ),
    ],
    "csci5527_hw3": [
        (
            "norms.py",
            f"    centred = x - x.mean(axis={axes}, keepdims=True)",
            f"    x = x.astype(np.float64)\n    centred = x - x.mean(axis={axes}, keepdims=True)",
        )
        for axes in ("(0, 1, 3)", "(0, 1, 2)", "(0, 1)")
    ],
}


@pytest.mark.parametrize("slug", list(EDITS))
def test_right_values_in_another_dtype_earn_every_point(workbench, slug):
    assignment = assignments.load(judging.ROOT, slug)
    tree = bench.read([assignment.reference_dir], assignment.manifest)
    for file, find, replace in EDITS[slug]:
        spec = named_mutants.NamedMutant(find, file, (), find=find, replace=replace)
        tree = named_mutants.mutated(tree, spec)
    report = workbench.grader.grade(
        assignment, checked.upload(assignment, tree), options=run_options.RunOptions(slow=False)
    )
    failures = [t for t in report.tests if t.verdict is not models.Verdict.PASSED]
    assert {t.name: t.message for t in failures} == {}
