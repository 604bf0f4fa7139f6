"""Theory questions 1 and 2 against PyTorch."""

import numpy as np
import torch
from torch.nn import functional

from grader.suite import close, given, task
from grader.suite import strategies as st


def network(x):
    """The network of question 2."""
    first = torch.relu(torch.tensor([1.5, 0.5]) * x + torch.tensor([0.0, 1.0]))
    second = torch.relu(torch.tensor([[1.0, 2.0], [2.0, 1.0]]) @ first + torch.tensor([0.0, 1.0]))
    return second.sum() - 1


@task("T1", hint="Column m of A is the convolution of the image whose only 1 is at place m.")
@given(w=st.arrays((3, 3)))
def test_matrix_has_entries_of_the_convolution(student, w):
    basis = torch.eye(9, dtype=torch.float64).reshape(9, 1, 3, 3)
    columns = functional.conv2d(basis, torch.tensor(w)[None, None], stride=4, padding=2)
    close(student.answers.conv_matrix(w), columns.reshape(9, 4).T.numpy(), name="A")


@task("T2", hint="W is the derivative of h at x0.")
@given(x0=st.sampled_from([2, -1, 1]))
def test_slope_is_derivative(student, x0):
    x = torch.tensor(float(x0), requires_grad=True)
    network(x).backward()
    slope, _ = student.answers.linear_piece(x0)
    close(np.float64(slope), np.float64(x.grad.item()), name="W")
