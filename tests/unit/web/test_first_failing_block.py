"""A reader by script: the first failure that a page shows open is the cause of all others.

The mistakes and their reports are those of `docs/feedback.md`, which real gradings have written.
"""

import re
from fractions import Fraction
from html.parser import HTMLParser

import pytest

from grader import models
from grader.assignment import manifest
from grader.scoring import final_score
from grader.service import reports
from grader.web import rendering, report_view
from tests.acceptance import feedback

CAUSES = [
    ("eecs545_hw4", "fc: db of shape (1, D_out)", "test_db_sums_over_samples"),
    (
        "eecs545_hw4",
        "relu: mask of dout, not of x",
        "test_backward_passes_where_input_was_positive",
    ),
    ("eecs545_hw4", "softmax: gradient not averaged", "test_gradient_is_probability_less_one_hot"),
    ("eecs545_hw4", "conv: kernel flipped", "test_forward_matches_definition"),
    (
        "csci5527_hw3",
        "correlate2d: height and width of the padding exchanged",
        "test_correlate2d_slides_whichever_way_round",
    ),
    (
        "csci5527_hw3",
        "adam: no bias correction, the lecture's version",
        "test_adam_follows_algorithm_1",
    ),
    ("cs7643_a2", "reweight: not normalised", "test_weights_sum_to_number_of_classes"),
    (
        "csc413_a2",
        "ConvTransposeNet: output padding forgotten",
        "test_conv_transpose_net_has_shape",
    ),
    (
        "cpsc663_ex2",
        "CNN: log-softmax over the batch",
        "test_cnn_gives_logarithms_of_probabilities",
    ),
    (
        "cpsc663_ex2",
        "skip: first skip forgotten",
        "test_first_skip_reaches_the_reconstruction",
    ),
]
FAILED = re.compile(r"^(?P<verdict>[a-z_]+)  (?P<name>public/\S+) \(task (?P<task>\S+)\)$")


def report(slug, name):
    """What a student is shown whose only mistake this is; the page is in the order of the files."""
    page = feedback.PAGE.read_text()
    section = page[page.index(f"`{slug}`") :]
    text = section[section.index(f"### {name}\n") :].split("```")[1]
    tests, message = [], []
    for line in reversed(text.splitlines()):
        if found := FAILED.match(line):
            said = "\n".join(reversed(message))
            tests.append(result(found["name"], found["task"], found["verdict"], said))
            message = []
        else:
            message.append(line)
    tasks = tuple(
        models.TaskScore(
            one.id, one.title, one.kind, Fraction(0), one.exact_points, needs=one.needs
        )
        for one in manifest.load(feedback.ROOT, slug).manifest.task
        if one.kind is models.TaskKind.AUTO
    )
    audience = models.Audience.STUDENT
    return models.Report(slug, "v", audience, Fraction(0), Fraction(1), tasks, tuple(tests[::-1]))


def result(name, task, verdict, message):
    visible, zero = models.Visibility.VISIBLE, Fraction(0)
    return models.TestResult(
        name, task, visible, models.Verdict(verdict), zero, Fraction(1), message
    )


def shown(slug, name):
    """The tasks' part of the page."""
    whole = report(slug, name)
    totals = final_score.of_report(whole, Fraction(0))
    view = report_view.of_report(reports.StudentReport(whole, totals), None)
    submission = {"id": "1", "assignment": slug}
    template = rendering.environment().get_template("_report.html")
    return template.render(report=view, submission=submission, sources=())


class Reader(HTMLParser):
    """Reads from the top, opens nothing: the first failure that stands open, with its words."""

    def __init__(self):
        super().__init__()
        self.closed = 0  # details around that nobody has opened
        self.stack = []
        self.blocks = []
        self.is_summary = False

    def handle_starttag(self, tag, attrs):
        attrs = dict(attrs)
        if tag == "details":
            is_open = "open" in attrs
            self.stack.append(is_open)
            self.closed += not is_open
            if is_open and not self.closed and "failed" in attrs.get("class", ""):
                self.blocks.append("")
        self.is_summary = self.is_summary or tag == "summary"

    def handle_endtag(self, tag):
        if tag == "details":
            self.closed -= not self.stack.pop()
        if tag == "summary":
            self.is_summary = False

    def handle_data(self, data):
        if self.blocks and self.stack and not self.closed:
            self.blocks[-1] += data


def read(html):
    reader = Reader()
    reader.feed(html)
    return reader.blocks


@pytest.mark.parametrize(("slug", "name", "cause"), CAUSES, ids=[name for _, name, _ in CAUSES])
def test_first_failing_block_is_the_cause(slug, name, cause):
    first = read(shown(slug, name))[0]
    assert cause in first


@pytest.mark.parametrize(("slug", "name", "cause"), CAUSES, ids=[name for _, name, _ in CAUSES])
def test_first_failing_block_says_what_is_wrong(slug, name, cause):
    """With the counter-example, and without opening anything."""
    words = " ".join(read(shown(slug, name))[:2])
    assert re.search(r"got|expected|raised|Error|differ|not ", words), words


def test_reader_sees_nothing_in_what_is_closed():
    html = '<details class="test failed"><details class="test failed" open>x</details></details>'
    assert read(html) == []
