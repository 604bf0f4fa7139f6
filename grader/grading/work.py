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
class Work:
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
    def earlier_basis(self) -> models.Basis:
        """What the kept outcomes rest on, and what was said with them."""
        found = self.earlier.basis if self.kept and self.earlier else None
        return found or models.Basis("", {})


def scored(work: Work, run: executor.Run, queued_s: float) -> models.Report:
    """The instructor's report of what is kept and what a run found.

    Args:
        queued_s: seconds between upload and grading.
    """
    results = run.results
    said = {n: texts for n, texts in work.earlier_basis.remarks.items() if n in work.kept}
    results.remarked |= said
    notebook_notes = _notebook_notes(work, results)
    report = points.score(
        manual_instead.applied(work.assignment, work.by_hand),
        results.cases,
        results.outcomes,
        models.Timing(queued_s, run.ready_s, run.tests_s, run.load_s + run.tests_s),
        (*work.tree.notes, *_remarks(work, results), *notebook_notes, *results.remarks),
        source_rules.after_run(
            work.assignment.manifest, work.upload, results.cases, results.outcomes
        ),
    )
    rests_on = dataclasses.replace(
        work.rests_on, notebook_notes=notebook_notes, remarks=results.remarked
    )
    ran = len(results.outcomes) - results.taken_over
    return dataclasses.replace(report, ran=ran, kept=results.taken_over, basis=rests_on)


def _remarks(work: Work, results: collect.Results) -> list[str]:
    """What the course and this machine have to say of a grading."""
    blind = None in results.cpu_s.values() or NO_METER in work.earlier_notes
    return [*work.remarks, *([NO_METER] if blind else []), *manual_instead.notes(work.by_hand)]


def _notebook_notes(work: Work, results: collect.Results) -> tuple[str, ...]:
    """What did not run of the notebooks; where no sandbox ran them, as the earlier run said."""
    return tuple(results.notebook_notes(work.tree.files)) or work.earlier_basis.notebook_notes
