"""The function that is always right: what the other one does must not cost it anything."""

import numpy as np

from grader.suite import close, task


@task("squares")
def test_squares(student):
    x = np.arange(5.0)
    close(student.layers.squares(x), x**2)
