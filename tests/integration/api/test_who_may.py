"""Every route for every kind of caller: the answers are written down here, all of them.

A route that is not in the table fails the test, and so does one that is gone.
"""

import pytest

from tests.support.course_client import World

# anonymous, the owner, another student, instructor, admin, CI, TA
CALLERS = (None, "ann", "bob", "eve", "root", "robot", "tim")
OPEN = (200, 200, 200, 200, 200, 200, 200)
SIGNED_IN = (401, 200, 200, 200, 200, 200, 200)
OWN = (401, 200, 404, 200, 200, 200, 200)
STAFF = (401, 403, 403, 200, 200, 200, 200)
MARKERS = (401, 403, 403, 200, 200, 403, 200)
TEACHERS = (401, 403, 403, 200, 200, 403, 403)


def regraders(status):
    return (401, 403, 403, status, status, status, 403)


def markers(status):
    return (401, 403, 403, status, status, 403, status)


def teachers(status):
    return (401, 403, 403, status, status, 403, 403)


TABLE = {
    "GET /healthz": OPEN,
    "GET /readyz": OPEN,
    "GET /metrics": (403,) * 7,  # nobody from elsewhere by a person's token
    "GET /api/assignments": SIGNED_IN,
    "GET /api/assignments/{slug}": SIGNED_IN,
    "GET /api/assignments/{slug}/template.zip": SIGNED_IN,
    "GET /api/assignments/{slug}/submissions": SIGNED_IN,
    "POST /api/assignments/{slug}/submissions": (401, 202, 202, 202, 202, 202, 202),
    "GET /api/submissions/{submission_id}": OWN,
    "GET /api/submissions/{submission_id}/report": OWN,
    "GET /api/submissions/{submission_id}/events": OWN,
    # It has been graded: there is nothing to call off any more.
    "POST /api/submissions/{submission_id}/cancel": (401, 409, 404, 409, 409, 409, 403),
    # The assignment's rule is the latest one; only instructors stand above it.
    "PUT /api/submissions/{submission_id}/active": (401, 409, 404, 200, 200, 409, 409),
    "DELETE /api/submissions/{submission_id}/active": (401, 409, 404, 200, 409, 409, 409),
    "GET /api/submissions/{submission_id}/files": OWN,
    "GET /api/submissions/{submission_id}/compare": OWN,
    "GET /api/submissions/{submission_id}/annotations": OWN,
    "POST /api/submissions/{submission_id}/annotations": markers(201),
    "PUT /api/annotations/{annotation_id}": markers(404),
    "GET /api/submissions/{submission_id}/marks": MARKERS,
    "PUT /api/submissions/{submission_id}/marks/{task}": MARKERS,
    "GET /api/assignments/{slug}/extensions": MARKERS,
    "PUT /api/assignments/{slug}/extensions/{student}": TEACHERS,
    "DELETE /api/assignments/{slug}/extensions/{student}": (401, 403, 403, 204, 404, 403, 403),
    "GET /api/assignments/{slug}/schedule": MARKERS,
    "PATCH /api/assignments/{slug}/schedule": TEACHERS,
    "GET /api/late-days": MARKERS,
    # This course has none.
    "POST /api/late-days/{student}": teachers(422),
    "GET /api/assignments/{slug}/gradebook.csv": MARKERS,
    "GET /api/assignments/{slug}/unmarked": MARKERS,
    "GET /api/assignments/{slug}/markers": MARKERS,
    "PUT /api/assignments/{slug}/markers": TEACHERS,
    "GET /api/assignments/{slug}/rubrics": MARKERS,
    "PUT /api/assignments/{slug}/rubrics/{task}": MARKERS,
    # Grades are not published.
    "POST /api/submissions/{submission_id}/requests": (401, 403, 404, 403, 403, 403, 403),
    "GET /api/submissions/{submission_id}/requests": OWN,
    "GET /api/assignments/{slug}/requests": MARKERS,
    "GET /api/requests/{request_id}": (401, 404, 404, 404, 404, 404, 404),
    "POST /api/requests/{request_id}/messages": (401, 404, 404, 404, 404, 404, 404),
    "GET /api/assignments/{slug}/statistics": MARKERS,
    "GET /api/assignments/{slug}/similarity": markers(202),  # being compared
    "GET /api/audit": TEACHERS,
    "GET /api/messages": SIGNED_IN,
    "PUT /api/messages": SIGNED_IN,
    "GET /api/messages/outbox": TEACHERS,
    "GET /api/waiting": TEACHERS,
    "GET /api/roster": TEACHERS,
    "POST /api/roster": TEACHERS,
    # Of ann's tokens.
    "GET /api/users/{name}/tokens": (401, 200, 403, 200, 200, 403, 403),
    "POST /api/users/{name}/tokens": (401, 201, 403, 201, 201, 403, 403),
    "DELETE /api/users/{name}/tokens/{token_id}": (401, 404, 403, 404, 404, 403, 403),
    "POST /api/assignments/{slug}/batches": regraders(202),
    "POST /api/assignments/{slug}/regrades": regraders(202),
    "GET /api/regrades/{group_id}/diff": STAFF,
    # Still being graded.
    "POST /api/regrades/{group_id}/apply": regraders(409),
    "POST /api/regrades/{group_id}/revert": regraders(409),
    "GET /api/batches/{group_id}/report.csv": STAFF,
    **{
        f"{verb} /api/{kind}/{{group_id}}{rest}": expected
        for kind in ("batches", "regrades")
        for verb, rest, expected in (
            ("GET", "", STAFF),
            # An instructor, an administrator and CI one after the other; a TA reads.
            ("POST", "/pause", (401, 403, 403, 200, 409, 409, 403)),
            ("POST", "/resume", (401, 403, 403, 200, 409, 409, 403)),
            ("POST", "/cancel", (401, 403, 403, 200, 409, 409, 403)),
            ("GET", "/events", STAFF),  # asked for last: it ends with its group
        )
    },
}


@pytest.fixture
def world(store, uploads, course):
    return World(store, uploads, course)


def routes_of(world):
    paths = world.client.get("/openapi.json").json()["paths"]
    return {f"{verb.upper()} {path}" for path, verbs in paths.items() for verb in verbs}


def test_each_route_answers_each_caller_as_written_down(world):
    assert routes_of(world) == TABLE.keys()
    told = {route: tuple(world.ask(route, who) for who in CALLERS) for route in TABLE}
    assert told == TABLE
