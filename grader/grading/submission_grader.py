"""The story of one submission: a checked upload in, a report out.

Owns what a run is given and how its outcomes become a report, and the reference's figures that
budgets compare with. Does not own the run itself (`grading.executor`), intake, storage or retries:
a machine fault leaves as an `OperatorError`.
"""

import contextlib
import dataclasses
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from grader import disk, models, wording
from grader.assignment import manifest as assignments
from grader.assignment import manual_instead, provided_files
from grader.datasets import files as datasets
from grader.grading import basis, executor, lower_layers, materials, suite_faults
from grader.intake import source_rules
from grader.sandbox import course_images, policy
from grader.scoring import points
from grader.suite import collect, events, forkserver, run_options, suite_process
from grader.suite import kept as kept_files

COLLECT_S = 60.0  # importing the tests of a suite; the largest takes two


class Grader:
    """Grades submissions; safe to use from several threads at once.

    Args:
        sandboxes: the pool of sandboxes.
        suites: the preloaded template of suite processes.
        image: tag of the sandbox image.
        oci_runtime: runtime of the sandboxes; empty is the engine's default.
        datasets_dir: folder of data sets.
        processors: sandboxes that may work at once, of all submissions together; one submission
            alone may have as many.
        image_id: tells the content of an image by its tag; by default the tag itself.
    """

    def __init__(
        self,
        sandboxes: executor.Sandboxes,
        suites: forkserver.SuiteTemplate,
        image: str,
        oci_runtime: str = "",
        datasets_dir: Path = Path("datasets"),
        processors: int = 1,
        image_id: Callable[[str], str] = str,
    ) -> None:
        self._image_id = image_id
        self._suites = suites
        self._executor = executor.Executor(sandboxes, suites, processors)
        self._image = image
        self._oci_runtime = oci_runtime
        self._datasets_dir = datasets_dir
        self._versions: set[str] = set()  # of suites, that something was graded by
        self._calibrating = threading.Lock()
        self._reference_cpu_s: dict[str, dict[str, float]] = {}  # by version of the suite
        self._faults = suite_faults.SuiteFaults()

    def profile(self, manifest: assignments.Manifest) -> policy.Profile:
        """The kind of sandbox that an assignment's submissions run in."""
        limits = manifest.limits
        return policy.Profile(
            image=course_images.tag(self._image, manifest.environment.packages),
            preload=manifest.runtime,
            also=manifest.preload,
            memory_bytes=limits.memory_bytes,
            pids=limits.pids,
            runtime=self._oci_runtime,
            files_bytes=int(manifest.submission.max_unpacked_mb * wording.MB),
            gpus=limits.gpus,
        )

    def grade(
        self,
        assignment: assignments.Assignment,
        upload: source_rules.CheckedUpload,
        *,
        queued_s: float = 0.0,
        progress: collect.OnProgress | None = None,
        options: run_options.RunOptions = run_options.FOR_STUDENT,
        earlier: models.Report | None = None,
    ) -> models.Report:
        """Run the suite against one submission.

        Args:
            upload: what a confined reader made of it.
            queued_s: seconds between upload and this call, for the report.
            progress: called after each test, and when a phase has ended, before the next begins.
            options: tests that they leave out are not in the report.
            earlier: the instructor's report of an earlier run of the same submission; what of it
                cannot have changed is kept, so that the report is the one of a whole run.

        Returns:
            The instructor's report.

        Raises:
            SuiteError: the suite itself is wrong.
            DatasetMissing: the assignment needs a data set that is not here.
            OperatorError: the machine failed; try again.
        """
        made_of = self._materials(assignment, upload, earlier)
        run = self._executor.execute(
            self._plan_of(made_of, options), progress, alone=options.until_failure
        )
        self._settle(assignment, run.results)
        second, notes = self._run_again(made_of, run)
        report = materials.scored(made_of, run, queued_s, second, notes)
        return report if options.whole else _of_those_run(report, run.results.cases, options)

    def _materials(
        self,
        assignment: assignments.Assignment,
        upload: source_rules.CheckedUpload,
        earlier: models.Report | None,
    ) -> materials.Materials:
        """What is known before anything runs."""
        manifest = assignment.manifest
        remarks = datasets.require(self._datasets_dir, manifest.datasets, assignment.slug)
        tree = provided_files.overlay(upload.tree, provided_files.files(assignment))
        profile = self.profile(manifest)
        rests_on = basis.of(
            assignment, tree.files, profile, self._image_id(profile.image), self._datasets_dir
        )
        files, kept = basis.keepable(rests_on, earlier)
        by_hand = manual_instead.lacking(manifest, tree.files)
        return materials.Materials(
            assignment, upload, tree, by_hand, rests_on, files, kept, earlier, remarks
        )

    def _plan_of(
        self, made_of: materials.Materials, options: run_options.RunOptions
    ) -> executor.Plan:
        """The whole suite, without the tests whose results are kept."""
        without = tuple(task.id for task in made_of.by_hand)
        request = msgspec.structs.replace(
            self._request(made_of.assignment),
            options=dataclasses.replace(options, without=without),
            reference_cpu_s=self._figures(made_of.assignment, made_of.kept_files),
            kept=made_of.kept_files,
        )
        return dataclasses.replace(
            self._plan(made_of.assignment, made_of.tree, request),
            version=self._version_again(basis.of_suite(made_of.assignment, self._datasets_dir)),
            kept=made_of.kept,
        )

    def try_suite(self, assignment: assignments.Assignment) -> None:
        """Import every test of a suite, and hold them against the rubric; nothing is graded.

        Raises:
            SuiteError: a file cannot be imported, or its tests do not fit the rubric.
            OperatorError: it cannot be found out on this machine now.
        """
        datasets.require(self._datasets_dir, assignment.manifest.datasets, assignment.slug)
        request = msgspec.structs.replace(self._request(assignment), only_collect=True)
        lower_layers.check(assignment)
        results = collect.Results()
        with contextlib.closing(self._suites.spawn(request, [])) as process:
            for event in process.events(COLLECT_S):
                results.add(event)
        points.case_points(assignment, results.cases)

    def _version_again(self, version: str) -> str:
        """The version from its second grading on: for one alone no template is worth making."""
        is_known = version in self._versions
        self._versions.add(version)
        return version if is_known else ""

    def note_reference(self, assignment: assignments.Assignment, report: models.Report) -> None:
        """Remember what the reference passes, from a report on it that the caller has.

        A failure that may be a mistake in one of these tests is the submission's, without a trial.
        """
        passed = (t.name for t in report.tests if t.verdict is models.Verdict.PASSED)
        self._faults.note_right(_version(assignment), passed)

    def _settle(self, assignment: assignments.Assignment, results: collect.Results) -> None:
        """Decide whose fault the failures are that may be a mistake in a test.

        Without a reference nothing speaks against the test, and a failure stays the submission's.
        """

        if not assignment.reference_dir.is_dir():
            results.settle(lambda doubtful: [event.outcome for event in doubtful])
            return

        def on_reference(tests: Sequence[str]) -> list[events.Finished]:
            figures = self._figures(assignment)
            found = self._run_reference(assignment, tuple(tests), figures).results
            return [*map(events.Finished, found.outcomes), *found.doubtful]

        version = _version(assignment)
        results.settle(lambda doubtful: self._faults.decide(version, doubtful, on_reference))

    def _run_again(
        self, made_of: materials.Materials, run: executor.Run
    ) -> tuple[dict[str, models.SecondTry], list[str]]:
        """Try failures that an earlier task explains with the reference's files below them.

        Returns:
            The tests that were tried so, now or in the run whose results are kept; notes for the
            report.
        """
        assignment, second, notes = made_of.assignment, dict[str, models.SecondTry](), list[str]()
        if not assignment.reference_dir.is_dir():
            return second, notes
        cases = run.results.cases
        explained = lower_layers.explained(assignment, cases, run.results.outcomes)
        if explained:
            lower_layers.check(assignment)
        for names, tests in explained.items():
            second |= lower_layers.known(tests, names, made_of.earlier_second)
            left = tuple(test for test in tests if test not in second)
            second |= self._tried_below(made_of, run, names, left) if left else {}
            notes.append(lower_layers.note(cases, tests, names))
        run.results.outcomes = lower_layers.merged(run.results.outcomes, second)
        return second, [note for note in notes if note]

    def _tried_below(
        self,
        made_of: materials.Materials,
        run: executor.Run,
        names: tuple[str, ...],
        tests: tuple[str, ...],
    ) -> dict[str, models.SecondTry]:
        """Run single tests with files of the reference in place of the submission's."""
        assignment = made_of.assignment
        below = {name: (assignment.reference_dir / name).read_bytes() for name in names}
        tree = dataclasses.replace(made_of.tree, files={**made_of.tree.files, **below})
        again = self._run_some(assignment, tree, tests, self._figures(assignment))
        run.tests_s += again.tests_s
        return lower_layers.tried(run.results.outcomes, names, again.results.outcomes)

    def _figures(
        self,
        assignment: assignments.Assignment,
        kept: Mapping[str, kept_files.KeptFile] | None = None,
    ) -> dict[str, float]:
        """What the reference needs on this machine under each budget; measured once per suite.

        Args:
            kept: files whose tests need not run; where no other has budgets, nothing is measured.
        """
        paths = run_options.files_with_budgets(assignment.suite_dir)
        if all(path in (kept or {}) and not (kept or {})[path].again for path in paths):
            return {}
        version = _version(assignment)
        with self._calibrating:  # a second measurement beside it would slow both
            if version not in self._reference_cpu_s:
                measured = self._run_reference(assignment, paths).results.cpu_s.items()
                self._reference_cpu_s[version] = {n: s for n, s in measured if s is not None}
            return self._reference_cpu_s[version]

    def _run_reference(
        self,
        assignment: assignments.Assignment,
        paths: tuple[str, ...],
        figures: dict[str, float] | None = None,
    ) -> executor.Run:
        """Run files of tests, or single tests, on the reference, in a sandbox of its own."""
        files = {name: path.read_bytes() for name, path in disk.files(assignment.reference_dir)}
        tree = provided_files.overlay(models.FileTree(files), provided_files.files(assignment))
        return self._run_some(assignment, tree, paths, figures)

    def _run_some(
        self,
        assignment: assignments.Assignment,
        tree: models.FileTree,
        paths: tuple[str, ...],
        figures: dict[str, float] | None,
    ) -> executor.Run:
        """Run files of tests, or single tests, and show nobody their words."""
        request = msgspec.structs.replace(
            self._request(assignment),
            folders=paths,
            reference_cpu_s=figures,
            options=run_options.RunOptions(shrink=False),
        )
        return self._executor.execute(self._plan(assignment, tree, request), alone=True)

    def _plan(
        self,
        assignment: assignments.Assignment,
        tree: models.FileTree,
        request: suite_process.SuiteRequest,
    ) -> executor.Plan:
        files = tree.files | provided_files.helpers(assignment)
        return executor.Plan(self.profile(assignment.manifest), files, request)

    def _request(self, assignment: assignments.Assignment) -> suite_process.SuiteRequest:
        limits = assignment.manifest.limits
        return suite_process.SuiteRequest(
            suite_dir=str(assignment.suite_dir.resolve()),
            folders=run_options.test_folders(assignment.suite_dir),
            test_s=limits.test_s,
            slow_test_s=limits.slow_test_s,
            run_s=limits.run_s,
            data_bytes=run_options.data_bytes(limits),
            output_bytes=limits.output_bytes,
            datasets_dir=str(self._datasets_dir.resolve()),
        )


def _version(assignment: assignments.Assignment) -> str:
    return f"{assignment.slug} {assignment.suite_version()}"


def _of_those_run(
    report: models.Report, cases: Sequence[models.TestCase], options: run_options.RunOptions
) -> models.Report:
    """A report without the tests that were left out on purpose."""
    left_out = {case.name for case in cases if not options.runs(case)}
    kept = tuple(test for test in report.tests if test.name not in left_out)
    return dataclasses.replace(report, tests=kept)
