"""Other first assignments than the one in NumPy: in PyTorch, and in a notebook.

Owns their texts, as what differs from `authoring.scaffold`'s.
"""

TORCH_MANIFEST = """\
slug = "{slug}"
title = "A linear layer"
course = "My course"
total_points = 10
runtime = "torch"

[submission]
required = ["layers.py"]
accept = ["zip", "files", "ipynb"]

[[task]]
id = "1a"
title = "A linear layer"
points = 10
"""

TORCH_README = """\
# A linear layer

Write the class `Linear` in `layers.py`, without `torch.nn.Linear`.

| task | points | file |
|---|---|---|
| 1a | 10 | `layers.py` |

Test at home with `grader check`, then submit `layers.py`.
"""

TORCH_PUBLIC = '''\
"""Tests that students get as well."""

import torch

from grader.suite import close, given, task
from grader.suite import strategies as st


@task("1a", hint="out[n, j] is the sum over i of x[n, i] * weight[j, i], plus bias[j].")
@given(case=st.linear_cases(max_batch=3, max_size=4))
def test_forward_is_what_pytorch_computes(student, case):
    x, weight, bias = (torch.from_numpy(a) for a in (case.x, case.w.T.copy(), case.b))
    layer = student.layers.Linear(weight, bias)
    close(layer(x), torch.nn.functional.linear(x, weight, bias), name="out")
'''

TORCH_HIDDEN = '''\
"""Tests whose inputs students never see."""

import torch

from grader.suite import close, task


@task("1a", hint="The parameters must be torch.nn.Parameter for a gradient to reach them.")
def test_gradients_reach_the_parameters(student):
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(5, 3, generator=generator)
    weight, bias = torch.randn(2, 3, generator=generator), torch.randn(2, generator=generator)
    layer = student.layers.Linear(weight, bias)
    found = student.value_and_grad(layer, x, upstream=torch.ones(5, 2))
    close(found.value, torch.nn.functional.linear(x, weight, bias), name="out")
    close(found.parameters["weight"], x.sum(0).expand(2, 3).contiguous(), name="weight.grad")
    close(found.parameters["bias"], torch.full((2,), 5.0), name="bias.grad")
'''

TORCH_REFERENCE = '''\
"""A perfect submission. What stands between the markers is a hole in the students' template."""

import torch


class Linear(torch.nn.Module):
    """A fully connected layer.

    Args:
        weight: (Dout, Din) tensor.
        bias: (Dout,) tensor.
    """

    def __init__(self, weight, bias):
        super().__init__()
        # BEGIN SOLUTION task 1a: keep both as parameters
        self.weight = torch.nn.Parameter(weight)
        self.bias = torch.nn.Parameter(bias)
        # END SOLUTION

    def forward(self, x):
        """The layer's output.

        Args:
            x: (N, Din) tensor.

        Returns:
            (N, Dout) tensor.
        """
        # BEGIN SOLUTION task 1a
        return x @ self.weight.T + self.bias
        # END SOLUTION
'''

TORCH_MUTANTS = """\
# Mistakes that students make, as small edits of the reference. Each must lose points on its tasks.

[[mutant]]
name = "no bias"
file = "layers.py"
tasks = ["1a"]
find = " + self.bias"
replace = ""

[[mutant]]
name = "bias twice"
file = "layers.py"
tasks = ["1a"]
find = " + self.bias"
replace = " + 2 * self.bias"

[[mutant]]
name = "no gradient reaches the weight"
file = "layers.py"
tasks = ["1a"]
find = "self.weight.T"
replace = "self.weight.detach().T"
"""

TORCH = {
    "tests/suites/{slug}/assignment.toml": TORCH_MANIFEST,
    "tests/suites/{slug}/README.md": TORCH_README,
    "tests/suites/{slug}/public/test_linear.py": TORCH_PUBLIC,
    "tests/suites/{slug}/hidden/test_linear_hidden.py": TORCH_HIDDEN,
    "tests/suites/{slug}/mutants.toml": TORCH_MUTANTS,
    "reference/{slug}/layers.py": TORCH_REFERENCE,
}


def as_notebook(files: dict[str, str]) -> dict[str, str]:
    """The same assignment, done in a notebook."""
    manifest = files["tests/suites/{slug}/assignment.toml"].replace(
        'accept = ["zip", "files", "ipynb"]',
        'accept = ["zip", "files", "ipynb"]\nnotebooks = ["layers.ipynb"]  # in place of layers.py',
    )
    readme = files["tests/suites/{slug}/README.md"].replace("`layers.py`", "`layers.ipynb`")
    readme = readme.replace("`grader check`", "`grader.check()`")
    return files | {
        "tests/suites/{slug}/assignment.toml": manifest,
        "tests/suites/{slug}/README.md": readme,
    }
