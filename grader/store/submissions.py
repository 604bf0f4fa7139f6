"""Statements about submissions: accept one, read one with its newest run, read its report."""

import contextlib
import uuid
from collections.abc import Callable, Mapping, Sequence
from typing import Final, LiteralString

from grader import errors, models
from grader.course import permissions
from grader.store import attribution, codec, database, extensions, people, queue, rows, teams

SAME_UPLOAD_S = 60.0  # equal bytes of one student within it are one submission
UPLOADS_PER_HOUR = 60  # of one student; each costs disk until the next has superseded it
ETA_SAMPLE = 20  # finished runs the estimate rests on

ADD = """
INSERT INTO submissions (id, user_id, assignment, upload_sha256, upload_bytes, content_sha256,
                         idempotency_key, label, received, created_at, writeup_sha256, team_id)
VALUES (%(id)s, %(user_id)s, %(assignment)s, %(upload_sha256)s, %(upload_bytes)s,
        %(content_sha256)s, %(idempotency_key)s, %(label)s, %(received)s,
        coalesce(%(submitted_at)s::timestamptz, now()),
        coalesce(nullif(%(writeup_sha256)s, ''), %(content_sha256)s), %(team_id)s)
ON CONFLICT (user_id, idempotency_key) DO NOTHING
RETURNING id"""

ADD_RUN: LiteralString = (
    """
WITH run AS (
    INSERT INTO runs (submission_id, number, priority, lock, group_id, notes, moved_by, moved_why)
    SELECT %(id)s, 1, %(priority)s, %(lock)s, %(group_id)s, %(notes)s::text[],"""  # noqa: S608  # literals, no input
    + people.TITLE
    + """, 'submitted'
      FROM users u, (SELECT %(assignment)s::text AS assignment) s WHERE u.id = %(user_id)s
 RETURNING id)
UPDATE submissions s SET current_run_id = run.id FROM run WHERE s.id = %(id)s
RETURNING run.id"""
)

# Two uploads of one user or team at once would each overlook the other; the second waits here.
LOCK_USERS = """
SELECT id FROM users WHERE id = ANY(%(members)s) ORDER BY id FOR NO KEY UPDATE"""

ADD_MATES = """
INSERT INTO submission_mates (submission_id, user_id)
SELECT %(id)s, mate FROM unnest(%(members)s::bigint[]) mate WHERE mate <> %(user_id)s"""

# Whoever is in a team that has submitted does not choose any more who else is in it.
UNINVITE = """
DELETE FROM team_invitations
 WHERE assignment = %(assignment)s
   AND (inviter_id = ANY(%(members)s) OR invited_id = ANY(%(members)s))"""

# Of a row `s`: it is nobody's but who submits together now.
OF_NO_OTHERS: Final[LiteralString] = """
NOT EXISTS (SELECT FROM submission_mates mate
             WHERE mate.submission_id = s.id AND mate.user_id <> ALL(%(members)s))"""

# A second click, a page without script, a lost answer: what was stored a moment ago.
JUST_NOW: LiteralString = (
    """
SELECT s.id FROM submissions s JOIN runs r ON r.id = s.current_run_id
 WHERE s.user_id = ANY(%(members)s) AND s.assignment = %(assignment)s AND s.label = ''
   AND s.content_sha256 = %(content_sha256)s AND s.team_id IS NOT DISTINCT FROM %(team_id)s
   AND NOT EXISTS (SELECT FROM unnest(%(members)s::bigint[]) member
                    WHERE member <> s.user_id AND NOT EXISTS (
                          SELECT FROM submission_mates mate
                           WHERE mate.submission_id = s.id AND mate.user_id = member))
   AND"""  # noqa: S608  # literals, no input
    + OF_NO_OTHERS
    + """
   AND r.queued_at > now() - make_interval(secs => %(same_s)s)
   AND r.state NOT IN ('cancelled', 'superseded', 'failed')
 ORDER BY r.id DESC LIMIT 1"""
)

# By the clock of the database: when an upload began is what its sender says, within bounds.
PACE = """
SELECT count(*) AS n, min(r.queued_at) + interval '1 hour' AS again_at
  FROM submissions s LEFT JOIN runs r ON r.submission_id = s.id AND r.number = 1
 WHERE s.user_id = %(user_id)s AND s.label = ''
   AND coalesce(r.queued_at, now()) > now() - interval '1 hour'"""

# What is also the work of somebody who has left the team since is graded for them.
SUPERSEDE: LiteralString = (
    """
UPDATE runs r
   SET state = 'superseded', finished_at = now(), moved_by = 'service',
       moved_why = 'its student submitted ' || %(id)s::text
  FROM submissions s
 WHERE s.user_id = ANY(%(members)s) AND s.assignment = %(assignment)s AND s.id <> %(id)s
   AND r.submission_id = s.id AND r.state = 'queued' AND r.lock = %(lock)s
   AND"""
    + OF_NO_OTHERS
    + """
RETURNING r.job_id"""
)

# The newest result of equal bytes under the same suite.
REUSE = """
WITH equal AS (
    SELECT x.report, r.version FROM submissions s
      JOIN runs r ON r.submission_id = s.id AND r.state = 'done'
      JOIN results x ON x.run_id = r.id
     WHERE s.assignment = %(assignment)s AND s.content_sha256 = %(content_sha256)s
       AND x.suite_version = %(suite_version)s
     ORDER BY r.id DESC LIMIT 1),
answered AS (
    UPDATE runs SET state = 'done', finished_at = now(), moved_by = 'service',
                    moved_why = 'an equal upload was graded by the same suite',
                    version = (SELECT version FROM equal)
     WHERE id = %(run_id)s AND EXISTS (SELECT FROM equal)
 RETURNING id)
INSERT INTO results (run_id, attempt, report)
SELECT answered.id, 0, equal.report FROM answered, equal
RETURNING run_id"""

BY_KEY = """
SELECT id FROM submissions
 WHERE user_id = %(user_id)s AND idempotency_key = %(idempotency_key)s"""

# The right to see it is part of the question: another's submission is simply not there.
GET: LiteralString = (
    """
SELECT s.id, s.user_id, s.assignment, s.content_sha256, s.created_at,
       ARRAY(SELECT own.id FROM ("""  # noqa: S608  # literals, no input
    + attribution.ALL_OWNERS
    + """) own ORDER BY NOT %(sees_all)s AND own.id = %(user_id)s DESC, own.id = s.user_id DESC,
                            own.id) AS owners,
       ARRAY(SELECT mate.user_id FROM submission_mates mate WHERE mate.submission_id = s.id)
       AS mates,
       CASE WHEN"""
    + attribution.IS_SHARED
    + " THEN"
    + attribution.SHOWN
    + """ ELSE '' END AS team,
       r.id AS run_id, r.state, r.attempt, r.tests_done, r.tests_total, r.reasons,
       r.started_at, r.finished_at, r.version, r.notes,"""  # literals, no input
    + attribution.EXTENSION
    + " AS extension,"
    + attribution.CAN_BE_LATE
    + " AS can_be_late,"
    + queue.PLACE
    + """ AS position
  FROM submissions s
  JOIN runs r ON r.id = s.current_run_id
  JOIN users u ON u.id = s.user_id
 WHERE s.id = %(id)s
   AND (%(sees_all)s OR"""
    + attribution.IS_OWN
    + """)
   AND (%(course)s = '' OR %(course)s ="""
    + people.COURSE
    + ")"
)

# The newest of an assignment, or those before one; staff see everybody's.
RECENT: LiteralString = (
    """
SELECT s.id, s.created_at, s.user_id, """  # noqa: S608  # literals, no input
    + attribution.SHOWN
    + """ AS user_name,
       CASE WHEN %(sees_all)s THEN s.user_id ELSE %(user_id)s END AS student_id,
       s.label <> '' AS by_staff, u.name AS sender,
       r.id AS run_id, r.state,"""  # literals, no input
    + attribution.EXTENSION
    + " AS extension,"
    + attribution.CAN_BE_LATE
    + """ AS can_be_late
  FROM submissions s
  JOIN users u ON u.id = s.user_id
  JOIN runs r ON r.id = s.current_run_id
 WHERE s.assignment = %(assignment)s
   AND (%(sees_all)s OR"""
    + attribution.IS_OWN
    + """)
   AND (%(before)s::uuid IS NULL OR (s.created_at, s.id) <
        (SELECT created_at, id FROM submissions WHERE id = %(before)s))
 ORDER BY s.created_at DESC, s.id DESC
 LIMIT %(most)s"""
)

REPORTS = """
SELECT run_id, report::text AS report FROM results WHERE run_id = ANY(%(run_ids)s)"""

REPORT = """
SELECT report::text AS report FROM results WHERE run_id = %(run_id)s"""

# Mean seconds of the newest finished runs of an assignment.
MEAN_RUN_S = """
SELECT avg(extract(epoch FROM finished_at - started_at)) AS seconds
  FROM (SELECT r.started_at, r.finished_at
          FROM runs r JOIN submissions s ON s.id = r.submission_id
         WHERE s.assignment = %(assignment)s AND r.state = 'done' AND r.started_at IS NOT NULL
         ORDER BY r.id DESC LIMIT %(sample)s) AS newest"""


def accept(
    db: database.Database,
    new: rows.NewSubmission,
    enqueue: Callable[[database.Connection, int], None],
    suite_version: str = "",
) -> uuid.UUID:
    """Insert the submission, its first run and its job in one transaction.

    Args:
        enqueue: adds the job for a run id on the given connection.
        suite_version: answer by the result of an equal upload under this version, if there is one.

    Returns:
        The submission's id; an older one when the user has used the idempotency key before, or has
        submitted the same bytes within `SAME_UPLOAD_S`.

    Raises:
        TooManyAttempts: the allowance is used up; nothing is stored or superseded.
    """
    with db.transaction() as connection:
        values = _values(new) | _team(connection, new)
        if older := _add(connection, new, values):
            return older
        run_id = _add_run(connection, values)
        known = {"run_id": run_id, "suite_version": suite_version, **values}
        if not suite_version or database.fetch_one(connection, REUSE, **known) is None:
            enqueue(connection, run_id)
        return new.id


def require_acceptable(db: database.Database, new: rows.NewSubmission) -> None:
    """Whether `accept` would take a submission now, asked before its bytes are stored.

    Raises:
        TooManyAttempts: it would not; nothing is stored or superseded.
    """
    with contextlib.suppress(_Undone), db.transaction() as connection:
        _add(connection, new, _values(new) | _team(connection, new))
        raise _Undone


class _Undone(Exception):
    """Rolls a transaction back that was only a question."""


def _add(
    connection: database.Connection, new: rows.NewSubmission, values: Mapping[str, object]
) -> uuid.UUID | None:
    """Insert a submission without a run; the id of an older one that this one repeats."""
    if new.one_at_a_time:
        connection.execute(LOCK_USERS, values)
        same = {"same_s": SAME_UPLOAD_S, **values}
        if twin := database.fetch_one(connection, JUST_NOW, **same):
            return uuid.UUID(str(twin["id"]))
    if database.fetch_one(connection, ADD, **values) is None:
        older = database.fetch_one(connection, BY_KEY, **values)
        assert older is not None  # the conflict was with a committed row
        return uuid.UUID(str(older["id"]))
    if new.one_at_a_time:
        connection.execute(ADD_MATES, values)
        if values["team_id"]:
            connection.execute(UNINVITE, values)
        _require_pace(connection, values)
        late = connection.execute(SUPERSEDE, values).fetchall()
        queue.drop(connection, [row["job_id"] for row in late])
    _require_allowance(connection, new, values)
    return None


def _require_pace(connection: database.Connection, values: Mapping[str, object]) -> None:
    """Raises TooManyUploads if the student has sent too many within the hour, graded or not."""
    row = database.fetch_one(connection, PACE, **values)
    if row and row["n"] > UPLOADS_PER_HOUR:  # this one among them
        raise errors.TooManyUploads(UPLOADS_PER_HOUR, row["again_at"])


def add_to_batch(
    connection: database.Connection, new: rows.NewSubmission, batch_id: uuid.UUID
) -> int:
    """Insert a submission of a batch with its run in the caller's transaction; the run's id."""
    values = _values(new) | {"priority": models.Priority.BATCH, "group_id": batch_id}
    connection.execute(ADD, values)
    return _add_run(connection, values)


def _team(connection: database.Connection, new: rows.NewSubmission) -> dict[str, object]:
    """The sender's team as it is now, which does not change until the upload is stored."""
    if not new.in_team:
        return {}
    teams.hold(connection, new.assignment)
    team_id, members = teams.now(connection, new.assignment, new.user_id)
    known: dict[str, object] = {"team_id": team_id, "members": members}
    return known | ({"lock": f"team {team_id} {new.assignment}"} if team_id else {})


def _require_allowance(
    connection: database.Connection, new: rows.NewSubmission, values: Mapping[str, object]
) -> None:
    """Count under the users' locks, so that two uploads at once cannot share one attempt."""
    if (allowed := new.allowance) is None:
        return
    known = {name: values[name] for name in ("members", "assignment")}
    used = database.fetch_one(connection, extensions.USED, **known, since=allowed.since)
    if used and used["n"] >= allowed.most:
        raise errors.TooManyAttempts(allowed.most, allowed.until)


def _values(new: rows.NewSubmission) -> dict[str, object]:
    values = {name: getattr(new, name) for name in new.__slots__}
    lock = f"user {new.user_id} {new.assignment}" if new.one_at_a_time else None
    alone = {"team_id": None, "members": [new.user_id]}
    values["notes"] = [codec.plain_text(note) for note in new.notes]
    return (
        values | alone | {"priority": models.Priority.INTERACTIVE, "lock": lock, "group_id": None}
    )


def _add_run(connection: database.Connection, values: Mapping[str, object]) -> int:
    run = database.fetch_one(connection, ADD_RUN, **values)
    assert run is not None  # the user is there, or ADD would have failed
    return int(run["id"])


def get(
    db: database.Database, submission_id: uuid.UUID, viewer: rows.User
) -> rows.Submission | None:
    """A submission the viewer may see, else None."""
    sees_all = permissions.is_staff(viewer.role)
    values = {"user_id": viewer.id, "sees_all": sees_all, "course": viewer.course}
    row = db.one(GET, id=submission_id, **values)
    return rows.submission(row) if row else None


def recent(
    db: database.Database,
    assignment: str,
    viewer: rows.User,
    most: int,
    before: uuid.UUID | None = None,
) -> list[rows.SubmissionRow]:
    """The newest submissions of an assignment that the viewer may see, newest first.

    Args:
        before: only those older than this one.
    """
    values = {
        "assignment": assignment,
        "user_id": viewer.id,
        "sees_all": permissions.is_staff(viewer.role),
    }
    values |= {"most": most, "before": before}
    with db.transaction() as connection:
        return [rows.submission_row(row) for row in connection.execute(RECENT, values)]


def reports(db: database.Database, run_ids: Sequence[int]) -> dict[int, models.Report]:
    """The whole reports of those of the runs that have one."""
    with db.transaction() as connection:
        stored = connection.execute(REPORTS, {"run_ids": list(run_ids)})
        return {row["run_id"]: codec.report(row["report"]) for row in stored}


def report(db: database.Database, run_id: int) -> models.Report | None:
    """The whole report of a run, or None while there is none."""
    row = db.one(REPORT, run_id=run_id)
    return codec.report(row["report"]) if row else None


def mean_run_s(db: database.Database, assignment: str) -> float | None:
    """Mean seconds of recent runs; None when none has finished yet."""
    row = db.one(MEAN_RUN_S, assignment=assignment, sample=ETA_SAMPLE)
    return float(row["seconds"]) if row and row["seconds"] is not None else None
