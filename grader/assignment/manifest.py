"""From `assignment.toml` to a frozen `Assignment`; where its suite, template and reference lie.

Owns the manifest's schema; what may not contradict what is `assignment.contradictions`'. Does not
run anything: collecting tests is `grader.suite`, validating uploads `grader.intake.uploads`.

A course is one folder:

    tests/suites/<slug>/assignment.toml, public/, hidden/, guest/, given/, mutants.toml
    reference/<slug>/            a perfect submission
    student_template/<slug>/     generated from it
"""

import hashlib
import re
from fractions import Fraction
from pathlib import Path
from typing import Annotated, Literal

import msgspec

from grader import disk, errors, models, wording
from grader.assignment import contradictions, manifest_faults
from grader.assignment import schedule as schedules

DEFAULT_MEMORY_MB = {"numpy": 512, "torch": 1024}  # torch does not start in 512
SLUG = r"^[a-z0-9][a-z0-9_]{1,63}$"
Slug = Annotated[str, msgspec.Meta(pattern=SLUG)]
ModuleName = Annotated[str, msgspec.Meta(pattern=r"^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$")]
Positive = Annotated[float, msgspec.Meta(gt=0)]


class Part(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Files that are submitted together; one part is enough for an upload.

    Attributes:
        name: what messages call it, e.g. "part 1".
        files: all are required as soon as one of them is there.
        folder: where they may also lie in an upload; the folder is taken off.
    """

    name: str
    files: tuple[str, ...]
    folder: str = ""


class SubmissionRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Which files a student submits."""

    required: tuple[str, ...] = ()
    part: tuple[Part, ...] = ()
    optional: tuple[str, ...] = ()
    given: tuple[str, ...] = ()  # in given/; the course's own copy replaces the student's
    notebooks: tuple[str, ...] = ()  # in the template in place of the modules they stand for
    accept: tuple[Literal["zip", "files", "ipynb"], ...] = ("zip", "files")
    report: str = ""  # pattern of the write-up's name, as 452_*_hw2.pdf; a note says if none fits
    max_upload_mb: Positive = 100
    max_unpacked_mb: Positive = 20

    @property
    def demanded(self) -> tuple[str, ...]:
        """The files without which something is missing, those of all parts included."""
        return (*self.required, *(name for part in self.part for name in part.files))

    @property
    def wanted(self) -> tuple[str, ...]:
        """Every file that is the student's to write."""
        return (*self.demanded, *self.optional)


class Rule(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One rule for submitted source; `grader.intake.source_rules` says what each kind looks for.

    Attributes:
        names: modules, calls or functions that it is about.
        except_names: members of forbidden modules that may be used.
        files: the files it is about, or folders, "modules/"; empty means all that the student
            wrote ...
        except_files: ... but for these files or folders.
        tasks: what earns nothing when `zero` strikes.
    """

    kind: Literal["import", "call", "output", "signature", "missing"]
    action: Literal["reject", "zero", "warn"]
    names: tuple[str, ...] = ()
    except_names: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    except_files: tuple[str, ...] = ()
    tasks: tuple[str, ...] = ()

    def is_about(self, path: str) -> bool:
        """Whether the rule holds for a file."""
        return (not self.files or _lists(self.files, path)) and not _lists(self.except_files, path)


class Policy(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What submitted source may not do."""

    forbid_imports: tuple[str, ...] = ()  # refused where graded code uses them
    rule: tuple[Rule, ...] = ()

    @property
    def rules(self) -> tuple[Rule, ...]:
        """All rules, that of `forbid_imports` first."""
        if not self.forbid_imports:
            return self.rule
        return (Rule("import", "reject", names=self.forbid_imports), *self.rule)

    @property
    def reads_template(self) -> bool:
        """Whether what it finds depends on the template."""
        return any(rule.kind != "output" for rule in self.rules)


class Environment(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the sandbox has beyond the image that all assignments share."""

    packages: tuple[str, ...] = ()  # timm==1.0.9, or x-headless==2 as x; see `grader image`


class Limits(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of one run."""

    test_s: Positive = 20  # wall seconds the submission may use in one test
    slow_test_s: Positive = 300  # the same in a test marked slow, e.g. training
    run_s: Positive = 600  # wall seconds of the run; hidden tests have half as long of their own
    memory_mb: Annotated[int, msgspec.Meta(ge=64)] = 0  # the whole container; unset: by runtime
    pids: Annotated[int, msgspec.Meta(ge=8, le=4096)] = 64
    gpus: Annotated[int, msgspec.Meta(ge=0, le=16)] = 0  # see docs/gpu.md
    output_kb: Annotated[int, msgspec.Meta(ge=1, le=1024)] = 64  # kept of what a test prints

    @property
    def memory_bytes(self) -> int:
        """The container's memory in bytes."""
        return self.memory_mb * wording.MB

    @property
    def output_bytes(self) -> int:
        """What is kept of a test's output."""
        return self.output_kb * wording.KB


class Feedback(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """How much of the hidden score a student sees."""

    hidden_score: models.HiddenScore = models.HiddenScore.TOTAL


class TeamRules(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Students may submit in teams; without this table each works alone."""

    size: Annotated[int, msgspec.Meta(ge=2, le=20)]  # people in a team at most


class RubricItem(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One thing that a marker of a manual task looks for, and its points."""

    text: str
    points: float


class Task(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One gradable unit of the rubric.

    Attributes:
        facets: what its tests look at (plain case, strides, dtypes ...) -> percent of its points,
            so that a mistake in one corner costs that corner only. Without any, the weights of
            the tests alone decide.
        needs: tasks whose functions its tests run as well; where those fail, its failures may be
            theirs.
        with_reference: files of the reference that take the place of the submission's when tests
            of this task run again, because a task that it needs fails.
        manual_without: an optional file that its tests look at. Whoever submits no such file has
            the task marked by a person, as the handout has it.
    """

    id: str
    title: str
    points: Annotated[float, msgspec.Meta(ge=0)]  # 0: told whether it is right, nothing more
    kind: models.TaskKind = models.TaskKind.AUTO
    rubric: tuple[RubricItem, ...] = ()  # of a manual task, for its markers
    one_visibility: str = ""  # why this task has no public or no hidden test
    needs: tuple[str, ...] = ()
    with_reference: tuple[str, ...] = ()
    manual_without: str = ""
    facets: dict[str, Positive] = {}  # msgspec copies an empty default

    @property
    def exact_points(self) -> Fraction:
        """Points as an exact fraction of their decimal text."""
        return Fraction(str(self.points))

    def facet_points(self, facet: str) -> Fraction:
        """What one facet is worth; all of the task's points where it has none.

        Raises:
            SuiteError: the task has no such facet.
        """
        if not facet and not self.facets:
            return self.exact_points
        if facet not in self.facets:
            known = ", ".join(self.facets) or "none"
            raise errors.SuiteError(f"task {self.id} has no facet {facet!r} (it has: {known}).")
        return self.exact_points * Fraction(str(self.facets[facet])) / 100


class Manifest(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """The manifest exactly as written."""

    slug: Slug
    title: str
    course: str
    total_points: Positive
    submission: SubmissionRules
    task: tuple[Task, ...]
    runtime: Literal["numpy", "torch"] = "numpy"
    preload: tuple[ModuleName, ...] = ()  # imported once per sandbox instead of in each test
    extra_points: float = 0  # extra credit, beyond total_points
    datasets: tuple[str, ...] = ()  # public halves in the sandbox at /data, held-back ones here
    policy: Policy = Policy()
    environment: Environment = Environment()
    limits: Limits = Limits()
    schedule: schedules.Schedule = schedules.Schedule()
    feedback: Feedback = Feedback()
    team: TeamRules | None = None

    @property
    def reads_template(self) -> bool:
        """Whether a grade depends on it: on its rules, or on which notebooks were changed."""
        return self.policy.reads_template or "ipynb" in self.submission.accept

    @property
    def rubric(self) -> tuple[models.TaskScore, ...]:
        """All tasks, not graded yet."""
        return tuple(
            models.TaskScore(task.id, task.title, task.kind, None, task.exact_points)
            for task in self.task
        )

    @property
    def manual(self) -> tuple[models.TaskScore, ...]:
        """The manual tasks, not marked yet."""
        return tuple(task for task in self.rubric if task.kind is models.TaskKind.MANUAL)


class Assignment(msgspec.Struct, frozen=True):
    """One homework: its manifest and where its files lie."""

    manifest: Manifest
    suite_dir: Path
    reference_dir: Path
    template_dir: Path

    @property
    def slug(self) -> str:
        """The assignment's name in URLs and folders."""
        return self.manifest.slug

    @property
    def release(self) -> models.Release:
        """What decides when hidden results may be shown."""
        schedule, feedback = self.manifest.schedule, self.manifest.feedback
        return models.Release(
            schedule.due, schedule.published, feedback.hidden_score, schedule.publish_at
        )

    def task(self, task_id: str) -> Task:
        """The rubric's task of this id.

        Raises:
            SuiteError: the manifest has no such task.
        """
        for task in self.manifest.task:
            if task.id == task_id:
                return task
        known = ", ".join(t.id for t in self.manifest.task)
        raise errors.SuiteError(f"{self.slug}: no task {task_id!r} in the rubric (has {known}).")

    def suite_version(self) -> str:
        """Hash of every file that can change a result; 16 hex digits."""
        digest = hashlib.sha256()
        folders = [(self.suite_dir, suite_files(self.suite_dir))]
        if self.manifest.reads_template:
            sources = (*self.template_dir.glob("**/*.py"), *self.template_dir.glob("**/*.ipynb"))
            folders.append((self.template_dir, sorted(sources)))
        for folder, path in ((folder, path) for folder, paths in folders for path in paths):
            digest.update(path.relative_to(folder).as_posix().encode() + b"\0")
            digest.update(hashlib.sha256(path.read_bytes()).digest())
        return digest.hexdigest()[:16]


def suite_files(suite_dir: Path) -> list[Path]:
    """The manifest and the files that tests are made of or meet, in a fixed order."""
    folders = (suite_dir / name for name in ("given", "guest", "hidden", "public"))
    paths = (path for folder in folders for _, path in disk.files(folder))
    return [suite_dir / "assignment.toml", *paths]


def load(course_dir: Path, slug: str) -> Assignment:
    """Read and check one assignment of a course folder.

    Raises:
        AssignmentNotFound: no folder of that name.
        SuiteError: the manifest cannot be read or contradicts itself.
    """
    suite_dir = folder(course_dir, slug)
    path = suite_dir / "assignment.toml"
    manifest = parse(path.read_bytes(), path)
    if manifest.slug != slug:
        raise errors.SuiteError(f"{path}: slug is {manifest.slug!r} but the folder is {slug!r}.")
    return Assignment(
        manifest, suite_dir, course_dir / "reference" / slug, course_dir / "student_template" / slug
    )


def folder(course_dir: Path, slug: str) -> Path:
    """Where an assignment's suite lies.

    Raises:
        AssignmentNotFound: no folder of that name; also for a name that is no slug.
    """
    suite_dir = course_dir / "tests" / "suites" / slug
    if re.fullmatch(SLUG, slug) and (suite_dir / "assignment.toml").is_file():
        return suite_dir
    have = ", ".join(slugs(course_dir)) or "none"
    raise errors.AssignmentNotFound(
        f"No assignment {slug!r} in {course_dir} (it has: {have}). "
        "Name one of these, or point --course at the folder that holds tests/suites/."
    )


def slugs(course_dir: Path) -> list[str]:
    """Names of all assignments of a course folder, sorted."""
    return sorted(p.parent.name for p in course_dir.glob("tests/suites/*/assignment.toml"))


def parse(text: bytes, path: Path) -> Manifest:
    """Decode a manifest and check that its points add up.

    Raises:
        SuiteError: not TOML, an unknown or missing key, or one that contradicts another.
    """
    try:
        manifest = msgspec.toml.decode(text, type=Manifest)
    except msgspec.DecodeError as exc:
        explained = manifest_faults.explained(exc, text, Manifest)
        raise errors.SuiteError(f"{path}: {explained}") from exc
    if not manifest.limits.memory_mb:
        limits = msgspec.structs.replace(
            manifest.limits, memory_mb=DEFAULT_MEMORY_MB[manifest.runtime]
        )
        manifest = msgspec.structs.replace(manifest, limits=limits)
    contradictions.check(manifest, path)
    return manifest


def _lists(names: tuple[str, ...], path: str) -> bool:
    """Whether a list names a file, or a folder that it lies in."""
    return path in names or path.startswith(tuple(n for n in names if n.endswith("/")))
