"""A report, a phase and a suite's check as text for a terminal, and the formats that are written.

Owns the words. What a page shows is `grader.web`'s, what another
program reads `grader.exchange`'s.
"""

import json
from pathlib import Path

from grader import models
from grader.authoring import prices, suite_quality
from grader.exchange import junit, results

NO_MUTANTS = "mutants    not graded: the reference comes first, and it fails a test"


def write(report: models.Report, json_file: Path | None, junit_file: Path | None) -> None:
    """Write the report in the formats asked for."""
    if json_file:
        json_file.write_text(json.dumps(results.to_json(report), indent=2) + "\n")
    if junit_file:
        junit_file.write_text(junit.to_xml(report))


def phase_line(ended: models.PhaseEnded, audience: str) -> str:
    """A phase that is over, for a terminal; a student is told no count of hidden tests."""
    shown = ended.phase is models.Phase.PUBLIC or audience == models.Audience.INSTRUCTOR
    counts = f"{ended.passed} of {ended.total} passed" if shown else "done"
    return f"{ended.phase.value:7} {counts} ({ended.wall_s:.1f} s)"


def quality_summary(quality: suite_quality.Quality) -> str:
    """A check's figures for a terminal."""
    figures = quality.to_json()
    return "\n".join(
        [
            "reference  {score:g} / {max:g}".format(**figures["reference"]),
            "template   {score:g} / {max:g}".format(**figures["template"]),
            *(
                "starter    {score:g} / {max:g}  {does}".format(does=does, **points)
                for does, points in figures["starters"].items()
            ),
            *(_mutants(quality) if not quality.reference_fails else [NO_MUTANTS]),
            *_tests(quality),
        ]
    )


def _tests(quality: suite_quality.Quality) -> list[str]:
    """How many there are, and the one that makes the check and every submission slow."""
    tests, never = quality.reference.tests, len(quality.never_failing)
    told = "" if quality.reference_fails else f", {never} of them never failing"
    slowest = max(tests, key=lambda test: test.wall_s or 0, default=None)
    lines = [f"tests      {len(tests)}{told}"]
    if slowest and slowest.wall_s:
        lines.append(f"slowest    {slowest.wall_s:.1f} s on the reference: {slowest.name}")
    return lines


def _mutants(quality: suite_quality.Quality) -> list[str]:
    figures = quality.to_json()["mutants"]
    named, made = figures["named"], figures["generated"]
    return [
        f"mutants    {named['killed']} of {named['total']} killed on the right task "
        f"({named['killed_by_public']} by public, {named['killed_by_hidden']} by hidden tests)",
        *prices.table(quality.reference.tasks, [(k.spec, k.cost) for k in quality.named]),
        f"generated  {made['killed']} of {made['total']} killed ({made['possible']} possible, "
        f"{made['equivalent']} of them listed as equivalent, {made['uncalled']} in functions "
        "that no test calls)",
        *(f"    survives: {text}" for text in made["survivors"]),
    ]
