"""The JSON of learning platforms, their courses, and the scores that are sent there.

Owns field names, examples and descriptions; decides nothing.
"""

import dataclasses
import datetime
import uuid
from collections.abc import Iterable
from typing import Annotated, Any

import pydantic

from grader.http import request_faults
from grader.lti import platforms
from grader.service import lti_courses
from grader.store import lti_courses as stored_courses
from grader.store import lti_scores as stored_scores

Text = Annotated[str, pydantic.Field(max_length=platforms.MAX_TEXT)]


class NewPlatform(request_faults.SentBody):
    """A registration: what an LMS's administrator gives for a tool."""

    issuer: Text = pydantic.Field(examples=["https://canvas.instructure.com"])
    client_id: Text = pydantic.Field(examples=["10000000000042"])
    auth_url: Text = pydantic.Field(
        examples=["https://sso.canvaslms.com/api/lti/authorize_redirect"]
    )
    token_url: Text = pydantic.Field(examples=["https://sso.canvaslms.com/login/oauth2/token"])
    keys_url: Text = pydantic.Field(examples=["https://sso.canvaslms.com/api/lti/security/jwks"])
    name: Text = pydantic.Field("", description="what our pages call it")
    token_audience: Text = pydantic.Field("", description="where it differs from token_url")
    deployments: list[Text] = pydantic.Field(
        default_factory=list,
        max_length=platforms.MOST_DEPLOYMENTS,
        description="those that may launch; none: any",
    )


class Platform(NewPlatform):
    """A platform that is registered."""

    id: int


class Platforms(pydantic.BaseModel):
    """Several of them."""

    platforms: list[Platform]


class Invitation(pydantic.BaseModel):
    """An address by which one LMS registers itself."""

    url: str = pydantic.Field(description="shown this once; works once, within an hour")


class NewKey(request_faults.SentBody):
    """Another key of this service."""

    at_once: pydantic.StrictBool = pydantic.Field(
        False, description="it signs now: the old one has leaked"
    )


class KeySet(pydantic.BaseModel):
    """The public keys that are published now."""

    keys: list[dict[str, Any]]


class LmsCourse(pydantic.BaseModel):
    """A course of an LMS that somebody launched from."""

    id: int
    platform: int
    platform_name: str
    title: str
    context: str = pydantic.Field(description="the LMS's own number of it")
    deployment: str
    accepted_at: datetime.datetime | None = pydantic.Field(
        description="since when people enter by it and scores go there; null: they do not"
    )
    people: int
    homeworks: list[str]


class LmsCourses(pydantic.BaseModel):
    """Several of them."""

    courses: list[LmsCourse]


class RosterTaken(pydantic.BaseModel):
    """What a roster of an LMS did."""

    added: list[str] = pydantic.Field(description="logins of new accounts")
    known: int
    dropped: list[str] = pydantic.Field(description="who is no longer in the LMS course")
    skipped: list[str] = pydantic.Field(description="a sentence for each who was left out")


class SentScore(pydantic.BaseModel):
    """A score that was or will be sent."""

    id: uuid.UUID
    student: str
    course: str
    points: float
    maximum: float
    comment: str
    state: str = pydantic.Field(
        description="`waiting`, `sent`, `overtaken` by a newer one, or `refused`"
    )
    tries: int
    made_at: datetime.datetime
    timestamp: datetime.datetime = pydantic.Field(description="the time that the LMS is given")
    answered_at: datetime.datetime | None
    answer: str


class SentScores(pydantic.BaseModel):
    """Those of a homework, the newest first."""

    held_back: str = pydantic.Field(description="why some are not sent yet; empty: all are")
    scores: list[SentScore]


class SentAgain(pydantic.BaseModel):
    """How many scores are sent once more."""

    scores: int


def registration(given: NewPlatform) -> platforms.Registration:
    """A registration from JSON."""
    values = given.model_dump(exclude={"id"})
    return platforms.Registration(**values | {"deployments": tuple(given.deployments)})


def platform(found: platforms.Platform) -> Platform:
    """A platform as JSON."""
    values = dataclasses.asdict(found.registration)
    return Platform(id=found.id, **values | {"deployments": list(found.registration.deployments)})


def course(found: stored_courses.LmsCourse) -> LmsCourse:
    """A course as JSON."""
    return LmsCourse(
        id=found.id,
        platform=found.platform_id,
        platform_name=found.platform,
        title=found.title,
        context=found.context,
        deployment=found.deployment,
        accepted_at=found.accepted_at,
        people=found.people,
        homeworks=list(found.homeworks),
    )


def roster(taken: lti_courses.RosterTaken) -> RosterTaken:
    """What a roster did, as JSON."""
    return RosterTaken(
        added=list(taken.added),
        known=taken.known,
        dropped=list(taken.dropped),
        skipped=list(taken.skipped),
    )


def scores(found: Iterable[stored_scores.SentScore], held_back: str) -> SentScores:
    """Scores as JSON."""
    return SentScores(held_back=held_back, scores=[_score(one) for one in found])


def _score(one: stored_scores.SentScore) -> SentScore:
    return SentScore(
        id=one.id,
        student=one.student,
        course=one.course or one.context,
        points=float(one.points),
        maximum=float(one.maximum),
        comment=one.comment,
        state=one.state,
        tries=one.tries,
        made_at=one.made_at,
        timestamp=one.stamped_at,
        answered_at=one.answered_at,
        answer=one.answer,
    )
