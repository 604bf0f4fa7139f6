"""Problem 2 (d): what `correlate2d` may cost; a file of its own, as budgets are.

A loop over the places takes some 20 times the reference's time, and is allowed. One over the
elements of the filter as well takes some 400 times.
"""

from scipy import signal

from grader.suite import budget, close_to_any, task
from grader.suite import strategies as st


@task(
    "2d",
    facet="speed",
    hint="Multiply a whole patch by x at once; a loop over its elements is too slow.",
)
def test_large_image_takes_no_loop_over_elements(student):
    x, y = st.fill((15, 15), 6), st.fill((256, 256), 7)
    with budget(student, factor=100):
        out = student.correlation.correlate2d(x, y)
    expected = signal.correlate2d(y, x, mode="full")
    convolved = signal.convolve2d(y, x, mode="full")
    ways = (expected, expected[::-1, ::-1], convolved, convolved[::-1, ::-1])
    close_to_any(out, ways, name="x * y")  # which way round is no matter here
