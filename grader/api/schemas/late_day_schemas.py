"""The JSON of late days.

Owns field names, examples and descriptions; decides nothing.
"""

from typing import Annotated

import pydantic

from grader.course import late_days
from grader.http import request_faults
from grader.service import late_days as accounts


class LateDayChange(request_faults.SentBody):
    """Days that staff give a student, or take."""

    days: Annotated[int, pydantic.Field(ge=-late_days.MOST, le=late_days.MOST)] = pydantic.Field(
        description="negative: taken", examples=[1]
    )
    reason: str = pydantic.Field("", max_length=1000)


class StudentLateDays(pydantic.BaseModel):
    """A student's late days over the term."""

    student: str
    given: int
    left: int
    spent: dict[str, int] = pydantic.Field(
        description="homework -> days; only where some are spent"
    )


class LateDayAccounts(pydantic.BaseModel):
    """Everybody's, by login."""

    students: list[StudentLateDays]


class OwnLateDays(pydantic.BaseModel):
    """The caller's late days, seen from one homework."""

    given: int
    left: int
    usable: int = pydantic.Field(description="that a submission for this homework may spend")
    spent: int = pydantic.Field(description="by the submission that counts here")


def account(one: accounts.StudentAccount) -> StudentLateDays:
    """A student's account."""
    spent = {slug: days.spent for slug, days in one.account.homeworks.items() if days.spent}
    return StudentLateDays(
        student=one.student, given=one.account.given, left=one.account.left, spent=spent
    )


def own(account: late_days.LateDayAccount | None, slug: str) -> OwnLateDays | None:
    """The caller's, for a homework."""
    if account is None:
        return None
    days = account.homeworks.get(slug, late_days.HomeworkDays(0, 0))
    return OwnLateDays(given=account.given, left=account.left, usable=days.usable, spent=days.spent)
