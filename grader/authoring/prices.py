"""What a named mutant costs, and whether a person would take as much.

Owns the bound between the two, the table of costs and its words. Tasks that a report explains by
an earlier one are left alone: a mistake in 1a that breaks 2b is one mistake. Does not grade
(`authoring.suite_check`).
"""

import collections
from collections.abc import Iterable, Mapping
from fractions import Fraction

from grader import models
from grader.authoring import named_mutants
from grader.scoring import root_causes

FAIR_WITHIN = Fraction(15, 100)  # of a task's points, of what a person would take

Cost = Mapping[str, Fraction]  # points lost, by task; tasks that lost none are left out


def cost_of(report: models.Report) -> Cost:
    """The points that a report's tests did not earn."""
    lost = collections.defaultdict[str, Fraction](Fraction)
    for test in report.tests:
        lost[test.task] += test.max_score - test.score
    return {task: points for task, points in lost.items() if points}


def unfair(spec: named_mutants.NamedMutant, report: models.Report) -> tuple[str, ...]:
    """Tasks where the cost is not what a person would take; none if nobody said what.

    Args:
        report: the mutant's.
    """
    if not spec.fair:
        return ()
    cost, explained = cost_of(report), root_causes.fix_first(report)
    return tuple(
        f"{spec.name}: costs {float(cost.get(task.id, 0)):.3g} of {float(task.max_score):g} points "
        f"of {task.id}; a person would take {spec.fair.get(task.id, 0):g}"
        for task in report.tasks
        if task.id not in explained
        and abs(cost.get(task.id, 0) - Fraction(str(spec.fair.get(task.id, 0))))
        > FAIR_WITHIN * task.max_score
    )


def table(
    tasks: Iterable[models.TaskScore], costs: Iterable[tuple[named_mutants.NamedMutant, Cost]]
) -> list[str]:
    """One line per mutant: what it costs, in points and percent, and what a person would take."""
    worth = {task.id: task.max_score for task in tasks}
    return [
        f"    {spec.name}: {in_words(cost, worth)}"
        + (f"; a person: {fair_in_words(spec)}" if spec.fair else "")
        for spec, cost in costs
    ]


def in_words(cost: Cost, worth: Mapping[str, Fraction]) -> str:
    """Points and percent of each task that lost some: "1a 2.5 (25%), 2 1 (10%)".

    Args:
        worth: the points of each task.
    """
    return ", ".join(_part(task, points, worth) for task, points in cost.items()) or "nothing"


def fair_in_words(spec: named_mutants.NamedMutant) -> str:
    """What a person would take; empty if nobody said."""
    return ", ".join(f"{task} {points:g}" for task, points in spec.fair.items())


def _part(task: str, points: Fraction, worth: Mapping[str, Fraction]) -> str:
    of = worth.get(task) or points  # a task that is not among them is whole
    return f"{task} {float(points):.3g} ({float(100 * points / of):.0f}%)"
