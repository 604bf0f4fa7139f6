"""Statements about annotations: write one, change it, read those of a submission.

Owns the tables `annotations` and `annotation_versions`, whose versions are only ever added, and
`annotation_moves`: where lines stand in newer submissions. Which of them a submission shows is
`grader.course.annotations`'.
"""

import itertools
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict
from typing import LiteralString

from grader.course import annotations
from grader.store import attribution, audit, carried, database, notices, rows

# Those of others are for the people of this one: see `carried.SAME_PEOPLE`. Whether another one is
# the work of the first of them (`%(user_id)s`) is seen first, because it is quickly seen.
RELATED: LiteralString = (
    """
WITH me AS (
    SELECT s.*,"""  # noqa: S608  # literals, no input
    + carried.ALL_KNOWN
    + """ AS all_known
      FROM (SELECT s.id, s.label, s.assignment, s.created_at, s.writeup_sha256,"""
    + attribution.PEOPLE
    + """ AS people
              FROM submissions s WHERE s.id = %(id)s) s),
related AS MATERIALIZED (
    SELECT s.id, s.created_at, s.writeup_sha256
      FROM me JOIN submissions s ON s.assignment = me.assignment
     WHERE EXISTS (SELECT FROM annotations a WHERE a.submission_id = s.id)
       AND CASE WHEN s.id = me.id THEN true
                WHEN me.label <> '' AND s.label = me.label THEN true
                WHEN NOT me.all_known THEN false
                WHEN"""
    + attribution.IS_OWN
    + " THEN me.people <@"
    + attribution.PEOPLE
    + """
                ELSE false END)
SELECT a.id, a.path, a.first_line, a.last_line, a.page, a.place,
       v.version, v.text, v.author, v.at,
       o.id AS home, o.id = me.id AS is_own,
       o.created_at < me.created_at AS is_older,
       o.writeup_sha256 = me.writeup_sha256 AS has_same_writeup,
       m.annotation_id IS NOT NULL AS is_looked_for,
       m.first_line AS first_here, m.last_line AS last_here
  FROM me CROSS JOIN related o
  JOIN annotations a ON a.submission_id = o.id
  JOIN annotation_versions v ON v.annotation_id = a.id
  LEFT JOIN annotation_moves m ON m.annotation_id = a.id AND m.submission_id = me.id
 ORDER BY a.id, v.version DESC"""
)

# Two who look at once find the same.
MOVED = """
INSERT INTO annotation_moves (annotation_id, submission_id, first_line, last_line)
VALUES (%(id)s, %(submission_id)s, %(first)s, %(last)s) ON CONFLICT DO NOTHING"""

COUNT = """
SELECT count(*)::integer AS n FROM annotations WHERE submission_id = %(submission_id)s"""

ADD = """
INSERT INTO annotations (submission_id, path, first_line, last_line, page, place)
VALUES (%(submission_id)s, %(path)s, %(first_line)s, %(last_line)s, %(page)s, %(place)s)
RETURNING id"""

ADD_VERSION = """
INSERT INTO annotation_versions (annotation_id, version, text, author)
VALUES (%(id)s, %(version)s, %(text)s, %(who)s)"""

OWNER = """
SELECT submission_id FROM annotations WHERE id = %(id)s"""

# Two who change one at once: the second waits here, and then learns of the first.
LOCK = """
SELECT a.submission_id, a.path, s.assignment
  FROM annotations a JOIN submissions s ON s.id = a.submission_id
 WHERE a.id = %(id)s FOR UPDATE OF a"""
NEWEST = """
SELECT max(version) AS version FROM annotation_versions WHERE annotation_id = %(id)s"""


def related(db: database.Database, submission: rows.Submission) -> list[annotations.Related]:
    """Annotations of a submission and of others of the same people; also those taken back."""
    values = {"id": submission.id, "user_id": submission.student_id}
    with db.transaction() as connection:
        found = connection.execute(RELATED, values).fetchall()
    return [_related(list(group)) for _, group in itertools.groupby(found, lambda r: r["id"])]


def moved(
    db: database.Database,
    submission_id: uuid.UUID,
    places: Mapping[int, tuple[int, int] | None],
) -> None:
    """Keep where the lines of other submissions' annotations are in this one; None: not there."""
    with db.transaction() as connection:
        for number, place in sorted(places.items()):
            first, last = place or (None, None)
            values = {"id": number, "submission_id": submission_id, "first": first, "last": last}
            connection.execute(MOVED, values)


def add(
    db: database.Database,
    submission_id: uuid.UUID,
    place: annotations.Place,
    text: str,
    who: rows.User,
    most: int,
) -> int | None:
    """Write an annotation; its id, None when the submission has as many as it may have."""
    with db.transaction() as connection:
        known = database.fetch_one(connection, COUNT, submission_id=submission_id)
        if known is None or known["n"] >= most:
            return None
        row = database.fetch_one(connection, ADD, submission_id=submission_id, **asdict(place))
        assert row is not None  # an insert answers
        _say(connection, row["id"], 1, text, who)
        return int(row["id"])


def submission_of(db: database.Database, annotation_id: int) -> uuid.UUID | None:
    """What an annotation is about; None where there is none."""
    row = db.one(OWNER, id=annotation_id)
    return row["submission_id"] if row else None


def change(
    db: database.Database, annotation_id: int, text: str, who: rows.User, seen: int | None
) -> int | None:
    """Give an annotation another text, or none; its version, None when it was changed meanwhile."""
    with db.transaction() as connection:
        connection.execute(LOCK, {"id": annotation_id})
        newest = database.fetch_one(connection, NEWEST, id=annotation_id)
        assert newest is not None  # an aggregate answers
        if seen is not None and newest["version"] != seen:
            return None
        _say(connection, annotation_id, int(newest["version"]) + 1, text, who)
        return int(newest["version"]) + 1


def _say(
    connection: database.Connection, annotation_id: int, version: int, text: str, who: rows.User
) -> None:
    values = {"id": annotation_id, "version": version, "text": text, "who": who.title}
    connection.execute(ADD_VERSION, values)
    held = database.fetch_one(connection, LOCK, id=annotation_id)
    assert held is not None  # the caller has found or made it
    notices.marked(connection, held["submission_id"])
    audit.note(
        connection,
        who.title,
        "annotated" if text else "annotation taken back",
        assignment=held["assignment"],
        subject=str(held["submission_id"]),
        detail={"annotation": annotation_id, "version": version, "path": held["path"]},
    )


def _related(versions: list[rows.Row]) -> annotations.Related:
    """Rows of one annotation, newest version first."""
    newest = versions[0]
    names = ("home", "is_own", "is_older", "has_same_writeup", "is_looked_for")
    facts = {name: newest[name] for name in names}
    lines = {"first_line": newest["first_here"], "last_line": newest["last_here"]}
    return annotations.Related(_annotation(versions), **facts, **lines)


def _annotation(versions: list[rows.Row]) -> annotations.Annotation:
    """Rows of one annotation, newest version first."""
    newest = versions[0]
    names = ("path", "first_line", "last_line", "page", "place")
    place = annotations.Place(**{name: newest[name] for name in names})
    said = tuple(_versions(versions))
    return annotations.Annotation(newest["id"], place, said[0], None, said[1:])


def _versions(found: list[rows.Row]) -> Iterator[annotations.AnnotationVersion]:
    for row in found:
        yield annotations.AnnotationVersion(row["version"], row["text"], row["author"], row["at"])
