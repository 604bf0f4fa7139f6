"""What the service would say of a student's folder besides the tests: `grader check` says it first.

Owns the sentences: whether the upload would be refused, which rules on source it breaks, and what
that costs. The rules are `intake`'s, the same as at the service; the homework's own come with the
package (`intake.handed_out`). Running the tests is `suite.local_run`'s.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import PurePosixPath

from grader import errors, models
from grader.assignment import manifest as assignments
from grader.intake import archive, listing, source_rules, uploads

REFUSED = "If you submitted this now, it would be refused:"


@dataclass(frozen=True, slots=True)
class Judgement:
    """What can be known before the tests run.

    Attributes:
        lines: for the student.
        refused: whether the service would not grade it.
        checked: the upload as the service would see it; None if it is refused.
    """

    lines: tuple[str, ...] = ()
    refused: bool = False
    checked: source_rules.CheckedUpload | None = None


def judge(files: Mapping[str, bytes], rules: source_rules.SourceRules) -> Judgement:
    """Apply the homework's rules to what would be submitted of these files."""
    own = {name: body for name, body in files.items() if not _is_archive(name)}
    sent = {name.encode(errors="replace").decode(): body for name, body in own.items()}
    try:
        tree = uploads.unpack(archive.write(sent), rules.manifest, rules.template)
        checked = source_rules.check(rules, tree)
    except errors.UploadRefused as exc:
        return Judgement((REFUSED, *exc.reasons), refused=True)
    except errors.SuiteError as exc:
        return Judgement((str(exc),))
    said = [line for one in checked.violations for line in _broken(one, rules.manifest)]
    for one in filter(None, checked.prints):
        said += [*one.places, f"If it prints while tests run, {_cost(one.tasks, rules.manifest)}"]
    return Judgement(tuple(said), checked=checked)


def printed(
    judgement: Judgement,
    manifest: assignments.Manifest,
    cases: Sequence[models.TestCase],
    outcomes: Sequence[models.Outcome],
) -> list[str]:
    """What is known once the tests have run: rules on output that were broken."""
    if judgement.checked is None:
        return []
    all_broken = source_rules.after_run(manifest, judgement.checked, cases, outcomes)
    later = all_broken[len(judgement.checked.violations) :]
    return [f"Something was printed while tests ran: {_cost(one.tasks, manifest)}" for one in later]


def costs(
    judgement: Judgement,
    manifest: assignments.Manifest,
    results: tuple[Sequence[models.TestCase], Sequence[models.Outcome]],
    tasks: Collection[str],
) -> bool:
    """Whether points of these tasks (empty: of any) are lost to a rule, or all by a refusal."""
    if judgement.checked is None:
        return judgement.refused and not tasks
    broken = source_rules.after_run(manifest, judgement.checked, *results)
    lost = {task for one in broken for task in one.tasks}
    return bool(lost.intersection(tasks) if tasks else lost)


def _broken(one: models.RuleViolation, manifest: assignments.Manifest) -> Iterator[str]:
    yield from one.places
    if one.tasks:
        yield f"For this, {_cost(one.tasks, manifest)}"


def _cost(tasks: Iterable[str], manifest: assignments.Manifest) -> str:
    """What a rule takes, in a sentence that may follow a comma."""
    known = [task for task in manifest.task if task.id in set(tasks)]
    if not known:
        return "the report says so, and it costs nothing."
    points = sum((task.exact_points for task in known), Fraction(0))
    word, listed = "tasks" if known[1:] else "task", ", ".join(task.id for task in known)
    return f"{word} {listed} would earn nothing ({float(points):g} points)."


def _is_archive(name: str) -> bool:
    return PurePosixPath(name).suffix.casefold() in listing.ARCHIVE_SUFFIXES
