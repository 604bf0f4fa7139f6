"""One submission to grade, and the report that a run of the suite makes of it.

Owns what a report is made from: the submission with the course's files, what an earlier run left,
what the run found. Does not own the run (`grading.executor`), nor which earlier results hold
(`grading.basis`), nor points (`scoring.points`).
"""

import dataclasses
from collections.abc import Mapping, Sequence

from grader import models
from grader.assignment import manifest as assignments
from grader.assignment import manual_instead
from grader.grading import executor
from grader.intake import source_rules
from grader.scoring import points
from grader.suite import collect
from grader.suite import kept as kept_files

NO_METER = "Not checked on this machine, because it shows no processor time: how fast the code is."


@dataclasses.dataclass(frozen=True, slots=True)
class Materials:
    """What is known of a submission before anything runs.

    Attributes:
        tree: its files and those of the course.
        by_hand: tasks that staff mark, because the file that tests would ask is not there.
        rests_on: what its results depend on.
        kept_files: files of tests of which results are kept, by path.
        kept: outcomes of `earlier` that hold, by test.
        remarks: what the report says whatever the tests find.
    """

    assignment: assignments.Assignment
    upload: source_rules.CheckedUpload
    tree: models.FileTree
    by_hand: Sequence[assignments.Task]
    rests_on: models.Basis
    kept_files: Mapping[str, kept_files.KeptFile]
    kept: Mapping[str, models.Outcome]
    earlier: models.Report | None
    remarks: Sequence[str]

    @property
    def earlier_notes(self) -> Sequence[str]:
        """Notes of the report of which outcomes are kept."""
        return self.earlier.notes if self.kept and self.earlier else ()

    @property
    def earlier_second(self) -> Mapping[str, models.SecondTry]:
        """Second tries of tests whose first outcomes are kept."""
        return {n: t for n, t in self.earlier_basis.second.items() if n in self.kept}

    @property
    def earlier_basis(self) -> models.Basis:
        """What the kept outcomes rest on, and what was said with them."""
        found = self.earlier.basis if self.kept and self.earlier else None
        return found or models.Basis("", {})


def scored(
    made_of: Materials,
    run: executor.Run,
    queued_s: float,
    second: Mapping[str, models.SecondTry],
    notes: Sequence[str],
) -> models.Report:
    """The instructor's report of what is kept and what a run found.

    Args:
        queued_s: seconds between upload and grading.
        second: tests that ran again with the reference's files below them.
        notes: further ones for the report.
    """
    results = run.results
    said = {n: texts for n, texts in made_of.earlier_basis.remarks.items() if n in made_of.kept}
    results.remarked |= said
    notebook_notes = _notebook_notes(made_of, results)
    report = points.score(
        manual_instead.applied(made_of.assignment, made_of.by_hand),
        results.cases,
        results.outcomes,
        models.Timing(queued_s, run.ready_s, run.tests_s, run.load_s + run.tests_s),
        (
            *made_of.tree.notes,
            *_remarks(made_of, results),
            *notebook_notes,
            *results.remarks,
            *notes,
        ),
        source_rules.after_run(
            made_of.assignment.manifest, made_of.upload, results.cases, results.outcomes
        ),
    )
    rests_on = dataclasses.replace(
        made_of.rests_on,
        notebook_notes=notebook_notes,
        remarks=results.remarked,
        second=dict(second),
    )
    ran = len(results.outcomes) - results.taken_over
    return dataclasses.replace(report, ran=ran, kept=results.taken_over, basis=rests_on)


def _remarks(made_of: Materials, results: collect.Results) -> list[str]:
    """What the course and this machine have to say of a grading."""
    blind = None in results.cpu_s.values() or NO_METER in made_of.earlier_notes
    return [
        *made_of.remarks,
        *([NO_METER] if blind else []),
        *manual_instead.notes(made_of.by_hand),
    ]


def _notebook_notes(made_of: Materials, results: collect.Results) -> tuple[str, ...]:
    """What did not run of the notebooks; where no sandbox ran them, as the earlier run said."""
    return tuple(results.notebook_notes(made_of.tree.files)) or made_of.earlier_basis.notebook_notes
