"""Statements about what people have by task of a homework: marks, and results by tests.

Owns their SQL; read when a version changes the rubric.
"""

from grader.store import database

MARKS = """
SELECT task, count(*) AS n FROM (
    SELECT DISTINCT ON (m.submission_id, m.task) m.task, m.points
      FROM marks m JOIN submissions s ON s.id = m.submission_id
     WHERE s.assignment = %(assignment)s
     ORDER BY m.submission_id, m.task, m.version DESC) newest
 WHERE points IS NOT NULL GROUP BY task"""

RESULTS = """
SELECT t.id AS task, count(*) AS n
  FROM submissions s JOIN results x ON x.run_id = s.current_run_id
 CROSS JOIN jsonb_to_recordset(x.tasks) AS t (id text, kind text)
 WHERE s.assignment = %(assignment)s AND t.kind = 'auto' GROUP BY t.id"""


def marks(db: database.Database, assignment: str) -> dict[str, int]:
    """Task -> submissions that somebody has marked."""
    with db.transaction() as connection:
        found = connection.execute(MARKS, {"assignment": assignment})
        return {row["task"]: row["n"] for row in found}


def results(db: database.Database, assignment: str) -> dict[str, int]:
    """Task -> submissions whose result that counts has points by its tests."""
    with db.transaction() as connection:
        found = connection.execute(RESULTS, {"assignment": assignment})
        return {row["task"]: row["n"] for row in found}
