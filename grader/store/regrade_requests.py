"""Statements about regrade requests: ask, answer, close, list.

Owns their SQL. When one may ask is `course.regrade_requests`'s, who may
`service.regrade_requests`'s.
"""

import datetime
import uuid
from typing import Final, LiteralString

from grader.course import regrade_requests
from grader.notify import kinds
from grader.store import attribution, audit, database, notices, rows

WAITS: Final = kinds.StaffKind.REQUESTS

ADD = """
INSERT INTO regrade_requests (submission_id, task) VALUES (%(submission_id)s, %(task)s)
ON CONFLICT (submission_id, task) WHERE state <> 'closed' DO NOTHING
RETURNING id, (SELECT assignment FROM submissions s WHERE s.id = submission_id) AS assignment"""

SAY = """
INSERT INTO regrade_request_messages (request_id, author, by_staff, text)
VALUES (%(id)s, %(author)s, %(by_staff)s, %(text)s)"""

# A closed request stays closed; two who answer at once wait for each other here.
MOVE = """
UPDATE regrade_requests r SET state = %(state)s FROM submissions s
 WHERE r.id = %(id)s AND s.id = r.submission_id AND r.state <> 'closed'
RETURNING s.assignment, r.submission_id, r.task"""

FIND: LiteralString = (
    """
SELECT r.id, r.submission_id, s.assignment, r.task, r.state, r.asked_at,
       """  # noqa: S608  # literals, no input
    + attribution.SHOWN
    + """ AS student, m.messages
  FROM regrade_requests r
  JOIN submissions s ON s.id = r.submission_id
  JOIN users u ON u.id = s.user_id
 CROSS JOIN LATERAL (
       SELECT jsonb_agg(jsonb_build_object('at', at, 'author', author, 'by_staff', by_staff,
                                           'text', text) ORDER BY id) AS messages
         FROM regrade_request_messages WHERE request_id = r.id) m"""
)

OF_SUBMISSION = FIND + """ WHERE r.submission_id = %(submission_id)s ORDER BY r.id"""
OF_ASSIGNMENT = (
    FIND
    + """ WHERE s.assignment = %(assignment)s AND (%(closed)s OR r.state <> 'closed')
 ORDER BY r.state = 'open' DESC, r.state = 'closed', r.id LIMIT %(most)s"""
)
ONE = FIND + """ WHERE r.id = %(id)s"""


def ask(
    db: database.Database, submission_id: uuid.UUID, task: str, author: str, text: str
) -> int | None:
    """Store a request; its id, None when one about this task is not closed yet."""
    with db.transaction() as connection:
        new = {"submission_id": submission_id, "task": task}
        row = database.fetch_one(connection, ADD, **new)
        if row is None:
            return None
        said = {"id": row["id"], "author": author, "by_staff": False, "text": text}
        connection.execute(SAY, said)
        notices.for_staff(connection, WAITS, row["assignment"], submission_id)
        return int(row["id"])


def reply(
    db: database.Database,
    request_id: int,
    user: rows.User,
    text: str,
    state: regrade_requests.RequestState,
    *,
    by_staff: bool,
) -> bool:
    """Add a message and say whose turn it is; False when the request is closed already."""
    with db.transaction() as connection:
        moved = database.fetch_one(connection, MOVE, id=request_id, state=state)
        if moved is None:
            return False
        author = user.title if by_staff else user.name
        if text:
            said = {"id": request_id, "author": author, "by_staff": by_staff, "text": text}
            connection.execute(SAY, said)
        if state is regrade_requests.RequestState.OPEN:
            notices.for_staff(connection, WAITS, moved["assignment"], moved["submission_id"])
        if by_staff:
            detail = {"task": moved["task"], "state": state}
            audit.note(
                connection,
                author,
                "regrade request answered",
                assignment=moved["assignment"],
                subject=str(moved["submission_id"]),
                detail=detail,
            )
        return True


def one(db: database.Database, request_id: int) -> regrade_requests.RegradeRequest | None:
    """A request; None when there is none."""
    row = db.one(ONE, id=request_id)
    return _request(row) if row else None


def of_submission(
    db: database.Database, submission_id: uuid.UUID
) -> list[regrade_requests.RegradeRequest]:
    """All requests about a submission, oldest first."""
    with db.transaction() as connection:
        found = connection.execute(OF_SUBMISSION, {"submission_id": submission_id})
        return [_request(row) for row in found]


def of_assignment(
    db: database.Database, assignment: str, most: int, *, closed: bool
) -> list[regrade_requests.RegradeRequest]:
    """Requests about an assignment: those that wait for staff first, `closed` ones if asked for."""
    values = {"assignment": assignment, "most": most, "closed": closed}
    with db.transaction() as connection:
        return [_request(row) for row in connection.execute(OF_ASSIGNMENT, values)]


def _request(row: rows.Row) -> regrade_requests.RegradeRequest:
    messages = tuple(_message(message) for message in row["messages"])
    state = regrade_requests.RequestState(row["state"])
    return regrade_requests.RegradeRequest(**row | {"state": state, "messages": messages})


def _message(message: rows.Row) -> regrade_requests.RequestMessage:
    at = datetime.datetime.fromisoformat(message["at"])
    return regrade_requests.RequestMessage(**message | {"at": at})
