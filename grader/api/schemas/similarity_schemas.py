"""The JSON of a comparison of submissions with each other.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
import uuid
from typing import Any

import pydantic

from grader.service import similarity


class Pair(pydantic.BaseModel):
    """Two submissions that are alike."""

    submissions: tuple[uuid.UUID, uuid.UUID]
    students: tuple[str, str]
    share: tuple[float, float] = pydantic.Field(
        description="of each one's own code, what is like the other's; 0 to 1"
    )
    regions: tuple[list[tuple[int, int]], list[tuple[int, int]]] = pydantic.Field(
        description="first and last line of what is alike, in each one's files joined by name"
    )


class Similarity(pydantic.BaseModel):
    """A comparison of the latest submission of each student."""

    state: str = pydantic.Field(description="`current`, `stale` or `computing`")
    made_at: datetime.datetime | None
    compared: int
    unreadable: list[str] = pydantic.Field(description="students whose upload cannot be read")
    pairs: list[Pair] = pydantic.Field(description="the most alike first")


def comparison(state: similarity.ComparisonState) -> Similarity:
    """The last comparison, and whether it is of today's submissions."""
    kept = state.kept
    report: dict[str, Any] = kept.report if kept else {}
    return Similarity(
        state="current" if state.current else "computing" if kept is None else "stale",
        made_at=kept.made_at if kept else None,
        compared=report.get("compared", 0),
        unreadable=report.get("unreadable", []),
        pairs=[_pair(pair) for pair in report.get("pairs", [])],
    )


def _pair(pair: dict[str, Any]) -> Pair:
    return Pair(
        submissions=pair["names"],
        students=pair["students"],
        share=pair["share"],
        regions=pair["regions"],
    )
