"""Which marks count for a submission: its own, and those of equal write-ups of the same people.

Owns the parts of statements that say so. Whose work a submission is stands in `attribution`. A mark
follows to another submission of the same write-up if all whose work that is were marked there: from
a batch to a student's own upload and back, from a team to each of its members.
"""

from typing import Final, LiteralString

from grader.store import attribution

_WORK: Final[LiteralString] = (
    """
    SELECT s.id, s.label, s.assignment, s.writeup_sha256, s.created_at,"""  # noqa: S608  # literals, no input
    + attribution.PEOPLE
    + """ AS people
      FROM submissions s"""
)

# Whether each whom the label of a row `s` of `_WORK` names is known: what is written for some of a
# team is not for the one whom nobody knows.
ALL_KNOWN: Final[LiteralString] = """
cardinality(s.people) >= greatest(cardinality(string_to_array(s.label, ' + ')), 1)"""

# Whether what was written for a row `o` is for all whose work a row `s` is; both are of `_WORK`.
SAME_PEOPLE: Final[LiteralString] = (
    """
((s.label <> '' AND o.label = s.label)
 OR ("""
    + ALL_KNOWN
    + """ AND s.people <@ o.people))"""
)


def counting_marks(scope: LiteralString) -> LiteralString:
    """Rows `counting_marks`: of each submission and task the mark that counts.

    Its own newest one, else the newest of a submission with the same write-up. A carried mark has
    version 0: here nobody has marked yet.

    Args:
        scope: which submissions are asked for, as a condition on `s`.
    """
    return (
        """
marked AS MATERIALIZED ("""  # noqa: S608  # literals, no input
        + _WORK
        + """
     WHERE EXISTS (SELECT FROM marks m WHERE m.submission_id = s.id)
       AND (s.assignment, s.writeup_sha256) IN (
           SELECT s.assignment, s.writeup_sha256 FROM submissions s WHERE """
        + scope
        + """)),
to_mark AS MATERIALIZED ("""
        + _WORK
        + """
     WHERE (s.assignment, s.writeup_sha256) IN (SELECT assignment, writeup_sha256 FROM marked)
       AND """
        + scope
        + """),
counting_marks AS (
    SELECT DISTINCT ON (s.id, m.task)
           s.id AS submission_id, m.task,
           CASE WHEN o.id = s.id THEN m.version ELSE 0 END AS version,
           m.points, m.items, m.comment, m.marked_by, m.marked_at,
           CASE WHEN o.id = s.id THEN NULL ELSE o.id END AS carried_from
      FROM to_mark s
      JOIN marked o ON o.assignment = s.assignment AND o.writeup_sha256 = s.writeup_sha256
                   AND (o.id = s.id OR """
        + SAME_PEOPLE
        + """)
      JOIN marks m ON m.submission_id = o.id
     ORDER BY s.id, m.task, o.id = s.id DESC, m.marked_at DESC, m.version DESC)"""
    )
