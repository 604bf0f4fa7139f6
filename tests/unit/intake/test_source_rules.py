"""Rules for submitted source: what breaks them, what does not, what it costs."""

import json
import time
from fractions import Fraction
from pathlib import Path

import msgspec
import pytest

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.intake import source_rules
from grader.models import Outcome, TestCase, Verdict, Visibility
from grader.scoring import points
from grader.source import notebook, notebook_writer, python_source
from tests.support import checked, machine

TEMPLATE = '''
import numpy as np

class Layer(Base):
    def __init__(self, size, rate=1e-3):
        self.size = size

    def forward(self, x: np.ndarray) -> np.ndarray:
        # TODO(task 1): Go.
        raise NotImplementedError("task 1: forward is not written yet")


def convolve(x, w, *, mode="same"):
    """Doc."""
    # TODO(task 2): Convolve.
    raise NotImplementedError("task 2: convolve is not written yet")
'''
HONEST = TEMPLATE.replace("raise NotImplementedError", "return ")


def course(folder, *rules, **fields):
    made = assignments.Manifest(
        slug="a1",
        title="t",
        course="c",
        total_points=10,
        submission=assignments.SubmissionRules(required=("m.py",), given=("ours.py",)),
        task=(assignments.Task("1", "t", 6), assignments.Task("2", "u", 4)),
        policy=assignments.Policy(rule=rules),
    )
    (folder / "m.py").write_text(TEMPLATE)
    (folder / "assignment.toml").write_text("")
    return assignments.Assignment(made, folder, folder, folder)


def rule(kind, action="warn", **fields):
    return assignments.Rule(kind, action, **fields)


def found(folder, the_rule, text, **files):
    tree = models.FileTree(
        {"m.py": text.encode()} | {f"{n}.py": t.encode() for n, t in files.items()}
    )
    return [p for b in checked.violations(course(folder, the_rule), tree) for p in b.places]


CALLS = rule("call", names=("numpy.convolve", "eval", ".backward"))


def graded(body, head=""):
    """A module whose graded function has this body."""
    lines = "".join(f"    {line}\n" for line in body.splitlines())
    return f"{head}\ndef convolve(x, w, *, mode='same'):\n{lines}"


@pytest.mark.parametrize(
    ("text", "place"),
    [
        (graded("return np.convolve(1, 2)", "import numpy as np"), "m.py:3: calls numpy.convolve"),
        (graded("return c(1)", "from numpy import convolve as c"), "m.py:3: calls numpy.convolve"),
        (graded("return eval('1')"), "m.py:3: calls eval"),
        (graded("loss(x).sum().backward()"), "m.py:3: calls .backward"),
        ("from numpy import convolve", "m.py:1: uses numpy.convolve"),
        ("import numpy\nconvolve = numpy.convolve", "m.py:2: uses numpy.convolve"),
    ],
)
def test_forbidden_call_is_told_with_its_line(tmp_path, text, place):
    (told,) = found(tmp_path, CALLS, text)
    assert told == f"{place}, which this assignment forbids."


@pytest.mark.parametrize(
    "text",
    [
        "def convolve(x): ...\nconvolve(1)",
        graded("np.convolve(1)", "import scipy as np"),
        graded("model.eval()"),
        graded("backward(1)", "def backward(x): ..."),
        graded("# eval(1)\n'eval(1)'"),
        graded("eval = 1"),
    ],
)
def test_similar_calls_are_allowed(tmp_path, text):
    assert found(tmp_path, CALLS, text) == []


COMPARING = """
import numpy as np

def compare(x, w):
    return np.convolve(x, w)

print(np.convolve([1], [2]), compare([1], [2]))
if __name__ == "__main__":
    eval("compare")
"""


def test_what_no_graded_function_reaches_may_compare(tmp_path):
    assert found(tmp_path, CALLS, graded("return x", COMPARING)) == []


def test_helper_that_a_graded_function_calls_counts_in_any_file(tmp_path):
    text = graded("return compare(x, w)", COMPARING)
    assert found(tmp_path, CALLS, text) == [
        "m.py:5: calls numpy.convolve, which this assignment forbids."
    ]
    text = graded("return other.compare(x, w)", "import other")
    assert found(tmp_path, CALLS, text, other=COMPARING) == [
        "other.py:5: calls numpy.convolve, which this assignment forbids."
    ]


OPTIM = rule("import", "reject", names=("torch.optim",), except_names=("torch.optim.lr_scheduler",))


def test_use_of_a_forbidden_module_in_graded_code_is_refused(tmp_path):
    with pytest.raises(errors.UploadRefused) as refused:
        found(tmp_path, OPTIM, graded("return o.SGD(x)", "from torch import optim as o"))
    assert refused.value.reasons == ("m.py:3: uses torch.optim, which this assignment forbids.",)


def test_unused_import_of_a_forbidden_module_is_mentioned_and_costs_nothing(tmp_path):
    text = graded("return x", "import torch.optim as optim\nfrom torch.optim import SGD")
    tree = models.FileTree({"m.py": text.encode()})
    (violation,) = checked.violations(course(tmp_path, OPTIM), tree)
    assert violation.tasks == ()
    assert violation.places == tuple(
        f"m.py:{line}: imports torch.optim, which graded code may not use. None of it does, so "
        "this costs nothing."
        for line in (1, 2)
    )


def test_members_that_a_rule_excepts_are_free(tmp_path):
    text = graded("return StepLR(x)", "from torch.optim.lr_scheduler import StepLR")
    assert found(tmp_path, OPTIM, text) == []
    text = graded("return optim.lr_scheduler.StepLR(x)", "from torch import optim")
    assert [place.split(":")[2][:20] for place in found(tmp_path, OPTIM, text)] == [
        " imports torch.optim"
    ]


def test_forbidden_imports_of_the_policy_are_a_rule_that_refuses(tmp_path):
    made = course(tmp_path)
    policy = assignments.Policy(forbid_imports=("scipy",))
    made = msgspec.structs.replace(
        made, manifest=msgspec.structs.replace(made.manifest, policy=policy)
    )
    text = graded("import scipy.signal as s\nreturn s.convolve(x, w)")
    with pytest.raises(errors.UploadRefused, match=r"m\.py:4: uses scipy, which"):
        checked.violations(made, models.FileTree({"m.py": text.encode()}))
    unused = models.FileTree({"m.py": graded("return x", "import scipy.signal").encode()})
    (violation,) = checked.violations(made, unused)
    assert violation.places[0].startswith("m.py:1: imports scipy, which graded code may not use.")


def test_import_rule_skips_given_and_other_files(tmp_path):
    forbid = rule("import", names=("torch.optim",))
    text = graded("return torch.optim.SGD", "import torch")
    assert found(tmp_path, forbid, text) == [
        "m.py:3: uses torch.optim, which this assignment forbids."
    ]
    assert found(tmp_path, forbid, "", ours=text) == []
    assert found(tmp_path, forbid, "", helper=text) == []
    spared = msgspec.structs.replace(forbid, except_files=("m.py",))
    assert found(tmp_path, spared, text) == []


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("(x, w, *, mode='same')", "(x, w, *, mode='same')"),
        ("(x, w, *,", "(x, w, stride=1, *,"),
        ('mode="same")', 'mode="same", pad=0, **rest)'),
        ('mode="same")', 'mode: str = "same") -> object'),
        ("rate=1e-3", "rate=0.001"),
    ],
)
def test_signature_that_takes_the_same_calls_is_no_violation(tmp_path, old, new):
    assert found(tmp_path, rule("signature"), HONEST.replace(old, new)) == []


@pytest.mark.parametrize(
    ("old", "new", "place"),
    [
        (
            "(x, w,",
            "(w, x,",
            "m.py:13: convolve takes (w, x, *, mode='same'), but the template says",
        ),
        ("(x, w,", "(x, w, b,", "m.py:13: convolve takes (x, w, b, *"),
        ("(x, w,", "(x, kernel,", "m.py:13: convolve takes"),
        ('mode="same"', 'mode="full"', "m.py:13: convolve takes"),
        ('mode="same"', "mode", "m.py:13: convolve takes"),
        ("rate=1e-3", "rate=1e-2", "m.py:5: Layer.__init__ takes (self, size, rate=0.01)"),
        ("self, x: np.ndarray", "self", "m.py:8: Layer.forward takes (self)"),
    ],
)
def test_changed_signature_is_told_with_its_line(tmp_path, old, new, place):
    (told,) = found(tmp_path, rule("signature"), HONEST.replace(old, new))
    assert told.startswith(place)


HEX = "0x" + "f" * 5000  # Python reads it and cannot write it in decimal digits


@pytest.mark.parametrize("kind", ["signature", "missing", "output", "import"])
@pytest.mark.parametrize(
    "text",
    [
        f"def convolve(x={HEX}): pass",
        "def convolve(x=1" + "+1" * 2500 + "): pass",
        "def convolve(x=1" + "+1" * 600 + "): pass",
        "if a: x = 1\n" + "elif b: x = 2\n" * 1500,
        f"class Layer({HEX}): pass",
        "class Layer(a" + "+a" * 2500 + "): pass",
        f"if {HEX}: pass",
        "if a" + "+a" * 2500 + ": pass",
        "def f():0\n" * 5000 + "\r" * 500_000,
    ],
    ids=[
        *("number", "sum", "shorter sum", "branches", "base", "sum of bases", "test"),
        *("sum of a test", "many functions"),
    ],
)
def test_hostile_source_is_judged_and_breaks_nothing(tmp_path, kind, text):
    assert python_source.faults({"m.py": text.encode()}) == []
    started = time.process_time()  # the wall clock says more of the machine
    if kind == "output":
        tree = models.FileTree({"m.py": text.encode()})
        case = TestCase("t", "t", "1", Fraction(1), Visibility.VISIBLE)
        said = Outcome("t", Verdict.PASSED, output="hello")
        after(course(tmp_path, rule(kind)), tree, [case], [said])
    else:
        found(tmp_path, rule(kind, names=("scipy",) if kind == "import" else ()), text)
    assert (
        time.process_time() - started < 3 * machine.slowness()
    )  # an exponential rule would take minutes


def test_missing_function_is_told(tmp_path):
    assert found(tmp_path, rule("missing"), HONEST.replace("def convolve", "def convolv")) == [
        "m.py:1: convolve is missing; the template has it."
    ]
    assert found(tmp_path, rule("missing", names=("Layer.forward",)), "class Layer(Base): ...") == [
        "m.py:1: Layer.forward is missing; the template has it."
    ]


@pytest.mark.parametrize(
    "text",
    [
        "from helper import *",
        "from helper import convolve, Layer",
        "convolve, Layer = make()",
        "if fast:\n    def convolve(): ...\nclass Layer(Mine): ...",
        "try:\n    import x\nexcept E:\n    convolve = 1\nclass Layer:\n    __init__ = forward = 1",
    ],
)
def test_function_that_may_be_there_is_not_missing(tmp_path, text):
    assert found(tmp_path, rule("missing"), text) == []


def test_notebook_is_judged_cell_by_cell(tmp_path):
    cells = [{"cell_type": "code", "source": text} for text in ("import a", "def convolve(a): ...")]
    data = json.dumps({"nbformat": 4, "cells": cells}).encode()
    tree = models.FileTree(notebook.translate({"m.ipynb": data}, ["m.py"]).files)
    (violation,) = checked.violations(course(tmp_path, rule("signature")), tree)
    assert violation.places[0].startswith("m.ipynb, cell 2:1: convolve takes (a)")


def test_rejecting_rules_refuse_with_all_their_places(tmp_path):
    made = course(tmp_path, rule("call", "reject", names=("eval",)), rule("missing", "reject"))
    with pytest.raises(errors.UploadRefused) as refused:
        checked.violations(made, models.FileTree({"m.py": b"Layer = eval('1')"}))
    assert len(refused.value.reasons) == 2


def test_refusal_for_thousands_of_places_is_short(tmp_path):
    with pytest.raises(errors.UploadRefused) as refused:
        found(tmp_path, rule("call", "reject", names=("eval",)), graded("eval(1)\n" * 5000))
    assert len(refused.value.reasons) == 21
    assert refused.value.reasons[-1] == "And 4980 more."


def test_signature_rule_costs_the_task_of_the_function(tmp_path):
    text = HONEST.replace("(x, w,", "(w, x,").encode()
    (violation,) = checked.violations(
        course(tmp_path, rule("signature", "zero")), models.FileTree({"m.py": text})
    )
    assert violation.tasks == ("2",)


CASES = [
    TestCase("a", "a", "1", Fraction(1), Visibility.VISIBLE),
    TestCase("b", "b", "2", Fraction(1), Visibility.VISIBLE),
    TestCase("c", "c", "2", Fraction(1), Visibility.HIDDEN),
]


def after(assignment, tree, cases, outcomes):
    upload = checked.upload(assignment, tree)
    return source_rules.after_run(assignment.manifest, upload, cases, outcomes)


def printed(folder, text, output, **fields):
    tree = models.FileTree({"m.py": text.encode()})
    outcomes = [Outcome("b", Verdict.PASSED, output=output)]
    return after(course(folder, rule("output", **fields)), tree, CASES, outcomes)


def test_print_that_printed_is_told_with_its_line(tmp_path):
    (violation,) = printed(tmp_path, "import sys\nprint(1)\nsys.stdout.write('')", "1\n")
    assert [place.partition(";")[0] for place in violation.places] == [
        "m.py:2: calls print",
        "m.py:3: calls sys.stdout.write",
    ]


def test_output_rule_needs_output_a_print_and_a_test_of_its_tasks(tmp_path):
    assert not printed(tmp_path, "print(1)", "")
    assert not printed(tmp_path, "if __name__ == '__main__':\n    print(1)", "x")
    assert not printed(tmp_path, "print(1)", "/tmp/m.py:3: RuntimeWarning: overflow\n  y = f(x)\n")
    assert not printed(tmp_path, "print(1)", "x", action="zero", tasks=("1",))
    assert printed(tmp_path, "print(1)", "x", action="zero", tasks=("2",))


def test_zeroed_task_earns_nothing_and_says_why(tmp_path):
    outcomes = [Outcome(c.name, Verdict.PASSED) for c in CASES[:2]]
    outcomes.append(Outcome("c", Verdict.WRONG_ANSWER, "off by one"))
    violations = (models.RuleViolation("call", ("2",), ("m.py:1: calls eval.",)),)
    report = points.score(course(tmp_path), CASES, outcomes, models.Timing(), (), violations)
    assert [(t.id, t.score) for t in report.tasks] == [("1", 6), ("2", 0)]
    assert (report.score, report.max_score) == (6, 10)
    told = {t.name: (t.verdict, t.message) for t in report.tests}
    broken = "m.py:1: calls eval.\nTask 2 earns nothing for this."
    assert told["rules::call[2]"] == (Verdict.RULE_BROKEN, broken)
    passed = "Passed, but earns nothing: see rules::call[2]."
    assert told["b"] == (Verdict.PASSED, passed)  # what was right stays right
    assert told["c"] == (Verdict.WRONG_ANSWER, "off by one")


def test_warning_is_a_note_and_costs_nothing(tmp_path):
    outcomes = [Outcome(c.name, Verdict.PASSED) for c in CASES]
    violations = (models.RuleViolation("call", (), ("m.py:1: calls eval.",)),)
    report = points.score(
        course(tmp_path), CASES, outcomes, models.Timing(), ("first",), violations
    )
    assert report.score == 10
    assert report.notes == ("first", "m.py:1: calls eval.")


def test_template_counts_for_the_version_only_where_a_rule_compares_with_it(tmp_path):
    versions = []
    for rules in ((), (rule("missing"),)):
        made = course(tmp_path, *rules)
        before = made.suite_version()
        (tmp_path / "m.py").write_text("changed")
        versions.append(made.suite_version() == before)
    assert versions == [True, False]


WRONG = {
    'kind = "call"\naction = "warn"': "has no names",
    'kind = "output"\naction = "reject"': "cannot reject",
    'kind = "output"\naction = "zero"': "has no tasks",
    'kind = "missing"\naction = "zero"\ntasks = ["9"]': "names 9, which is no automatic task",
    'kind = "other"\naction = "warn"': "'other' is not allowed. Possible: import",
}


@pytest.mark.parametrize("text", WRONG)
def test_rule_that_cannot_be_applied_is_the_suite_s_fault(text):
    manifest = f"""
slug = "a1"
title = "t"
course = "c"
total_points = 1
submission = {{ required = ["m.py"] }}
[[task]]
id = "1"
title = "t"
points = 1
[[policy.rule]]
{text}
"""
    with pytest.raises(errors.SuiteError, match=WRONG[text]):
        assignments.parse(manifest.encode(), Path("assignment.toml"))


def test_rule_on_a_folder_looks_at_the_files_below_it_only(tmp_path: Path) -> None:
    the_rule = rule("import", names=("torch",), files=("modules/",))
    made = course(tmp_path, the_rule)
    files = {"modules/a.py": b"import torch\n", "models/b.py": b"import torch\n"}
    (violation,) = checked.violations(made, models.FileTree(files))
    assert [place.partition(":")[0] for place in violation.places] == ["modules/a.py"]


def test_template_may_be_a_notebook(tmp_path):
    made = course(tmp_path, rule("signature"))
    submission = msgspec.structs.replace(made.manifest.submission, notebooks=("m.ipynb",))
    manifest = msgspec.structs.replace(made.manifest, submission=submission)
    (tmp_path / "m.ipynb").write_bytes(notebook_writer.from_source(TEMPLATE))
    (tmp_path / "m.py").unlink()
    tree = models.FileTree({"m.py": HONEST.replace("(x, w, *", "(x, *").encode()})
    (violation,) = checked.violations(msgspec.structs.replace(made, manifest=manifest), tree)
    assert "convolve takes (x, *, mode='same')" in violation.places[0]
