"""Write into `docs/prices.md` what every named mutant costs, next to what a person would take.

Owns the tables of that page; the figures are those of `grader suite check SLUG --json FILE`.
Sections of assignments for which no file is given stay as they are.

    python -m tests.acceptance.prices FILE...
"""

import json
import re
import sys
from collections.abc import Mapping
from fractions import Fraction
from pathlib import Path
from typing import Any

from grader.assignment import manifest as assignments
from grader.authoring import named_mutants, prices

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "prices.md"
SECTION = re.compile(r"^(?=## )", re.M)
SLUG = re.compile(r"## .*\(`(\w+)`\)")
HEAD = ("| mistake | costs | a person would take |", "|---|---|---|")


def renewed(page: str, tables: Mapping[str, str]) -> str:
    """The page with the sections of these assignments in place of its own; new ones at its end."""
    head, *sections = SECTION.split(page)
    known = {found[1]: text for text in sections if (found := SLUG.match(text))}
    return head.rstrip() + "\n\n" + "\n".join({**known, **tables}[s] for s in {**known, **tables})


def section(slug: str, figures: Mapping[str, Any]) -> str:
    """A heading and the table of one assignment.

    Args:
        figures: as `grader suite check --json` writes them.
    """
    assignment = assignments.load(ROOT, slug)
    worth = {task.id: task.exact_points for task in assignment.manifest.task}
    specs = named_mutants.load(assignment.suite_dir / "mutants.toml").mutant
    rows = [row(spec, figures["costs"][spec.name], worth) for spec in graded(specs, figures)]
    title = f"## {assignment.manifest.title} (`{slug}`)"
    return "\n".join([title, "", summary(figures), "", *HEAD, *rows, ""])


def graded(
    specs: tuple[named_mutants.NamedMutant, ...], figures: Mapping[str, Any]
) -> list[named_mutants.NamedMutant]:
    """The mutants that the check graded, in the order of their file."""
    return [spec for spec in specs if spec.name in figures["costs"]]


def summary(figures: Mapping[str, Any]) -> str:
    """How many mistakes there are, and how many have a price."""
    named = figures["mutants"]["named"]
    return (
        f"{named['killed']} of {named['total']} mistakes are found on the right task; reference "
        f"{figures['reference']['score']:g} of {figures['reference']['max']:g} points, template "
        f"{figures['template']['score']:g}."
    )


def row(
    spec: named_mutants.NamedMutant, cost: Mapping[str, float], worth: Mapping[str, Fraction]
) -> str:
    """One line of a table."""
    exact = {task: Fraction(str(points)) for task, points in cost.items()}
    cells = (spec.name, prices.in_words(exact, worth), prices.fair_in_words(spec))
    return f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |"


def main(paths: list[str]) -> int:
    tables = {Path(p).stem: section(Path(p).stem, json.loads(Path(p).read_text())) for p in paths}
    PAGE.write_text(renewed(PAGE.read_text(), tables))
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
