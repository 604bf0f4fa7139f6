"""Statements about the bundles of versions: which are in use, which belong to a version.

Owns their SQL, for whoever tidies up.
"""

from collections.abc import Collection

from grader.store import database

# Named by a run that is being graded, being checked, or live.
IN_USE = """
SELECT v.sha256 FROM homework_versions v
 WHERE v.state IN ('live', 'checking')
    OR EXISTS (SELECT FROM runs r JOIN submissions s ON s.id = r.submission_id
                WHERE r.state = 'running' AND s.assignment = v.assignment
                  AND r.version = v.number)"""

NAMED = """
SELECT sha256 FROM homework_versions WHERE sha256 = ANY(%(names)s)"""


def in_use(db: database.Database) -> set[str]:
    """The bundles whose files are read at this moment, or may be at any."""
    with db.transaction() as connection:
        return {row["sha256"] for row in connection.execute(IN_USE)}


def named(db: database.Database, names: Collection[str]) -> set[str]:
    """Those of the blobs that are a version's bundle."""
    with db.transaction() as connection:
        found = connection.execute(NAMED, {"names": list(names)})
        return {row["sha256"] for row in found}
