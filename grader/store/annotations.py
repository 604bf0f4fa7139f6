"""Statements about annotations: write one, change it, read those of a submission.

Owns the tables `annotations` and `annotation_versions`; versions are only ever added. Which of them
a submission shows is the view `counting_annotations`'.
"""

import itertools
import uuid
from collections.abc import Iterator
from dataclasses import asdict

from grader.course import annotations
from grader.store import audit, database, notices, rows

OF_SUBMISSION = """
SELECT c.id, c.path, c.first_line, c.last_line, c.page, c.place, c.carried_from,
       v.version, v.text, v.author, v.at
  FROM counting_annotations c JOIN annotation_versions v ON v.annotation_id = c.id
 WHERE c.submission_id = %(submission_id)s
 ORDER BY c.path, c.page, c.first_line, c.last_line, c.id, v.version DESC"""

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


def of_submission(db: database.Database, submission_id: uuid.UUID) -> list[annotations.Annotation]:
    """Every annotation that a submission shows, by file and place; also those taken back."""
    with db.transaction() as connection:
        found = connection.execute(OF_SUBMISSION, {"submission_id": submission_id}).fetchall()
    return [_annotation(list(group)) for _, group in itertools.groupby(found, lambda r: r["id"])]


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


def _annotation(versions: list[rows.Row]) -> annotations.Annotation:
    """Rows of one annotation, newest version first."""
    newest = versions[0]
    names = ("path", "first_line", "last_line", "page", "place")
    place = annotations.Place(**{name: newest[name] for name in names})
    said = tuple(_versions(versions))
    return annotations.Annotation(newest["id"], place, said[0], newest["carried_from"], said[1:])


def _versions(found: list[rows.Row]) -> Iterator[annotations.AnnotationVersion]:
    for row in found:
        yield annotations.AnnotationVersion(row["version"], row["text"], row["author"], row["at"])
