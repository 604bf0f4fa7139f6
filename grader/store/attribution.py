"""Whose work it is that staff handed in under a label: the one rule, as a part of statements."""

from typing import Final, LiteralString

# For a row `s` with a `label`: the student of that name, address or number; no row for a label
# that is nobody's.
OWNER: Final[LiteralString] = """
SELECT id FROM users
 WHERE s.label <> '' AND role = 'student'
   AND (name = s.label OR email = lower(s.label) OR sid = s.label
        OR (lms_id <> '' AND right(s.label, length(lms_id) + 3) = ' (' || lms_id || ')')
        OR (full_name = s.label AND NOT EXISTS (
            SELECT FROM users other
             WHERE other.full_name = s.label AND other.id <> users.id)))
 ORDER BY name = s.label DESC, id LIMIT 1"""
