"""Whose work a submission is, and what its time says: the rules, as parts of statements about a
submission `s` (and `u`, who sent it).

A student's upload is theirs, and their team-mates' (`submission_mates`, who was in the team when it
was submitted). What staff submitted under a label is its members'. Labels and names are stored in
the one spelling of `grader.course.person_names`, so they are equal or they are not. A name counts
in both orders, "Ann Lee" and "Lee, Ann", and people who have dropped the course have it only where
no active student has.
"""

from typing import Final, LiteralString

from grader.store import people

# For a row `s` with a `label` and an `assignment`: each member's student, in that course, of that
# login, number, address or name; no row for a label that is nobody's. What stands between the
# members is `person_names.SHARED`. The lowest rank wins, and what two students of one rank share is
# neither's. Who has dropped is meant by a name only where no active student has it; a login that a
# list of names made is that name.
OWNERS: Final[LiteralString] = (
    r"""
SELECT id FROM (
    SELECT DISTINCT ON (part) CASE WHEN min(id) = max(id) THEN min(id) END AS id
      FROM (SELECT p.part, u.id,
                   CASE WHEN u.name = p.part
                         AND (en.state = 'active'
                              OR regexp_replace(u.name, '^([^,]+), ([^,]+)$', '\2 \1')
                                 <> regexp_replace(u.full_name, '^([^,]+), ([^,]+)$', '\2 \1'))
                        THEN 0
                        WHEN u.sid <> '' AND u.sid = p.part THEN 1
                        WHEN u.email = lower(p.part) THEN 2
                        WHEN u.lms_id <> '' AND u.lms_id = p.number THEN 3
                        WHEN en.state = 'active' THEN 4 ELSE 5 END AS rank
              FROM (SELECT DISTINCT part, substring(part FROM ' \(([^()]+)\)$') AS number,
                           regexp_replace(part, '^([^,]+), ([^,]+)$', '\2 \1') AS name
                      FROM unnest(string_to_array(nullif(s.label, ''), ' + ')) part) p
              JOIN users u
                ON (u.name = p.part OR u.email = lower(p.part)
                    OR (u.sid <> '' AND u.sid = p.part)
                    OR (u.lms_id <> '' AND u.lms_id = p.number)
                    OR (u.full_name <> ''
                        AND regexp_replace(u.full_name, '^([^,]+), ([^,]+)$', '\2 \1') = p.name))
              JOIN enrolments en ON en.user_id = u.id AND en.role = 'student' AND en.course ="""  # noqa: S608  # literals, no input
    + people.COURSE
    + """
             WHERE s.label <> '') matched
     GROUP BY part, rank ORDER BY part, rank) named
 WHERE id IS NOT NULL"""
)

# Of an assignment's labels, part by part, the student whom each names, where that is one only. By
# equality, so that ten thousand labels are joined at once; `OWNERS` is the same rule for one label.
# A key of several students has the id 0, so that nothing of a higher rank is looked at.
KNOWN: Final[LiteralString] = (
    r"""
students AS MATERIALIZED (
    SELECT u.id, u.name AS login, u.email, u.sid, u.lms_id, en.state = 'active' AS active,
           regexp_replace(u.full_name, '^([^,]+), ([^,]+)$', '\2 \1') AS name,
           regexp_replace(u.name, '^([^,]+), ([^,]+)$', '\2 \1') AS login_as_name
      FROM users u JOIN enrolments en ON en.user_id = u.id AND en.role = 'student'
     WHERE en.course ="""  # noqa: S608  # literals, no input
    + people.HOME
    + r"""),
keys AS (
    SELECT DISTINCT ON (text) text, CASE WHEN min(id) = max(id) THEN min(id) ELSE 0 END AS id
      FROM (SELECT id, '=' || login AS text, 0 AS rank FROM students
             WHERE active OR login_as_name <> name
             UNION ALL SELECT id, '=' || sid, 1 FROM students WHERE sid <> ''
             UNION ALL SELECT id, '@' || email, 2 FROM students
             UNION ALL SELECT id, '(' || lms_id, 3 FROM students WHERE lms_id <> ''
             UNION ALL SELECT id, '~' || name, CASE WHEN active THEN 4 ELSE 5 END
              FROM students WHERE name <> '') said
     WHERE text IS NOT NULL GROUP BY text, rank ORDER BY text, rank),
known AS (
    SELECT l.label, student.id, student.login, student.active
      FROM (SELECT DISTINCT unnest(string_to_array(label, ' + ')) AS label
              FROM submissions WHERE assignment = %(assignment)s AND label <> '') l
      LEFT JOIN keys own ON own.text = '=' || l.label
      LEFT JOIN keys address ON address.text = '@' || lower(l.label)
      LEFT JOIN keys bracket ON bracket.text = '(' || substring(l.label FROM ' \(([^()]+)\)$')
      LEFT JOIN keys name
             ON name.text = '~' || regexp_replace(l.label, '^([^,]+), ([^,]+)$', '\2 \1')
      LEFT JOIN students student
             ON student.id = coalesce(own.id, address.id, bracket.id, name.id))"""
)

# Rows `known` and `en` of a row `s`: the student that its label names, and what its sender is.
JOINED: Final[LiteralString] = (
    """
  LEFT JOIN known ON known.label = s.label
  LEFT JOIN enrolments en ON en.user_id = s.user_id AND en.course ="""
    + people.HOME
)

# Whether one of the sender's team-mates is an active student.
HAS_ACTIVE_MATE: Final[LiteralString] = (
    """
EXISTS (
    SELECT FROM submission_mates mate
      JOIN enrolments me ON me.user_id = mate.user_id AND me.role = 'student'
                        AND me.state = 'active' AND me.course ="""  # literals, no input
    + people.HOME
    + """
     WHERE mate.submission_id = s.id)"""
)

# Of such rows: students' work alone, without that of people who have dropped the course; a team's
# counts while one of it is active.
COUNTS: Final[LiteralString] = (
    """
((s.label = '' AND (en.role = 'student' AND en.state = 'active' OR"""
    + HAS_ACTIVE_MATE
    + """))
 OR (s.label <> '' AND coalesce(known.active, true)))"""
)

# The people of an assignment's submissions, a row for each: a student's `id`, or the `part` of a
# label. As a table of its own, which is joined at once.
OWN: Final[LiteralString] = """,
own AS (
    SELECT id AS submission_id, user_id AS id, NULL AS part
      FROM submissions WHERE assignment = %(assignment)s AND label = ''
     UNION ALL
    SELECT mate.submission_id, mate.user_id, NULL
      FROM submission_mates mate JOIN submissions shared ON shared.id = mate.submission_id
     WHERE shared.assignment = %(assignment)s
     UNION ALL
    SELECT id, NULL, unnest(string_to_array(label, ' + '))
      FROM submissions WHERE assignment = %(assignment)s AND label <> '')"""

# Rows `own`, `known` and `en` of a row `s`, one for each of its people: who they are, and what they
# are in the course.
BY_PERSON: Final[LiteralString] = (
    """
  JOIN own ON own.submission_id = s.id
  LEFT JOIN known ON known.label = own.part
  LEFT JOIN enrolments en ON en.user_id = own.id AND en.course ="""
    + people.HOME
)

# Of rows `BY_PERSON`: of active students, or of a label that is nobody's.
PERSON_COUNTS: Final[LiteralString] = """
((own.id IS NOT NULL AND en.role = 'student' AND en.state = 'active')
 OR (own.part IS NOT NULL AND coalesce(known.active, true)))"""

# Who it is: one key for a student, however their work came.
PERSON: Final[LiteralString] = """
coalesce('user ' || coalesce(own.id, known.id), 'label ' || own.part)"""

# Whether a row `s` is the work of several who sent it together.
IS_SHARED: Final[LiteralString] = """
EXISTS (SELECT FROM submission_mates mate WHERE mate.submission_id = s.id)"""

# How staff read whose work a row `s` with its sender `u` is.
SHOWN: Final[LiteralString] = """
coalesce(nullif(s.label, ''), CASE WHEN s.team_id IS NOT NULL THEN
         (SELECT string_agg(name, ' + ' ORDER BY name)
            FROM (SELECT u.name UNION ALL
                  SELECT other.name FROM submission_mates mate
                    JOIN users other ON other.id = mate.user_id
                   WHERE mate.submission_id = s.id) named) END,
         u.name)"""

# Whom a row `s` is, of those who sent it themselves: its sender and their team-mates.
SENDERS: Final[LiteralString] = """
SELECT s.user_id AS id WHERE s.label = '' UNION ALL
SELECT mate.user_id FROM submission_mates mate WHERE mate.submission_id = s.id"""

# Those of them who are students of its course.
STUDENTS: Final[LiteralString] = (
    """
SELECT en.user_id AS id FROM ("""  # literals, no input
    + SENDERS
    + """) sender
  JOIN enrolments en ON en.user_id = sender.id AND en.role = 'student' AND en.course ="""
    + people.COURSE
)

# The students whose work a row `s` is; none of what staff sent for themselves.
ALL_OWNERS: Final[LiteralString] = STUDENTS + " UNION ALL (" + OWNERS + ")"

# The same as an array, with who sent a row `s` for themselves.
PEOPLE: Final[LiteralString] = (
    """
ARRAY(SELECT s.user_id WHERE s.label = '' UNION ("""
    + ALL_OWNERS
    + "))"
)

# Whether a row `s` is the work of the student `%(user_id)s`, sent by them, by a team-mate or in a
# batch. What the label cannot be is seen first: the rule itself looks at every student of the
# course.
IS_OWN: Final[LiteralString] = (
    """
CASE WHEN s.label = '' THEN
          s.user_id = %(user_id)s
          OR s.id IN (SELECT mate.submission_id FROM submission_mates mate
                       WHERE mate.user_id = %(user_id)s)
     WHEN EXISTS (
         SELECT FROM users me
          WHERE me.id = %(user_id)s
            AND (position(me.name IN s.label) > 0
                 OR position(me.email IN lower(s.label)) > 0
                 OR (me.sid <> '' AND position(me.sid IN s.label) > 0)
                 OR (me.lms_id <> '' AND position('(' || me.lms_id || ')' IN s.label) > 0)
                 OR (me.full_name <> ''
                     AND position(rtrim(split_part(me.full_name, ' ', 1), ',') IN s.label) > 0)))
     THEN %(user_id)s IN ("""  # noqa: S608  # literals, no input
    + OWNERS
    + """)
     ELSE false END"""
)

# Whether the time of a submission is that of its student.
CAN_BE_LATE: Final[LiteralString] = (
    """
((s.label = '' AND (EXISTS (
    SELECT FROM enrolments en
     WHERE en.user_id = s.user_id AND en.role = 'student' AND en.course ="""  # noqa: S608  # literals, no input
    + people.COURSE
    + """) OR EXISTS (SELECT FROM submission_mates mate WHERE mate.submission_id = s.id)))
 OR s.received = 'elsewhere')"""
)

# The due date of whose work it is: the reader's own; to staff the sender's, by whose other rules
# they see it as well, and the latest of those for whom it was submitted.
EXTENSION: Final[LiteralString] = (
    """
(SELECT max(extended.due) FROM extensions extended
  WHERE extended.assignment = s.assignment
    AND CASE WHEN NOT %(sees_all)s THEN extended.user_id = %(user_id)s
             WHEN s.label = '' THEN extended.user_id = s.user_id ELSE true END
    AND extended.user_id IN ("""  # noqa: S608  # literals, no input
    + SENDERS
    + """ UNION ALL ("""
    + OWNERS
    + ")))"
)
