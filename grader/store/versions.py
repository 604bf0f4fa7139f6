"""Statements about versions of homeworks: add one, note its check, make one live.

Owns their SQL. What a version must be is `service.versions`'s; the bundle's bytes are a blob, of
which `version_bundles` knows who needs it.
"""

import dataclasses
import datetime
import enum
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from grader.course import memberships
from grader.store import audit, database, rows


class VersionState(enum.StrEnum):
    """Life of a version; `migrations/0071_versions.sql` has the moves."""

    DRAFT = "draft"  # not checked yet, or with findings
    CHECKING = "checking"
    READY = "ready"  # it passed
    LIVE = "live"
    RETIRED = "retired"  # it was live


FROM_FOLDER: Final = "folder"
FOLDER_WORDS: Final = "the course's folder"  # who published it


@dataclass(frozen=True, slots=True)
class NewVersion:
    """A version to add."""

    assignment: str
    sha256: str
    bytes: int
    suite_version: str
    title: str
    note: str
    hold: bool
    insist: bool


@dataclass(frozen=True, slots=True)
class Added:
    """What became of a version's files.

    Attributes:
        is_new: whether they are a version of their own; else they are the newest one's.
        noted: that one has another note, or another wish of when it goes live.
    """

    version: "HomeworkVersion"
    is_new: bool
    noted: bool = False


@dataclass(frozen=True, slots=True)
class HomeworkVersion:
    """A version as it is stored.

    Attributes:
        findings: what the check found wrong, as sentences.
        figures: of the check, by name.
        checked_at: None until the check has ended.
        live_by: empty until it is live.
        origin: `published`, or `folder` where it was kept of the course's folder by itself.
    """

    assignment: str
    number: int
    sha256: str
    bytes: int
    suite_version: str
    title: str
    note: str
    state: VersionState
    hold: bool
    insist: bool
    findings: tuple[str, ...]
    figures: Mapping[str, Any]
    tries: int
    published_by: str
    published_at: datetime.datetime
    checked_at: datetime.datetime | None
    live_at: datetime.datetime | None
    live_by: str
    origin: str

    @property
    def live(self) -> bool:
        """Whether it is in force."""
        return self.state is VersionState.LIVE


FIELDS = """
SELECT assignment, number, sha256, bytes, suite_version, title, note, state, hold, insist,
       findings, figures, tries, published_by, published_at, checked_at, live_at, live_by,
       origin
  FROM homework_versions"""

LOCK = """
SELECT pg_advisory_xact_lock(hashtext('versions ' || %(assignment)s))"""

ADD = """
INSERT INTO homework_versions (assignment, number, sha256, bytes, suite_version, title, note, hold,
                               insist, published_by)
SELECT %(assignment)s, coalesce(max(number), 0) + 1, %(sha256)s, %(bytes)s, %(suite_version)s,
       %(title)s, %(note)s, %(hold)s, %(insist)s, %(who)s
  FROM homework_versions WHERE assignment = %(assignment)s
RETURNING number"""

ADD_FROM_FOLDER = """
INSERT INTO homework_versions (assignment, number, sha256, bytes, suite_version, title, note, hold,
                               insist, published_by, state, checked_at, origin)
SELECT %(assignment)s, coalesce(max(number), 0) + 1, %(sha256)s, %(bytes)s, %(suite_version)s,
       %(title)s, %(note)s, %(hold)s, %(insist)s, %(who)s, 'ready', now(), 'folder'
  FROM homework_versions WHERE assignment = %(assignment)s
RETURNING number"""

NUMBER_OF = """
SELECT number FROM homework_versions
 WHERE assignment = %(assignment)s AND sha256 = %(sha256)s ORDER BY number DESC LIMIT 1"""

# A homework whose files are gone still has its versions and what was submitted.
CLAIM = """
INSERT INTO course_assignments (assignment, course)
SELECT %(assignment)s, %(course)s
 WHERE NOT EXISTS (SELECT FROM homework_versions WHERE assignment = %(assignment)s)
   AND NOT EXISTS (SELECT FROM submissions WHERE assignment = %(assignment)s)
ON CONFLICT (assignment) DO NOTHING
RETURNING assignment"""
HOME = """
SELECT course FROM course_assignments WHERE assignment = %(assignment)s"""

NEWEST = FIELDS + """ WHERE assignment = %(assignment)s ORDER BY number DESC LIMIT 1"""
ONE = FIELDS + """ WHERE assignment = %(assignment)s AND number = %(number)s"""
LISTED = FIELDS + """ WHERE assignment = %(assignment)s ORDER BY number DESC"""
NEVER_LIVE = (
    """
SELECT DISTINCT ON (assignment) v.* FROM ("""
    + FIELDS
    + """ WHERE origin = 'published') v
 WHERE NOT EXISTS (SELECT FROM homework_versions l
                    WHERE l.assignment = v.assignment AND l.state = 'live')
 ORDER BY assignment, number DESC"""
)
LIVE = FIELDS + """ WHERE state = 'live'"""

BEGIN = """
UPDATE homework_versions SET state = 'checking', tries = tries + 1
 WHERE assignment = %(assignment)s AND number = %(number)s AND checked_at IS NULL
   AND state IN ('draft', 'checking')
RETURNING tries"""

END = """
UPDATE homework_versions
   SET state = %(state)s, findings = %(findings)s, figures = %(figures)s::jsonb, checked_at = now()
 WHERE assignment = %(assignment)s AND number = %(number)s AND state = 'checking'
   AND tries = %(tries)s
RETURNING hold, insist, coalesce(nullif(live_by, ''), published_by) AS who"""

# Until a version is live, `live_by` holds who asked for that last.
WISH = """
UPDATE homework_versions
   SET hold = %(hold)s, insist = %(insist)s, note = coalesce(nullif(%(note)s, ''), note),
       live_by = CASE WHEN live_at IS NULL THEN %(who)s ELSE live_by END
 WHERE assignment = %(assignment)s AND number = %(number)s
   AND ((hold, insist) <> (%(hold)s, %(insist)s) OR %(note)s NOT IN ('', note))"""

HAND_BACK = """
UPDATE homework_versions SET state = 'draft', tries = tries - 1
 WHERE assignment = %(assignment)s AND number = %(number)s AND state = 'checking'
   AND tries = %(tries)s"""

RETIRE = """
UPDATE homework_versions SET state = 'retired'
 WHERE assignment = %(assignment)s AND state = 'live' AND number <> %(number)s
RETURNING number"""

GO_LIVE = """
UPDATE homework_versions SET state = 'live', live_at = now(), live_by = %(who)s
 WHERE assignment = %(assignment)s AND number = %(number)s AND state <> 'live'"""

BY_OTHERS = """
SELECT count(*) AS n FROM submissions s JOIN results x ON x.run_id = s.current_run_id
 WHERE s.assignment = %(assignment)s AND x.suite_version <> %(suite_version)s"""


def add(
    db: database.Database,
    new: NewVersion,
    who: str,
    enqueue: Callable[[database.Connection, str, int], None],
) -> Added:
    """Add a version with the job that checks it.

    If the newest version has the same files, the note and the wish are from now on that one's.

    Args:
        enqueue: adds the job in the transaction.
    """
    with db.transaction() as connection:
        connection.execute(LOCK, {"assignment": new.assignment})
        newest = database.fetch_one(connection, NEWEST, assignment=new.assignment)
        is_same = newest and newest["sha256"] == new.sha256
        if newest and is_same and newest["origin"] != FROM_FOLDER:
            noted = _wish(connection, newest["number"], new, who)
            return Added(
                _one(connection, new.assignment, newest["number"]), is_new=False, noted=noted
            )
        values = dataclasses.asdict(new) | {"who": who}
        added = database.fetch_one(connection, ADD, **values)
        assert added is not None  # an INSERT of one row
        enqueue(connection, new.assignment, added["number"])
        detail = {"sha256": new.sha256, "note": new.note, "insist": new.insist}
        _note(connection, who, "version published", new.assignment, added["number"], detail)
        return Added(_one(connection, new.assignment, added["number"]), is_new=True)


def add_from_folder(db: database.Database, new: NewVersion) -> int:
    """Keep the files of the course's folder as a version; its number, also of an equal one."""
    key = {"assignment": new.assignment, "sha256": new.sha256}
    with db.transaction() as connection:
        connection.execute(LOCK, key)
        if row := database.fetch_one(connection, NUMBER_OF, **key):
            return int(row["number"])
        values = dataclasses.asdict(new) | {"who": FOLDER_WORDS}
        added = database.fetch_one(connection, ADD_FROM_FOLDER, **values)
        assert added is not None  # an INSERT of one row
        detail = {"sha256": new.sha256}
        action = "version kept of the folder"
        _note(connection, audit.SERVICE, action, new.assignment, added["number"], detail)
        return int(added["number"])


def claim(db: database.Database, assignment: str, course: str, who: str) -> bool:
    """Let a new homework be a course's; False where it is another's, or anything of it is there."""
    with db.transaction() as connection:
        connection.execute(LOCK, {"assignment": assignment})
        if database.fetch_one(connection, CLAIM, assignment=assignment, course=course) is None:
            home = database.fetch_one(connection, HOME, assignment=assignment)
            return home is not None and home["course"] == course  # somebody was faster
        detail = {"from": memberships.DEFAULT, "to": course}
        audit.note(connection, who, "homework moved", assignment=assignment, detail=detail)
        return True


def number_of(db: database.Database, assignment: str, sha256: str) -> int | None:
    """The newest version of these files; None where there is none."""
    row = db.one(NUMBER_OF, assignment=assignment, sha256=sha256)
    return int(row["number"]) if row else None


def find(db: database.Database, assignment: str, number: int) -> HomeworkVersion | None:
    """A version; None when there is none."""
    row = db.one(ONE, assignment=assignment, number=number)
    return _version(row) if row else None


def listed(db: database.Database, assignment: str) -> list[HomeworkVersion]:
    """All versions of a homework, newest first."""
    with db.transaction() as connection:
        found = connection.execute(LISTED, {"assignment": assignment})
        return [_version(row) for row in found]


def live(db: database.Database) -> dict[str, HomeworkVersion]:
    """Homework -> its live version."""
    with db.transaction() as connection:
        return {row["assignment"]: _version(row) for row in connection.execute(LIVE)}


def never_live(db: database.Database) -> list[HomeworkVersion]:
    """The newest version of each homework that was published and of which none is live."""
    with db.transaction() as connection:
        return [_version(row) for row in connection.execute(NEVER_LIVE)]


def begin_check(db: database.Database, assignment: str, number: int) -> int | None:
    """Note that a check begins; how many began, None when there is nothing to check."""
    row = db.one(BEGIN, assignment=assignment, number=number)
    return int(row["tries"]) if row else None


def end_check(
    db: database.Database,
    version: HomeworkVersion,
    findings: Sequence[str],
    figures: Mapping[str, Any],
) -> bool:
    """Note what a check found, and make the version live if that was asked for.

    False when another check of the version began meanwhile.
    """
    passes = not findings
    key = {"assignment": version.assignment, "number": version.number}
    with db.transaction() as connection:
        connection.execute(LOCK, {"assignment": version.assignment})
        state = VersionState.READY if passes else VersionState.DRAFT
        values = {"state": state, "findings": list(findings), "figures": json.dumps(figures)}
        row = database.fetch_one(connection, END, **key, **values, tries=version.tries)
        if row is None:
            return False
        if row["insist"] or (passes and not row["hold"]):  # as was wished last
            _go_live(connection, version.assignment, version.number, row["who"])
        return True


def hand_back(db: database.Database, version: HomeworkVersion) -> None:
    """Note that a check was broken off, which is to begin again."""
    key = {"assignment": version.assignment, "number": version.number, "tries": version.tries}
    with db.transaction() as connection:
        connection.execute(HAND_BACK, key)


def make_live(db: database.Database, version: HomeworkVersion, who: str) -> None:
    """Make a version the one in force; the one before is retired."""
    with db.transaction() as connection:
        connection.execute(LOCK, {"assignment": version.assignment})
        _go_live(connection, version.assignment, version.number, who)


def graded_by_others(db: database.Database, assignment: str, suite_version: str) -> int:
    """How many submissions have their result by other tests than these."""
    row = db.one(BY_OTHERS, assignment=assignment, suite_version=suite_version)
    return int(row["n"]) if row else 0


def _wish(connection: database.Connection, number: int, new: NewVersion, who: str) -> bool:
    """Note a version's new note and when it is to go live; False where both are as before."""
    values = dataclasses.asdict(new) | {"number": number, "who": who}
    if not connection.execute(WISH, values).rowcount:
        return False
    detail = {"note": new.note, "hold": new.hold, "insist": new.insist}
    _note(connection, who, "version published again", new.assignment, number, detail)
    return True


def _one(connection: database.Connection, assignment: str, number: int) -> HomeworkVersion:
    row = database.fetch_one(connection, ONE, assignment=assignment, number=number)
    assert row is not None  # versions are never deleted
    return _version(row)


def _go_live(connection: database.Connection, assignment: str, number: int, who: str) -> None:
    before = database.fetch_one(connection, RETIRE, assignment=assignment, number=number)
    values = {"assignment": assignment, "number": number, "who": who}
    if connection.execute(GO_LIVE, values).rowcount:
        detail = {"before": f"version {before['number']}" if before else "none"}
        _note(connection, who, "version live", assignment, number, detail)


def _note(
    connection: database.Connection,
    who: str,
    action: str,
    assignment: str,
    number: int,
    detail: Mapping[str, Any],
) -> None:
    audit.note(
        connection, who, action, assignment=assignment, subject=f"version {number}", detail=detail
    )


def _version(row: rows.Row) -> HomeworkVersion:
    return HomeworkVersion(
        **row
        | {
            "state": VersionState(row["state"]),
            "findings": tuple(row["findings"]),
            "live_by": row["live_by"] if row["live_at"] else "",
        }
    )
