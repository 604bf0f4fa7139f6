"""What a failure says: the arguments that were passed, and a file that cannot be imported."""

import numpy as np
import pytest

from grader import models
from grader.suite import answers, events, explain, passed, strategies
from tests.support import local_course

CONVOLUTION = """
CASES = st.conv2d_cases(max_batch=1, max_channels=1, max_filters=1)

@task("3a")
@given(case=CASES)
def test_forward(student, case):
    out, _ = student.layers.forward(case.x, case.w)
    assert out.shape == case.dout.shape, "another shape"

@task("3a")
@given(case=CASES)
def test_backward(student, case):
    _, cache = student.layers.forward(case.x, case.w)
    dx = student.layers.backward(case.dout.astype(np.float32), cache)
    close(dx, case.x, name="dx")
"""


@pytest.fixture
def course(tmp_path):
    return local_course.Course(tmp_path)


@pytest.mark.slow  # it starts a guest
def test_argument_that_a_test_does_not_pass_is_not_shown(course):
    found = course.run(
        "def forward(x, w): return x[0], 0\ndef backward(dout, cache): return 0", CONVOLUTION
    )
    forward, backward = (found[name].message for name in ("test_forward", "test_backward"))
    assert "With x = " in forward
    assert ", w = " in forward
    assert "dout" not in forward
    assert ", dout = " in backward


@pytest.mark.slow  # it starts a guest
def test_code_that_raises_first_is_not_told_of_what_comes_later(course):
    found = course.run("def forward(x, w): raise ValueError('no')", CONVOLUTION)
    assert "dout" not in found["test_backward"].message


def test_each_of_several_arrays_is_shown_as_an_array():
    pair = (strategies.fill((2,), 1), strategies.fill((9, 9), 2))
    shown = ", ".join(explain._described({"case": pair, "sizes": (2, 3)}))
    assert shown.startswith("case[0] = [")
    assert ", case[1] of shape (9, 9)" in shown
    assert shown.endswith(", sizes = (2, 3)")


class TestPassed:
    def case(self):
        return strategies.LinearCase(*(strategies.fill((n, n), n) for n in (1, 2, 3, 4)))

    def test_views_copies_and_other_types_are_the_same_array(self):
        case, seen = self.case(), passed.Passed()
        seen.note([case.x.copy(), {"w": case.w.T}, (case.b.astype(np.float32).ravel(),)])
        assert seen.unused({"case": case}) == {"dout"}

    def test_case_from_which_arguments_were_made_is_shown_whole(self):
        seen = passed.Passed()
        seen.note([3 * self.case().x])
        assert seen.unused({"case": self.case()}) == frozenset()

    def test_large_arrays_are_told_apart_by_their_size(self):
        case, seen = strategies.LogitsCase(np.ones((90, 90)), np.ones((90, 91))), passed.Passed()
        seen.note([2 * case.x])
        assert seen.unused({"case": case}) == {"y"}

    def test_single_arguments_are_the_author_s_choice(self):
        seen = passed.Passed()
        seen.note([np.ones(3)])
        assert seen.unused({"x": np.ones(3), "y": np.ones(4)}) == frozenset()


ONE = """
@task("1a", hint="A layer's hint.")
@given(x=st.arrays((2,)))
def test_f(student, x):
    close(student.layers.f(x), x)
"""


def outcome_of(course, source, test=ONE):
    (outcome,) = course.run(source, test).values()
    return outcome


@pytest.mark.slow  # it starts a guest
def test_file_that_cannot_be_imported_is_named_without_an_example(course):
    outcome = outcome_of(course, "import numpy as np\nW = np.zeros(3) @ nothing\n")
    assert outcome.verdict is models.Verdict.EXCEPTION
    assert outcome.unimportable == "layers.py"
    assert outcome.message.splitlines() == [
        "layers.py cannot be imported:",
        "Your code raised NameError: name 'nothing' is not defined",
        "  layers.py, line 2, in <module>: W = np.zeros(3) @ nothing",
    ]


@pytest.mark.slow  # it starts a guest
def test_syntax_of_a_newer_python_names_the_version(course):
    outcome = outcome_of(course, "def f(x): return ***\n")
    assert outcome.unimportable == "layers.py"
    assert "SyntaxError" in outcome.message
    assert "The grader runs Python 3.11" in outcome.message


@pytest.mark.slow  # it starts a guest
def test_file_that_was_not_submitted_is_said_to_be_absent(course):
    outcome = outcome_of(course, "", ONE.replace("student.layers", "student.answers"))
    assert outcome.unimportable == "answers.py"
    assert outcome.message.endswith("There is no such file in what you submitted.")


@pytest.mark.slow  # it starts a guest
def test_exception_of_a_function_is_no_failed_import(course):
    outcome = outcome_of(course, "def f(x): import nothing_like_this")
    assert outcome.unimportable == ""
    assert outcome.message.startswith("With x = ")


@pytest.mark.slow  # it starts a guest
def test_file_that_breaks_another_is_the_one_that_is_named(course):
    more = {"rnn.py": "import layers\ndef f(x): return x\n"}
    test = ONE.replace("student.layers", "student.rnn")
    (outcome,) = course.run("raise KeyError('a')\n", test, more=more).values()
    assert outcome.unimportable == "layers.py"


@pytest.mark.slow  # it starts a guest
@pytest.mark.parametrize("folder", ["public", "hidden"])
def test_what_a_checkpoint_needed_is_remarked_by_public_tests_only(course, folder):
    pytest.importorskip("torch", reason="a checkpoint is PyTorch's")
    source = """
    import torch
    def net():
        model = torch.nn.Linear(2, 1)
        torch.save({"module." + k: v for k, v in model.state_dict().items()}, "net.pt")
        return model
    """
    test = """
    @task("1a")
    def test_net(student): student.load_checkpoint(student.layers.net(), "net.pt")
    """
    found = course.run(source, **{folder: test})
    assert found["test_net"].verdict is models.Verdict.PASSED
    assert found["test_net"].output == ""
    remarks = [event.text for event in course.events if isinstance(event, events.Remarked)]
    assert len(remarks) == (1 if folder == "public" else 0)
    assert all("'module.', which a wrapper" in text for text in remarks)


UNUSABLE = """
from grader.suite import strategies as st

@task("1")
@given(seed=st.SEEDS)
def test_nothing_returned(student, seed):
    out, cache = student.layers.nothing(np.ones(3))

@task("1")
def test_cache_forgotten(student):
    out, cache = student.layers.one(np.ones(3))

@task("1")
def test_number_for_two(student):
    out, cache = student.layers.number()

@task("1")
def test_two_of_three(student):
    dx, dw, db = student.layers.two()

@task("1")
def test_method(student):
    loss, grads = student.layers.Model().loss(np.ones(2))

@task("1")
def test_part_of_an_answer(student):
    (first, second), _rest = student.layers.two()
"""
LAYERS = """
def nothing(x): pass
def one(x): return x
def number(): return 1.5
def two(): return 1, 2
class Model:
    def loss(self, x): pass
"""


@pytest.mark.slow  # it starts a guest
def test_missing_return_or_value_is_named_with_the_function_that_was_called(course):
    found = course.run(LAYERS, UNUSABLE)
    said = {name: found[name].message.splitlines()[-1] for name in found}
    assert said == {
        "test_nothing_returned": "nothing returned None; is a `return` missing?",
        "test_cache_forgotten": "one returned 1 value (an array of shape (3,)), 2 are expected.",
        "test_number_for_two": "number returned 1 value (float 1.5), more are expected.",
        "test_two_of_three": "two returned 2 values, 3 are expected.",
        "test_method": "loss returned None; is a `return` missing?",
        "test_part_of_an_answer": said["test_part_of_an_answer"],
    }
    assert "that the test cannot use" in said["test_part_of_an_answer"]


class TestAnswers:
    """`NO` is what a test raises that goes on with None."""

    NO = AttributeError("'NoneType' object has no attribute 'square'")

    def missing(self, question, answer, failure=NO):
        noted = answers.Answers()
        noted.note(question, answer)
        return noted.missing(failure)

    def test_parameter_without_gradient_is_named(self):
        question = ("value_and_grad", "net", "loss", (), {}, (0,), None)
        said = self.missing(question, (np.ones(1), (np.ones(2),), {"w": 1, "fc.bias": None}))
        assert said.startswith("No gradient reaches fc.bias; is it used")
        assert "the input" in self.missing(question, (1.0, (None,), {}))
        assert self.missing(question, (1.0, (2.0,), {})) == ""

    def test_grad_of_none_asks_for_backward(self):
        assert "was backward called?" in self.missing(("get", 3, "grad"), None)
        assert self.missing(("get", 3, "other"), None) == ""

    def test_what_the_last_answer_does_not_explain_has_no_reason(self):
        call = ("call", "layers", "f", 1)
        assert self.missing(call, None, ValueError("no such axis")) == ""
        assert self.missing(call, 2.0) == ""
        few = ValueError("not enough values to unpack (expected 3, got 2)")
        assert self.missing(call, (1, 2), few) == ""  # no line that calls it

    def test_helpers_of_the_suite_are_not_the_student_s(self):
        assert self.missing(("call", "stage.models", "train", 1), None) == ""
