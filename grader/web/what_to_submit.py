"""What a homework's page says of an upload: which files, as what, how large, what they may use.

Owns the words. The rules are the manifest's, and `grader.intake` applies them.
"""

from collections.abc import Iterator, Sequence

from grader import wording
from grader.assignment import manifest as assignments
from grader.source import importable, notebook
from grader.web import score_table

AS = {"zip": "one zip", "files": "the files themselves", "ipynb": "a notebook"}


def lines(manifest: assignments.Manifest) -> list[tuple[str, str]]:
    """What is said of each thing, in the order in which a student needs it."""
    team = [("Team", f"up to {manifest.team.size} people, or alone")] if manifest.team else []
    return [*_files(manifest.submission), *team, *_bounds(manifest)]


def _files(rules: assignments.SubmissionRules) -> Iterator[tuple[str, str]]:
    if rules.required:
        yield "Needed", ", ".join(rules.required)
    if rules.part:
        parts = (f"{part.name} ({', '.join(part.files)})" for part in rules.part)
        yield "At least one of these parts", "; ".join(parts)
    if rules.optional:
        yield "Optional", ", ".join(rules.optional)
    if rules.report:
        yield "Write-up", f"a PDF named like {rules.report}"
    yield "Send it as", _alternatives([AS[kind] for kind in rules.accept])
    modules = [path for path in rules.wanted if path.endswith(".py")]
    if "ipynb" in rules.accept and modules:
        example = rules.notebooks[0] if rules.notebooks else modules[0][:-3] + notebook.SUFFIX
        stands_for = f"{example} may stand for {notebook.module_of(example)}"
        yield "Notebook", f"{stands_for}; it is graded as after “Restart and run all”"
    if rules.given:
        yield "Do not change", f"{', '.join(rules.given)}: the course's own copies are used"


def _bounds(manifest: assignments.Manifest) -> Iterator[tuple[str, str]]:
    rules, limits = manifest.submission, manifest.limits
    upload, unpacked = map(score_table.number, (rules.max_upload_mb, rules.max_unpacked_mb))
    yield "Size", f"at most {upload} MB, and {unpacked} MB unpacked, checkpoints included"
    slow = f"; up to {limits.slow_test_s:g} s where a test trains a model"
    yield "In each test", f"{limits.test_s:g} s and {limits.memory_mb} MB of memory{slow}"
    modules = importable.modules(manifest.environment.packages)
    forbidden = ", ".join(manifest.policy.forbid_imports)
    yield (
        "May be imported",
        f"Python's standard library, {wording.listed(modules)}"
        + (f"; but not {forbidden}" if forbidden else ""),
    )


def _alternatives(words: Sequence[str]) -> str:
    *first, last = words
    return f"{', '.join(first)} or {last}" if first else last
