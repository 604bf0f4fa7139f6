"""Every hostile submission against the real engine, and what must hold after each of them.

(a) the attacked tests earn nothing and the honest ones keep their points, (b) nothing hidden is in
what the student can read, (c) container, processes and sockets are gone, (d) the next honest
submission is graded, (e) no file of the host has changed, (f) it never counts as a fault of the
machine: `grade` raises no OperatorError.
"""

import itertools
import os
import re
from fractions import Fraction

import pytest

from grader import errors
from grader.intake import uploads as intake_uploads
from tests.hostile import bench as benches
from tests.hostile import cases, course

pytestmark = pytest.mark.usefixtures("docker_engine")
ALL = os.environ.get("HOSTILE") == "all"
TURN = itertools.count()
SLOW = pytest.mark.skipif(not ALL, reason="slow: `make hostile` runs it")
INTAKE_S, INTAKE_MB = 1.0, 100.0


def listed(wanted):
    marks = {True: [SLOW], False: []}
    return [
        pytest.param(case, id=case.name, marks=marks[case.slow])
        for case in cases.every()
        if wanted(case)
    ]


@pytest.mark.parametrize("case", listed(lambda case: case.verdicts))
def test_submission_is_held(bench, tmp_path, canary, held, case):
    before = benches.host_files()
    options = (case.limits, case.runtime, case.takes)
    target = course.write(tmp_path, canary, list(case.verdicts), *options)
    held(case.family, 0, case.attacks)
    report = bench.grade(target, case.upload())  # (f): an OperatorError would leave here
    assert len(bench.recording.leased) >= benches.SHARDS, "not the worst case"
    check_verdicts(report, case)  # (a)
    seen = bench.check_unseen(report, target)  # (b)
    assert not [text for text in case.unseen if text in seen]
    assert re.search(case.notes, "\n".join(report.notes))
    bench.check_gone()  # (c)
    if ALL or next(TURN) % 3 == 0:
        bench.check_alive()  # (d), after every case in `make hostile`
    assert benches.host_files() == before  # (e)
    held(case.family, case.attacks, 0)


def check_verdicts(report, case):
    found = {test.name.partition("::")[2]: test for test in report.tests}
    told = {name: (test.verdict.value, test.message[:300]) for name, test in found.items()}
    for function in case.verdicts:
        public, hidden = case.expected(function)
        assert found[f"test_public[{function}]"].verdict in public, told
        assert found[f"test_hidden[{function}]"].verdict in hidden, told
    honest = [test for name, test in found.items() if "honest" in name]
    assert {test.verdict.value for test in honest} == {case.honest}, told
    assert len(honest) == 2
    earned = {task.id: task.score for task in report.tasks}
    assert earned["honest"] == (10 if case.honest == "passed" else 0)
    passed = [t for n, t in found.items() if "honest" not in n and t.verdict == "passed"]
    assert earned["attacked"] == Fraction(15, len(case.verdicts)) * len(passed)


@pytest.mark.parametrize("case", listed(lambda case: case.refused or case.left_out))
def test_upload_is_held_at_intake_within_little_time_and_memory(bench, canary, held, case):
    before = benches.host_files()
    uploads = case.uploads()
    kept = {name: f"accepted: layers\\.py\n.*(?:{note})" for name, note in case.left_out.items()}
    expected = case.refused | kept
    assert uploads.keys() == expected.keys()
    held(case.family, 0, case.attacks)
    for name, build in uploads.items():
        upload = build()
        cost = benches.measured(lambda sent=upload: answer_of(sent, bench.honest.manifest))
        assert re.search(expected[name], cost.answer, re.DOTALL), (name, cost.answer)
        assert cost.seconds < INTAKE_S, (name, cost)
        assert cost.megabytes < INTAKE_MB, (name, cost)
    assert benches.host_files() == before
    held(case.family, case.attacks, 0)


def answer_of(upload, manifest):
    """Why intake refuses an upload, first by its list of contents and then by the contents; or
    which files it takes, and its notes.
    """
    try:
        tree = intake_uploads.unpack(intake_uploads.pack(upload, manifest), manifest)
    except errors.UploadRefused as exc:
        return "\n".join(exc.reasons)
    return "\n".join([f"accepted: {', '.join(tree.files)}", *tree.notes])


def test_all_families_have_cases_and_stand_in_the_documentation():
    rows = cases.table()
    assert [int(family[:2]) for family, _, _ in rows] == list(range(1, 89))
    told = (benches.ROOT / "docs" / "security.md").read_text()
    for family, count, why in rows:
        name = f"{int(family[:2])} {family[3:].replace('_', ' ')}"
        assert f"| {name} | {count} | {why} |" in told
