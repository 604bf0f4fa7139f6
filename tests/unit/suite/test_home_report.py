"""What `grader check` prints: a line for each test function, and each reason once."""

from fractions import Fraction

from grader import models
from grader.models import Verdict, Visibility
from grader.suite import events, home_report

BROKEN = "layers.py cannot be imported:\nYour code raised NameError: name 'q' is not defined"


def case(name, cases="", hint=""):
    function = name.partition("[")[0]
    return models.TestCase(
        name, function, "1a", Fraction(1), Visibility.VISIBLE, hint=hint, cases=cases
    )


def printed(capsys, cases, *outcomes):
    report = home_report.HomeReport()
    report.add(events.Collected(tuple(cases)))
    lines = []
    for outcome in outcomes:
        report.add(events.Finished(outcome))
        lines.append(capsys.readouterr().out.splitlines())
    return lines


def test_cases_wait_for_the_last_and_show_the_first_that_fails(capsys):
    names = ["t.py::f[W1]", "t.py::f[b1]", "t.py::f[W2]"]
    cases = [case(name, "gradients", "Backwards.") for name in names]
    found = printed(
        capsys,
        cases,
        models.Outcome(names[0], Verdict.PASSED),
        models.Outcome(names[1], Verdict.WRONG_ANSWER, "got 1\nexpected 2", "hello\n"),
        models.Outcome(names[2], Verdict.WRONG_ANSWER, "got 3"),
    )
    assert found[:2] == [[], []]
    assert found[2] == [
        "wrong_answer t.py::f: 2 of 3 gradients differ",
        "    [b1]",
        "    got 1",
        "    expected 2",
        "    Hint: Backwards.",
        "    Printed: hello",
    ]


def test_cases_that_all_pass_are_one_line(capsys):
    names = ["t.py::f[1]", "t.py::f[2]"]
    outcomes = [models.Outcome(name, Verdict.PASSED) for name in names]
    found = printed(capsys, map(case, names), *outcomes)
    assert found == [[], ["passed       t.py::f: 2 cases"]]


def test_test_without_cases_is_printed_at_once(capsys):
    outcomes = [
        models.Outcome("t.py::f", Verdict.PASSED),
        models.Outcome("t.py::g", Verdict.WRONG_ANSWER, "got 1"),
    ]
    found = printed(capsys, map(case, ["t.py::f", "t.py::g"]), *outcomes)
    assert found == [["passed       t.py::f"], ["wrong_answer t.py::g", "    got 1", "    Hint: -"]]


def test_file_that_cannot_be_imported_is_explained_once_and_without_a_hint(capsys):
    names = ["t.py::f", "t.py::g"]
    outcomes = [
        models.Outcome(name, Verdict.EXCEPTION, BROKEN, unimportable="layers.py") for name in names
    ]
    cases = [case(name, hint="Sum over the samples.") for name in names]
    found = printed(capsys, cases, *outcomes)
    assert found[0] == ["exception    t.py::f", *(f"    {line}" for line in BROKEN.splitlines())]
    assert found[1] == ["exception    t.py::g", "    layers.py cannot be imported, as above."]
