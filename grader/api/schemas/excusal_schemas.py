"""The JSON of who is excused from a homework.

Owns field names, examples and descriptions; decides nothing.
"""

import datetime
from collections.abc import Iterable

import pydantic

from grader.store import excusals as stored


class NewExcusal(pydantic.BaseModel):
    """Why a homework does not count for somebody."""

    model_config = pydantic.ConfigDict(extra="forbid")

    reason: str = pydantic.Field("", max_length=1000, description="the student also reads it")


class Excusal(pydantic.BaseModel):
    """Somebody for whom a homework does not count."""

    student: str
    reason: str
    excused_by: str
    excused_at: datetime.datetime


class Excusals(pydantic.BaseModel):
    """Everybody who is excused from a homework, by login."""

    excused: list[Excusal]


def excusal(one: stored.ExcusedStudent) -> Excusal:
    """Somebody who is excused."""
    return Excusal(
        student=one.student,
        reason=one.reason,
        excused_by=one.excused_by,
        excused_at=one.excused_at,
    )


def excusals(found: Iterable[stored.ExcusedStudent]) -> Excusals:
    """All of them."""
    return Excusals(excused=[excusal(one) for one in found])
