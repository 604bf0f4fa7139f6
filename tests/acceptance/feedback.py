"""Write into `docs/feedback.md` what the service tells about the mistakes that it names today.

Owns nothing but the fenced reports of that page: under a heading of the second level that names an
assignment, each heading of the third level is a mutant of its suite. The mutants are graded by the
real pipeline.

    python -m tests.acceptance.feedback [--check]
"""

import re
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

from grader import models, settings
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants
from grader.grading import bench
from grader.scoring import parametrised, redaction
from tests.support import checked

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "feedback.md"
MISTAKE = re.compile(r"(?P<heading>^### (?P<name>[^\n]*)\n\n)```\n.*?^```$", re.M | re.S)
SECTION = re.compile(r"^(?=## )", re.M)
SLUG = re.compile(r"## .*`(\w+)`")

Report = Callable[[str, str], str]  # of an assignment's slug and a mutant's name


def renewed(page: str, report: Report) -> str:
    """The page with every report as `report` gives it."""
    return "".join(_section(text, report) for text in SECTION.split(page))


def _section(text: str, report: Report) -> str:
    if not (slug := SLUG.match(text)):
        return text

    def written(mistake: re.Match[str]) -> str:
        return f"{mistake['heading']}```\n{report(slug[1], mistake['name'])}\n```"

    return MISTAKE.sub(written, text)


def told(report: models.Report) -> str:
    """A student's report: the points, then each failed public test in words."""
    read = redaction.redact(report, models.Audience.STUDENT, datetime.now(UTC))
    functions = parametrised.functions(read.tests)
    return "\n".join([_points(read), *(line for each in functions for line in _failure(each))])


def _points(read: models.Report) -> str:
    assert read.hidden is not None
    assert read.hidden.score is not None
    return (
        f"{float(read.score or 0):g} of {float(read.max_score):g} points; {read.hidden.tests} "
        f"hidden tests: {float(read.hidden.score):g} of {float(read.hidden.max_score):g}"
    )


def _failure(function: parametrised.TestFunction) -> Iterator[str]:
    """Of several cases the first that fails; the page of a report has the others below it."""
    if function.failed:
        test = function.failed[0]
        count = f": {function.count}" if function.count else ""
        yield f"{test.verdict}  {function.name}{count} (task {test.task})"
        if count:
            yield f"[{parametrised.case_of(test.name)}]"
        yield test.message
        yield f"Hint: {test.hint}"


def graded(workbench: bench.Bench, slug: str, name: str) -> str:
    """What a student reads whose only mistake is this mutant."""
    assignment = assignments.load(ROOT, slug)
    listed = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    (spec,) = (spec for spec in listed if spec.name == name)
    reference = bench.read([assignment.reference_dir], assignment.manifest)
    sys.stderr.write(f"{slug}: {name}\n")
    mutated = checked.upload(assignment, named_mutants.mutated(reference, spec))
    return told(workbench.grader.grade(assignment, mutated))


def main(check: bool) -> int:
    page = PAGE.read_text()
    with bench.open_bench(settings.chosen(course_dir=ROOT), 1, bench.one_time_owner()) as workbench:
        new = renewed(page, lambda slug, name: graded(workbench, slug, name))
    if check:
        return int(new != page)
    PAGE.write_text(new)
    return 0


if __name__ == "__main__":
    sys.exit(main("--check" in sys.argv[1:]))
