"""Similarity compares what students wrote: of a notebook its cells, not the module made of them."""

import json

import pytest

from grader.assignment import manifest as assignments
from grader.confined import reader_process, reader_protocol
from grader.intake import uploads
from grader.source import notebook_writer

pytestmark = pytest.mark.slow  # copydetect brings pyplot along
SLUG = "csc413_a2"
OWN = """
def colour_of(pixels, centres, weights):
    distances = ((pixels[:, None] - centres[None]) ** 2 * weights).sum(axis=-1)
    nearest = distances.argmin(axis=1)
    for step in range(10):
        for k in range(len(centres)):
            chosen = pixels[nearest == k]
            if len(chosen) > 3:
                centres[k] = chosen.mean(axis=0) * 0.9 + centres[k] * 0.1
        nearest = ((pixels[:, None] - centres[None]) ** 2 * weights).sum(axis=-1).argmin(axis=1)
    return centres[nearest], [int(number) for number in nearest if number % 2]
"""
OTHER = """
class Net:
    def __init__(self, size, rate=0.1):
        self.layers = {name: [rate] * size for name in ("first", "second")}

    def forward(self, x):
        total = 0
        while x:
            total, x = total + x % 10, x // 10
        return self.layers["first"][0] if total > 5 else self.layers["second"][-1]
"""


@pytest.fixture(scope="module")
def assignment():
    from tests.acceptance import judging

    return assignments.load(judging.ROOT, SLUG)


def book(*cells):
    """A notebook with the template's first cell and these."""
    made = json.loads(notebook_writer.from_source(""))
    made["cells"] = [
        {
            "cell_type": "code",
            "source": text,
            "metadata": {},
            "execution_count": None,
            "outputs": [],
        }
        for text in cells
    ]
    return json.dumps(made).encode()


def packed(assignment, content):
    return uploads.pack([("a2-code.ipynb", content)], assignment.manifest)


def answer(task, works):
    return next(iter(reader_process.answers(task, iter(works.items()))))


def compared(assignment, works, skeleton):
    return answer(reader_protocol.CompareWorks(assignment.manifest, skeleton), works)


def test_notebooks_are_compared_by_their_cells(assignment):
    works = {
        "ann": packed(assignment, book("import torch", OWN)),
        "bob": packed(assignment, book("import torch\nx = 1", "print(x)", OWN.replace("k", "kk"))),
        "cem": packed(assignment, book("import torch", OTHER)),
    }
    found = compared(assignment, works, {})
    assert found.compared == 3
    (pair,) = found.pairs
    assert sorted(pair.names) == ["ann", "bob"]
    assert min(pair.share) > 0.8


def test_text_that_is_shown_is_the_students_with_a_line_for_each_cell(assignment):
    works = {"ann": packed(assignment, book("import torch", OWN))}
    texts = answer(reader_protocol.JoinWorks(assignment.manifest), works).texts
    assert "# a2-code.ipynb, cell 2\n\ndef colour_of(" in texts["ann"]
    assert "statements" not in texts["ann"]


def test_cells_of_the_course_s_own_notebook_are_nobody_s(assignment):
    given = book("import torch", OWN).decode()
    works = {
        "ann": packed(assignment, book("import torch", OWN)),
        "bob": packed(assignment, book("import torch", OWN, "y = 2")),
    }
    assert compared(assignment, works, {"a2-code.ipynb": given}).pairs == []
