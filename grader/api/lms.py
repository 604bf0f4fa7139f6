"""Learning platforms: registering them, their courses, and the scores that are sent there.

Owns these routes; what is allowed and done is `grader.service.lti_platforms`', `lti_courses`' and
`lti_scores`'. What platforms call themselves is `grader.web.lti`'s.
"""

from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from grader.api import callers
from grader.api.schemas import lms_schemas
from grader.http import dependencies, problems
from grader.service import lti_courses, lti_platforms, lti_scores

router = APIRouter()

Number = Annotated[int, Path(ge=1, le=2**63 - 1)]
ADMINS_ONLY = {**callers.UNAUTHORISED, "s403": "for administrators"}


@router.get(
    "/api/lms/platforms",
    dependencies=callers.FOR_INSTRUCTORS,
    responses=problems.described(**callers.INSTRUCTORS_ONLY),
)
def platforms(services: dependencies.Services) -> lms_schemas.Platforms:
    """Every LMS that is registered."""
    found = lti_platforms.every(services)
    return lms_schemas.Platforms(platforms=[lms_schemas.platform(one) for one in found])


@router.post(
    "/api/lms/platforms",
    status_code=201,
    responses=problems.described(
        **ADMINS_ONLY,
        s409="the service does not know its own address",
        s422="the registration cannot be used; `reasons` says why",
    ),
)
def register(
    given: lms_schemas.NewPlatform, services: dependencies.Services, user: callers.Instructor
) -> lms_schemas.Platform:
    """Register an LMS, or change the registration of this issuer and client id."""
    platform, _ = lti_platforms.register(services, user, lms_schemas.registration(given))
    return lms_schemas.platform(platform)


@router.delete(
    "/api/lms/platforms/{platform_id}",
    status_code=204,
    responses=problems.described(**ADMINS_ONLY, s404="no such LMS"),
)
def remove(
    platform_id: Number, services: dependencies.Services, user: callers.Instructor
) -> Response:
    """Remove an LMS with its courses and the list of what was sent there."""
    lti_platforms.remove(services, user, platform_id)
    return Response(status_code=204)


@router.post(
    "/api/lms/invitations",
    status_code=201,
    responses=problems.described(**ADMINS_ONLY, s409="the service does not know its own address"),
)
def invite(services: dependencies.Services, user: callers.Instructor) -> lms_schemas.Invitation:
    """Make an address by which an LMS registers itself (dynamic registration)."""
    return lms_schemas.Invitation(url=lti_platforms.invite(services, user))


@router.post("/api/lms/keys", status_code=201, responses=problems.described(**ADMINS_ONLY))
def rotate(
    new: lms_schemas.NewKey, services: dependencies.Services, user: callers.Instructor
) -> lms_schemas.KeySet:
    """Make another key of this service; the public keys that are published now."""
    made = lti_platforms.rotate_by(services, user, at_once=new.at_once)
    return lms_schemas.KeySet(keys=made["keys"])


@router.get(
    "/api/lms/courses",
    responses=problems.described(**callers.INSTRUCTORS_ONLY, **callers.NO_COURSE),
)
def courses(
    services: dependencies.Services, user: callers.Instructor, _course: callers.InCourse = ""
) -> lms_schemas.LmsCourses:
    """Courses of an LMS that wait to be accepted, then those that this course accepted."""
    found = lti_courses.every(services, user)
    return lms_schemas.LmsCourses(courses=[lms_schemas.course(one) for one in found])


@router.post(
    "/api/lms/courses/{course_id}/accept",
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such course"),
)
def accept(
    course_id: Number,
    services: dependencies.Services,
    user: callers.Instructor,
    _course: callers.NamedCourse,
) -> lms_schemas.LmsCourse:
    """Let people enter the course by a course of an LMS, and scores go there."""
    return lms_schemas.course(lti_courses.accept(services, user, course_id))


@router.delete(
    "/api/lms/courses/{course_id}",
    status_code=204,
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such course"),
)
def remove_course(
    course_id: Number,
    services: dependencies.Services,
    user: callers.Instructor,
    _course: callers.NamedCourse,
) -> Response:
    """Forget a course of an LMS: nobody enters by it any more. People stay on the roster."""
    lti_courses.remove(services, user, course_id)
    return Response(status_code=204)


@router.post(
    "/api/lms/courses/{course_id}/roster",
    responses=problems.described(
        **callers.INSTRUCTORS_ONLY,
        s404="no such course",
        s409="not accepted, the LMS gives no list of people, or most students would have dropped "
        "(`would_drop` has their logins); then nothing is changed",
    ),
)
def take_roster(
    course_id: Number,
    services: dependencies.Services,
    user: callers.Instructor,
    _course: callers.NamedCourse,
    confirm: Annotated[
        bool, Query(description="also if most of the students have dropped the course")
    ] = False,
) -> lms_schemas.RosterTaken:
    """Bring the course's people up to date with those of a course of an LMS.

    Who is no longer there has dropped the course. If these are most of the students, nothing is
    changed and the answer is 409, until `?confirm=true` says that they have.
    """
    taken = lti_courses.take_roster(services, user, course_id, confirm=confirm)
    return lms_schemas.roster(taken)


@router.get(
    "/api/assignments/{slug}/sent-scores",
    dependencies=callers.FOR_MARKERS,
    responses=problems.described(**callers.MARKERS_ONLY, s404="no such assignment"),
)
def sent_scores(
    slug: str,
    services: dependencies.Services,
    open_only: Annotated[bool, Query(description="only what waits or was refused")] = False,
) -> lms_schemas.SentScores:
    """Scores that were or will be sent to an LMS: what, when, and its answer."""
    found = lti_scores.sent(services, slug, open_only=open_only)
    return lms_schemas.scores(found, lti_scores.held_back(services, slug))


@router.post(
    "/api/assignments/{slug}/sent-scores",
    status_code=202,
    responses=problems.described(**callers.INSTRUCTORS_ONLY, s404="no such assignment"),
)
def send_again(
    slug: str, services: dependencies.Services, user: callers.Instructor
) -> lms_schemas.SentAgain:
    """Send what was refused or waits at once, and look at everybody's score again."""
    return lms_schemas.SentAgain(scores=lti_scores.send_again(services, user, slug))
