"""Do two ways of grading say the same of every submission, message for message?

Owns the comparison: `python -m benchmarks.same_reports [--mutants N] [--slow] FILE [SLUG ...]`
writes what the suites say of references, templates, named mutants and the submissions of the
acceptance tests; with `--plain` no suite gets a template of its own; `--compare FILE FILE` shows
where two such files differ. Run it in two work trees to compare two versions. Times and memory are
left out, and so are single outcomes that a limit decided.
"""

import argparse
import contextlib
import json
import re
import shutil
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

from benchmarks import ways
from grader import errors, models, settings
from grader.assignment import manifest as assignments
from grader.authoring import named_mutants
from grader.grading import bench, patience
from grader.intake import source_rules
from grader.suite import run_options

FOLDER = re.compile(r"/tmp/run\d+/")  # numbered by the processes of a sandbox so far
BY_LIMITS = {models.Verdict.TIME_LIMIT, models.Verdict.MEMORY_LIMIT, models.Verdict.NOT_RUN}

Said = dict[str, dict[str, list[str]]]  # submission -> test -> verdict, message, output


def submissions(
    assignment: assignments.Assignment, mutants: int
) -> Iterator[tuple[str, models.FileTree]]:
    """Name and files of everything that is graded."""
    slug, manifest = assignment.slug, assignment.manifest
    reference = bench.read([assignment.reference_dir], manifest)
    yield "reference", reference
    yield "template", bench.read([assignment.template_dir], manifest)
    for folder in sorted((ways.ROOT / "tests" / "acceptance" / slug).iterdir()):
        if any(path.suffix in (".py", ".ipynb") for path in folder.rglob("*")):
            yield f"acceptance {folder.name}", _whole(assignment, folder)
    known = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    for spec in known[:: max(1, len(known) // mutants)][:mutants] if mutants else ():
        yield f"mutant {spec.name}", named_mutants.mutated(reference, spec)


def _whole(assignment: assignments.Assignment, folder: Path) -> models.FileTree:
    """A submission; what it leaves out is the reference's."""
    with contextlib.suppress(errors.UploadRefused):
        return bench.read([folder], assignment.manifest)
    with tempfile.TemporaryDirectory() as name:
        shutil.copytree(assignment.reference_dir, name, dirs_exist_ok=True)
        shutil.copytree(folder, name, dirs_exist_ok=True)
        return bench.read([Path(name)], assignment.manifest)


def collected(slugs: list[str], mutants: int, *, slow: bool, plain: bool) -> Said:
    """What is said of every submission of these assignments."""
    said: Said = {}
    chosen = settings.from_environment()
    with bench.open_bench(chosen, 2, bench.one_time_owner()) as workbench:
        if plain:
            spawn = workbench.suites.spawn
            workbench.suites.spawn = lambda request, fds, *_: spawn(request, fds)  # type: ignore[method-assign]
        for slug in slugs:
            assignment = assignments.load(ways.ROOT, slug)
            for name, tree in submissions(assignment, mutants):
                sys.stderr.write(f"{slug}: {name}\n")
                upload = source_rules.check(source_rules.rules_of(assignment), tree)
                options = run_options.RunOptions(slow=slow)
                report = patience.patiently(
                    lambda u=upload, a=assignment, o=options: workbench.grader.grade(  # type: ignore[misc]
                        a, u, options=o
                    )
                )
                said[f"{slug}: {name}"] = _told(report)
    return said


def _told(report: models.Report) -> dict[str, list[str]]:
    tests = {t.name: [t.verdict.value, t.message, FOLDER.sub("", t.output)] for t in report.tests}
    score = f"{report.score} of {report.max_score}"
    return tests | {"": [score, "\n".join(report.notes), ""]}


def differences(one: Said, other: Said) -> Iterator[str]:
    """What differs, a line for each test."""
    for name in sorted(one.keys() | other.keys()):
        tests = one.get(name, {}), other.get(name, {})
        for test in sorted(tests[0].keys() | tests[1].keys()):
            first, second = (side.get(test, ["not there", "", ""]) for side in tests)
            if first != second and not BY_LIMITS & {first[0], second[0]}:
                yield f"{name} {test}\n  {first}\n  {second}"


def main() -> None:
    """Grade and write, or compare."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--mutants", type=int, default=20)
    parser.add_argument("--slow", action="store_true")
    parser.add_argument("--plain", action="store_true")
    parser.add_argument("--compare", action="store_true")
    parser.add_argument("file", type=Path)
    parser.add_argument("rest", nargs="*")
    given = parser.parse_args()
    if given.compare:
        one, other = (json.loads(Path(name).read_text()) for name in (given.file, *given.rest))
        found = list(differences(one, other))
        sys.stdout.write(
            "\n".join([*found, f"{len(one)} reports, {len(found)} differences"]) + "\n"
        )
        sys.exit(bool(found))
    slugs = given.rest or assignments.slugs(ways.ROOT)
    said = collected(slugs, given.mutants, slow=given.slow, plain=given.plain)
    given.file.write_text(json.dumps(said, indent=1))


if __name__ == "__main__":
    main()
