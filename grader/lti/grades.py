"""Assignment and Grade Services: columns of a platform's gradebook, and scores for them.

Owns addresses, types and what an answer means. When a score is sent is `grader.service.lti_scores`'
decision; it only sends scores that are final, because in Canvas and Moodle any other wipes the
grade that somebody has.
"""

import datetime
import enum
import math
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction
from typing import Any, Final

from grader import errors
from grader.lti import service_access, transport

ITEM: Final = "application/vnd.ims.lis.v2.lineitem+json"
ITEMS: Final = "application/vnd.ims.lis.v2.lineitemcontainer+json"
SCORE: Final = "application/vnd.ims.lis.v1.score+json"
RESULTS: Final = "application/vnd.ims.lis.v2.resultcontainer+json"
CANVAS: Final = "https://canvas.instructure.com/lti/submission"
MAX_LABEL: Final = 100  # Open edX takes no more
MAX_TAG: Final = 50
CLOSE_ENOUGH: Final = 0.0005  # of a result that comes back as a decimal


class Meaning(enum.StrEnum):
    """What a platform's answer to a score means."""

    TAKEN = "taken"
    OLDER = "older"  # it has one with this time or a later one
    NO_SUCH_COLUMN = "no such column"
    NO_GRADE = "no grade"  # for this person, or not in this form
    LATER = "later"


@dataclass(frozen=True, slots=True)
class Column:
    """A column for a homework, as we ask for it."""

    title: str
    homework: str
    maximum: Fraction
    link_id: str = ""


@dataclass(frozen=True, slots=True)
class FinalScore:
    """A final score of one person.

    Attributes:
        at: when it was set; later for each change of it.
        is_new_work: whether it is about another submission than the score before.
    """

    subject: str
    points: Fraction
    maximum: Fraction
    comment: str
    at: datetime.datetime
    submitted_at: datetime.datetime
    is_new_work: bool


def below(url: str, name: str) -> str:
    """The address of a column's scores or results; Moodle's columns have a query."""
    parts = urllib.parse.urlsplit(url)
    return parts._replace(path=f"{parts.path.rstrip('/')}/{name}").geturl()


def moment(at: datetime.datetime) -> str:
    """A time as every platform reads it: UTC, with milliseconds."""
    return at.astimezone(datetime.UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def column_address(access: service_access.Access, url: str, column: Column) -> str:
    """The address of the platform's column for a homework; made where there is none.

    Raises:
        Undelivered: the platform does not allow it.
    """
    wanted = [service_access.LINE_ITEMS]
    query = urllib.parse.urlencode({"resource_id": column.homework})
    joint = "&" if urllib.parse.urlsplit(url).query else "?"
    listed = access.call("GET", f"{url}{joint}{query}", wanted, accept=ITEMS)
    if not listed.is_good:
        raise errors.Undelivered(f"The LMS does not list its columns ({listed.in_words()}).")
    if found := _ours(listed.json(), column):
        return found
    made = access.call("POST", url, wanted, accept=ITEM, sent_as=ITEM, body=as_sent(column))
    document = made.json() if made.is_good else {}
    address = document.get("id") if isinstance(document, dict) else None
    if not isinstance(address, str):
        raise errors.Undelivered(f"The LMS made no column ({made.in_words()}).")
    return address


def as_sent(column: Column) -> dict[str, Any]:
    """A column as platforms take it: a whole maximum, no empty members."""
    described: dict[str, Any] = {
        "scoreMaximum": max(1, math.ceil(column.maximum)),
        "label": column.title[:MAX_LABEL],
        "resourceId": column.homework,
        "tag": column.homework[:MAX_TAG],
    }
    return described | ({"resourceLinkId": column.link_id} if column.link_id else {})


def _ours(document: object, column: Column) -> str:
    """Platforms may leave the filter aside."""
    for one in document if isinstance(document, list) else ():
        address = one.get("id") if isinstance(one, dict) else None
        if isinstance(address, str) and one.get("resourceId") == column.homework:
            return address
    return ""


def score_as_sent(score: FinalScore) -> dict[str, Any]:
    """A score as platforms take it."""
    return {
        "userId": score.subject,
        "scoreGiven": _decimal(score.points),
        "scoreMaximum": _decimal(score.maximum),
        "comment": score.comment,
        "timestamp": moment(score.at),
        "activityProgress": "Completed",
        "gradingProgress": "FullyGraded",
        CANVAS: {
            "new_submission": score.is_new_work,
            "submitted_at": moment(score.submitted_at),
        },
    }


def _decimal(points: Fraction) -> float | int:
    return points.numerator if points.denominator == 1 else round(float(points), 4)


def send(access: service_access.Access, url: str, score: FinalScore) -> transport.Answer:
    """Send a score to a column."""
    return access.call(
        "POST",
        below(url, "scores"),
        [service_access.SCORES],
        sent_as=SCORE,
        body=score_as_sent(score),
    )


def meaning(answer: transport.Answer, *, again: bool) -> Meaning:
    """What the answer to a score says.

    Args:
        again: it was sent before, and the answer was lost. Then "too old" means that it is there.
    """
    if answer.is_good:
        return Meaning.TAKEN
    match answer.status:
        case 409:
            return Meaning.OLDER
        case 400 if again:
            return Meaning.OLDER
        case 404 | 410:
            return Meaning.NO_SUCH_COLUMN
        case 400 | 405 | 406 | 413 | 415 | 422:
            return Meaning.NO_GRADE
    return Meaning.LATER


def is_there(access: service_access.Access, url: str, score: FinalScore) -> bool | None:
    """Whether the platform has this very score; None where it does not say."""
    query = urllib.parse.urlencode({"user_id": score.subject})
    address = below(url, "results")
    joint = "&" if urllib.parse.urlsplit(address).query else "?"
    try:
        answer = access.call(
            "GET", f"{address}{joint}{query}", [service_access.RESULTS], accept=RESULTS
        )
        listed = answer.json() if answer.is_good else None
    except errors.Undelivered:
        return None
    if not isinstance(listed, list):
        return None
    theirs = [one for one in listed if isinstance(one, dict) and _is_about(one, score)]
    return any(_is_same(one, score) for one in theirs)


def _is_about(one: Mapping[str, Any], score: FinalScore) -> bool:
    return str(one.get("userId")) == score.subject


def _is_same(one: Mapping[str, Any], score: FinalScore) -> bool:
    points, maximum = one.get("resultScore"), one.get("resultMaximum", 1)
    if not isinstance(points, int | float) or not isinstance(maximum, int | float) or not maximum:
        return False
    return abs(points / maximum - float(score.points / score.maximum)) < CLOSE_ENOUGH
