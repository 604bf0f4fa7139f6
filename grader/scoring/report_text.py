"""A report as plain text, for terminals and files of feedback. Pure.

Owns the words. The report must already be redacted for its reader.
"""

from collections.abc import Iterator

from grader import models
from grader.scoring import broken_rules, import_failures, parametrised, root_causes


def summary(report: models.Report) -> str:
    """A report for a terminal: broken files and rules, notes, failures with reasons, scores."""
    lines = [
        *_broken_files(report),
        *_broken_rules(report),
        *(f"note: {note}" for note in report.notes),
    ]
    lines += root_causes.advice(report)
    folded = root_causes.fix_first(report)
    for function in parametrised.functions(broken_rules.tests_only(report.tests)):
        if function.failed:
            lines += _failure(function, folded=function.failed[0].task in folded)
    for task in report.tasks:
        score = "-" if task.score is None else f"{float(task.score):g}"
        lines.append(f"task {task.id:4} {score:>6} / {float(task.max_score):g}  {task.title}")
    score = "-" if report.score is None else f"{float(report.score):g}"
    lines.append(
        f"score     {score:>6} / {float(report.max_score):g}  ({report.timing.total_s:.2f} s)"
    )
    return "\n".join(lines)


def _broken_files(report: models.Report) -> Iterator[str]:
    for broken in import_failures.of(report):
        yield broken.sentence
        yield from (f"    {line}" for line in broken.reason.splitlines())


def _broken_rules(report: models.Report) -> Iterator[str]:
    for rule in broken_rules.of(report):
        yield rule.sentence
        yield from (f"    {place}" for place in rule.places)


def _failure(function: parametrised.TestFunction, *, folded: bool) -> list[str]:
    """A test that fails; of several cases how many do, and the first one's reason."""
    first = function.failed[0]
    count = f": {function.count}" if function.count else ""
    verdict = first.verdict.value.replace("_", " ")
    lines = [f"{verdict}: {function.name}{count} (task {first.task})"]
    if folded or first.unimportable:
        return lines
    case = [f"[{parametrised.case_of(first.name)}]"] if function.count else []
    return lines + [f"    {line}" for line in case + first.message.splitlines()]
