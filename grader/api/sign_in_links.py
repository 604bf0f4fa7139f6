"""Sign-in links for everybody of a course who has none. For instructors only.

Owns these routes; who gets one is `grader.service.sign_in_links`'.
"""

from fastapi import APIRouter, Request, Response

from grader.api import callers
from grader.api.schemas import staff_schemas
from grader.http import csv_stream, dependencies, problems, public_address
from grader.service import sign_in_links

router = APIRouter()

_LINKS = problems.described(**callers.INSTRUCTORS_ONLY, **callers.NO_COURSE)


@router.post(
    "/api/roster/sign-in-mails",
    responses=_LINKS | problems.described(s409="the service sends no mail"),
)
def mail(
    services: dependencies.Services, user: callers.Instructor, _course: callers.NamedCourse
) -> staff_schemas.MailedLinks:
    """Mail a sign-in link to everybody of the course who has no token, once.

    Who has no address on the roster is named in `without_address`.
    """
    done = sign_in_links.mail(services, user)
    return staff_schemas.MailedLinks(
        mailed=list(done.mailed), without_address=list(done.without_address)
    )


@router.post(
    "/api/roster/sign-in-links.csv",
    response_class=Response,
    responses=_LINKS
    | {200: {"content": {csv_stream.MEDIA_TYPE: {}}, "description": "the table, this once"}},
)
def table(
    request: Request,
    services: dependencies.Services,
    user: callers.Instructor,
    _course: callers.NamedCourse,
) -> Response:
    """Make a link for everybody of the course who has no token: a table for a mail merge.

    Links and tokens are shown this once; the second time the table is empty.
    """
    made = sign_in_links.table(services, user, public_address.own(request))
    return Response(made, media_type=csv_stream.MEDIA_TYPE)
