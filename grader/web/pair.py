"""Two works side by side, what is alike in them marked.

Owns this page's route and the lines that are marked. The texts are read from the uploads when they
are looked at and kept nowhere.
"""

import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from fastapi.responses import HTMLResponse

from grader.http import dependencies, problems
from grader.service import similarity
from grader.web import rendering

router = rendering.router_for_markers()


@dataclass(frozen=True, slots=True)
class MarkedLine:
    """A line of somebody's work, and whether it is like the other's."""

    number: int
    text: str
    marked: bool


@router.get("/assignments/{slug}/similarity/{first}/{second}")
def pair_page(
    slug: str,
    first: uuid.UUID,
    second: uuid.UUID,
    request: Request,
    services: dependencies.Services,
    comparisons: dependencies.Comparisons,
) -> HTMLResponse:
    """Two works side by side, what is alike marked."""
    assignment = services.course.load(slug)
    names = [str(first), str(second)]
    state = comparisons.state(assignment)
    pair = _pair(state, names)
    texts = similarity.texts(services.store, services.uploads, assignment, names)
    sides = [_marked(texts.get(name, ""), pair["regions"][n]) for n, name in enumerate(names)]
    return rendering.render(
        request,
        "pair.html",
        assignment=assignment.manifest,
        pair=pair,
        names=names,
        sides=sides,
    )


def _pair(state: similarity.ComparisonState, names: list[str]) -> dict[str, Any]:
    pairs: list[dict[str, Any]] = state.kept.report["pairs"] if state.kept else []
    for one in pairs:
        if one["names"] == names:
            return one
    raise problems.Problem(404, "The last comparison has no such pair; see the list.")


def _marked(text: str, regions: Sequence[Sequence[int]]) -> list[MarkedLine]:
    marked = {n for first, last in regions for n in range(first, last + 1)}
    lines = enumerate(text.split("\n"), start=1)
    return [MarkedLine(number, line, number in marked) for number, line in lines]
