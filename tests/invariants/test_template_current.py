"""The checked-in student templates are what the reference and the suites make today."""

from pathlib import Path

import pytest

from grader.assignment import manifest as assignments
from grader.authoring import template_builder
from grader.source import notebook

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("slug", assignments.slugs(ROOT))
def test_template_is_what_the_reference_makes(slug: str) -> None:
    assert template_builder.check(assignments.load(ROOT, slug)) == []


@pytest.mark.parametrize("slug", assignments.slugs(ROOT))
def test_package_holds_no_solution_marker_and_nothing_of_the_hidden_suite(slug: str) -> None:
    assignment = assignments.load(ROOT, slug)
    package = template_builder.build(assignment)
    hidden = {path.read_bytes() for path in (assignment.suite_dir / "hidden").rglob("*.py")}
    assert not hidden & set(package.values())
    for name, contents in package.items():
        assert b"SOLUTION" not in contents, name


@pytest.mark.parametrize("slug", assignments.slugs(ROOT))
def test_no_reference_solution_line_stands_in_the_package(slug: str) -> None:
    """Lines long enough to be telling; what stands outside the regions is in both."""
    assignment = assignments.load(ROOT, slug)
    package = template_builder.build(assignment)
    for name in assignment.manifest.submission.required:
        reference = (assignment.reference_dir / name).read_text()
        solutions = [part.split("# END SOLUTION")[0] for part in reference.split("BEGIN SOLUTION")]
        lines = {line.strip() for part in solutions[1:] for line in part.splitlines()[1:]}
        telling = {line for line in lines if len(line) > 20}
        assert telling
        files = notebook.translate(package, [name]).files  # a notebook may stand for the module
        text = b"\n".join(notebook.origins(name, files).values()).decode()
        assert not telling & {line.strip() for line in text.splitlines()}
