"""Parts of statements about people: their courses with them, and who may sign in at all.

Owns no statement of its own; `users`, `sessions` and others put these together.
"""

from typing import Final, LiteralString

# Of a row `u` of users. What a course is called goes along, so that a page asks nothing more.
PERSON: Final[LiteralString] = """
u.id, u.name, u.admin,
(SELECT coalesce(jsonb_object_agg(en.course, en.role), '{}') FROM enrolments en
  WHERE en.user_id = u.id AND en.state = 'active') AS roles,
(SELECT coalesce(jsonb_object_agg(ca.assignment, ca.course), '{}')
   FROM course_assignments ca) AS homeworks,
(SELECT coalesce(jsonb_agg(jsonb_build_object(
            'slug', co.slug, 'title', co.title, 'archived', co.archived_at IS NOT NULL)), '[]')
   FROM courses co) AS courses"""

# Of a row `u` of users and a row `t` of tokens: who has dropped every course has no access.
MAY_SIGN_IN: Final[LiteralString] = """
((u.admin AND t.course IS NULL)
 OR EXISTS (SELECT FROM enrolments en
             WHERE en.user_id = u.id AND en.state = 'active'
               AND (t.course IS NULL OR en.course = t.course)))"""

# The course of a row `s` of submissions, or of anything else that names an assignment.
COURSE: Final[LiteralString] = """
coalesce((SELECT ca.course FROM course_assignments ca
           WHERE ca.assignment = s.assignment), 'main')"""

# The course of the assignment that a statement is about; found once for the whole statement.
HOME: Final[LiteralString] = """
(SELECT coalesce((SELECT ca.course FROM course_assignments ca
                   WHERE ca.assignment = %(assignment)s), 'main'))"""

# How the log calls the person of a row `u` in the course of a row `s`.
TITLE: Final[LiteralString] = (
    """
CASE WHEN u.admin THEN 'admin'
     ELSE coalesce((SELECT en.role FROM enrolments en
                     WHERE en.user_id = u.id AND en.course ="""  # noqa: S608  # literals, no input
    + COURSE
    + """), 'student') END || ' ' || u.name"""
)
