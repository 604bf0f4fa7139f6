"""Whose work it is that staff handed in under a label, and what its time says: the rules, as parts
of statements about a submission `s` (and `u`, who sent it).

Labels and names are stored in the one spelling of `grader.course.person_names`, so they are equal
or they are not. A name counts in both orders, "Ann Lee" and "Lee, Ann".
"""

from typing import Final, LiteralString

# For a row `s` with a `label`: each member's student of that name, address or number; no row for a
# label that is nobody's. What stands between the members is `person_names.SHARED`.
OWNERS: Final[LiteralString] = r"""
SELECT id FROM (
    SELECT DISTINCT ON (part) owner.id
      FROM unnest(string_to_array(nullif(s.label, ''), ' + ')) part
      JOIN users owner ON owner.role = 'student'
       AND (owner.name = part OR owner.email = lower(part) OR (owner.sid <> '' AND owner.sid = part)
            OR (owner.lms_id <> ''
                AND right(part, length(owner.lms_id) + 3) = ' (' || owner.lms_id || ')')
            OR (owner.full_name <> ''
                AND regexp_replace(owner.full_name, '^([^,]+), ([^,]+)$', '\2 \1')
                    = regexp_replace(part, '^([^,]+), ([^,]+)$', '\2 \1')
                AND NOT EXISTS (
                SELECT FROM users other
                 WHERE regexp_replace(other.full_name, '^([^,]+), ([^,]+)$', '\2 \1')
                       = regexp_replace(part, '^([^,]+), ([^,]+)$', '\2 \1')
                   AND other.id <> owner.id)))
     ORDER BY part, owner.name = part DESC, owner.id) named"""

# Whether the time of a submission is that of its student.
CAN_BE_LATE: Final[LiteralString] = """
((u.role = 'student' AND s.label = '') OR s.received = 'elsewhere')"""

# The due date of whose work it is; of a team the latest.
EXTENSION: Final[LiteralString] = (
    """
(SELECT max(extended.due) FROM extensions extended
  WHERE extended.assignment = s.assignment
    AND extended.user_id IN (SELECT s.user_id WHERE s.label = '' UNION ALL ("""  # noqa: S608  # literals, no input
    + OWNERS
    + ")))"
)
