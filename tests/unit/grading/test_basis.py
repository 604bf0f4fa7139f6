"""Which outcomes of an earlier run hold: exactly those that nothing can have changed."""

import dataclasses
from fractions import Fraction

import msgspec
import pytest

from grader import models
from grader.assignment import manifest as assignments
from grader.grading import basis
from grader.sandbox import policy
from tests.support import attacked

FILES = {"layers.py": b"x = 1\n"}
PROFILE = policy.Profile("image:latest", "numpy", 256 * 2**20)
PUBLIC, HIDDEN = "public/test_a.py", "hidden/test_b.py"


@pytest.fixture
def assignment(tmp_path):
    made = attacked.write(tmp_path, "CANARY")
    for folder, old in (("public", PUBLIC), ("hidden", HIDDEN)):
        for path in (made.suite_dir / folder).iterdir():
            path.rename(made.suite_dir / old)
    return made


def found(assignment, files=None, profile=PROFILE, image="sha256:1"):
    datasets = assignment.suite_dir.parent / "datasets"
    return basis.of(assignment, files or FILES, profile, image, datasets)


def outcome(name, verdict="passed", **more):
    visibility = models.Visibility.VISIBLE
    points = Fraction(1)
    verdict = models.Verdict(verdict)
    return models.TestResult(name, "honest", visibility, verdict, points, points, **more)


def report(assignment, *tests):
    fields = {"score": Fraction(1), "max_score": Fraction(1), "tasks": (), "tests": tests}
    of = models.Audience.INSTRUCTOR
    return models.Report("attacked", "v", of, basis=found(assignment), **fields)


def test_same_basis_keeps_every_steady_outcome(assignment):
    tests = (outcome(f"{PUBLIC}::one"), outcome(f"{PUBLIC}::two", "wrong_answer", message="no"))
    files, kept = basis.keepable(found(assignment), report(assignment, *tests))
    assert {name: one.message for name, one in kept.items()} == {
        f"{PUBLIC}::one": "",
        f"{PUBLIC}::two": "no",
    }
    assert (files[PUBLIC].tests, files[PUBLIC].again) == (2, ())


def test_changed_test_file_is_run_and_the_other_kept(assignment):
    before = report(assignment, outcome(f"{PUBLIC}::one"), outcome(f"{HIDDEN}::two"))
    path = assignment.suite_dir / HIDDEN
    path.write_text(path.read_text() + "# another\n")
    files, kept = basis.keepable(found(assignment), before)
    assert (set(files), set(kept)) == ({PUBLIC}, {f"{PUBLIC}::one"})


@pytest.mark.parametrize("name", ["hidden/conftest.py", "hidden/table.csv", "guest/help.py"])
def test_helper_of_the_suite_changes_everything(assignment, name):
    path = assignment.suite_dir / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("A = 1\n")
    before = found(assignment)
    path.write_text("A = 2\n")
    assert found(assignment).shared != before.shared


def test_test_file_that_another_names_is_a_helper(assignment):
    path = assignment.suite_dir / HIDDEN
    path.write_text(path.read_text() + "from hidden import test_c\n")
    other = assignment.suite_dir / "hidden" / "test_c.py"
    other.write_text("A = 1\n")
    before = found(assignment)
    other.write_text("A = 2\n")
    assert "hidden/test_c.py" not in before.files
    assert found(assignment).shared != before.shared


def test_whatever_every_test_meets_changes_everything(assignment):
    limits = msgspec.structs.replace(assignment.manifest.limits, test_s=99)
    slower = msgspec.structs.replace(
        assignment, manifest=msgspec.structs.replace(assignment.manifest, limits=limits)
    )
    assignment.reference_dir.mkdir(parents=True, exist_ok=True)
    before = found(assignment)
    others = [
        found(assignment, {"layers.py": b"x = 2\n"}),
        found(assignment, {"other.py": b"x = 1\n"}),
        found(assignment, profile=dataclasses.replace(PROFILE, pids=65)),
        found(assignment, image="sha256:2"),
        found(slower),
    ]
    (assignment.reference_dir / "layers.py").write_text("y = 1\n")
    others.append(found(assignment))
    assert len({before.shared, *(other.shared for other in others)}) == 1 + len(others)


def test_points_and_dates_change_nothing_that_a_test_says(assignment):
    schedule = msgspec.structs.replace(assignment.manifest.schedule, published=True)
    changed = msgspec.structs.replace(assignment.manifest, title="Another", schedule=schedule)
    assert found(msgspec.structs.replace(assignment, manifest=changed)) == found(assignment)


@pytest.mark.parametrize("verdict", ["time_limit", "memory_limit", "crashed", "output_limit"])
def test_what_a_limit_decided_runs_again(assignment, verdict):
    before = report(assignment, outcome(f"{PUBLIC}::one", verdict), outcome(f"{PUBLIC}::two"))
    files, kept = basis.keepable(found(assignment), before)
    assert files[PUBLIC].again == (f"{PUBLIC}::one",)
    assert set(kept) == {f"{PUBLIC}::two"}


def test_run_that_did_not_end_is_no_source(assignment):
    before = report(assignment, outcome(f"{PUBLIC}::one"), outcome(f"{PUBLIC}::two", "not_run"))
    assert basis.keepable(found(assignment), before) == ({}, {})


def test_test_that_was_wrong_runs_again(assignment):
    wrong = outcome(f"{PUBLIC}::two", "not_run", fault="line 3")
    files, kept = basis.keepable(
        found(assignment), report(assignment, outcome(f"{PUBLIC}::one"), wrong)
    )
    assert (set(kept), files[PUBLIC].again) == ({f"{PUBLIC}::one"}, (f"{PUBLIC}::two",))


def test_outcome_under_a_broken_rule_is_the_test_s_own(assignment):
    rule = outcome("rules::import[honest]", "rule_broken", message="layers.py, line 1")
    zeroed = outcome(f"{PUBLIC}::one", message="Passed, but ...", output="said")
    _, kept = basis.keepable(found(assignment), report(assignment, rule, zeroed))
    assert list(kept) == [f"{PUBLIC}::one"]
    one = kept[f"{PUBLIC}::one"]
    assert (one.verdict, one.message, one.output) == (models.Verdict.PASSED, "", "said")


def test_report_of_an_older_release_is_no_source(assignment):
    old = dataclasses.replace(report(assignment, outcome(f"{PUBLIC}::one")), basis=None)
    assert basis.keepable(found(assignment), old) == ({}, {})
    assert basis.keepable(found(assignment), None) == ({}, {})


def test_slug_s_other_assignment_is_not_mistaken(assignment):
    assert isinstance(assignment, assignments.Assignment)
    other = found(assignment, {"layers.py": b"x = 1\n", "extra.py": b""})
    assert other.shared != found(assignment).shared
