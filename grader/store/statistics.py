"""Statements about an assignment's results as a whole: points, tests, failures, what they used.

Owns what counts: the runs that count for their submissions, of students' work only. What staff
submit under no student's name are trials. A team's points are each member's; its tests and
failures are counted once. Figures are for staff: they name hidden tests.

`which` picks one submission of each student (the latest, the best) or all that were graded.
"""

from dataclasses import dataclass
from typing import Literal, LiteralString

from grader import models
from grader.store import attribution, database, people, rows

Which = Literal["latest", "best", "all"]

MOST_FAILURES = 60
GIST = 160  # characters of a failure's first line

_COUNTED: LiteralString = (
    "WITH "  # noqa: S608  # literals, no input
    + attribution.KNOWN
    + attribution.OWN
    + """,
ended AS (
    SELECT s.id, s.created_at, r.id AS run_id, x.points,"""
    + attribution.PERSON
    + """ AS person
      FROM submissions s
      JOIN runs r ON r.id = s.current_run_id
      JOIN results x ON x.run_id = r.id"""
    + attribution.BY_PERSON
    + """
     WHERE s.assignment = %(assignment)s AND r.state = 'done' AND"""
    + attribution.PERSON_COUNTS
    + """),
counted AS (
    SELECT DISTINCT run_id FROM ended WHERE %(which)s = 'all'
    UNION ALL
    (SELECT DISTINCT ON (person) run_id FROM ended WHERE %(which)s = 'latest'
      ORDER BY person, created_at DESC, id)
    UNION ALL
    (SELECT DISTINCT ON (person) run_id FROM ended WHERE %(which)s = 'best'
      ORDER BY person, points DESC NULLS LAST, created_at DESC, id)),
works AS (SELECT DISTINCT run_id FROM counted)
"""
)

# What changes whenever a figure may: which run of a submission counts, whether that has ended (then
# it never changes), whose work it is, and who these people are in the course.
MARK: LiteralString = (
    """
SELECT md5(concat_ws(' ',
    (SELECT sum(hashtextextended(concat_ws(' ', id, user_id, label, current_run_id), 0))
       FROM submissions WHERE assignment = %(assignment)s),
    (SELECT sum(hashtextextended(concat_ws(' ', r.id, r.state), 0))
       FROM runs r JOIN submissions s ON s.current_run_id = r.id
      WHERE r.state IN ('queued', 'held', 'running') AND s.assignment = %(assignment)s),
    (SELECT sum(hashtextextended(concat_ws(' ', mate.submission_id, mate.user_id), 0))
       FROM submission_mates mate JOIN submissions s ON s.id = mate.submission_id
      WHERE s.assignment = %(assignment)s),
    (SELECT sum(hashtextextended(concat_ws(' ', u.id, u.name, u.email, u.sid, u.lms_id, u.full_name,
                                           en.role, en.state), 0))
       FROM enrolments en JOIN users u ON u.id = en.user_id
      WHERE en.course ="""  # noqa: S608  # literals, no input
    + people.HOME
    + """))) AS digest"""
)

TOTALS: LiteralString = (
    "WITH "  # literals, no input
    + attribution.KNOWN
    + attribution.OWN
    + """
SELECT count(DISTINCT s.id) AS submissions,
       count(DISTINCT"""
    + attribution.PERSON
    + """) AS students
  FROM submissions s
  JOIN runs r ON r.id = s.current_run_id
"""
    + attribution.BY_PERSON
    + """
 WHERE s.assignment = %(assignment)s AND"""
    + attribution.PERSON_COUNTS
)

STATES = (
    "WITH "  # literals, no input
    + attribution.KNOWN
    + """
SELECT r.state, count(*) AS n
  FROM submissions s
  JOIN runs r ON r.id = s.current_run_id"""
    + attribution.JOINED
    + """
 WHERE s.assignment = %(assignment)s AND"""
    + attribution.COUNTS
    + """
 GROUP BY r.state"""
)

SCORES = (
    _COUNTED
    + """
SELECT x.points,
       split_part(x.report ->> 'max_score', '/', 1)::double precision
       / split_part(x.report ->> 'max_score', '/', 2)::double precision AS maximum
  FROM counted c JOIN results x ON x.run_id = c.run_id
 ORDER BY x.points"""
)

TESTS = (
    _COUNTED
    + """
SELECT t.name, min(t.task) AS task, min(t.visibility) AS visibility, count(*) AS ran,
       count(*) FILTER (WHERE t.verdict = 'passed') AS passed,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY t.wall_s) AS wall_s,
       percentile_cont(0.95) WITHIN GROUP (ORDER BY t.wall_s) AS wall_p95_s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY t.cpu_s) AS cpu_s,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY t.memory_bytes) AS memory_bytes,
       max(t.memory_bytes) AS memory_max_bytes
  FROM works c
  JOIN results x ON x.run_id = c.run_id
 CROSS JOIN ROWS FROM (jsonb_to_recordset(x.report -> 'tests') AS
       (name text, task text, visibility text, verdict text, wall_s double precision,
        cpu_s double precision, memory_bytes double precision))
       WITH ORDINALITY AS t (name, task, visibility, verdict, wall_s, cpu_s, memory_bytes, place)
 WHERE t.name NOT LIKE 'rules::%%'
 GROUP BY t.name
 ORDER BY min(t.place), t.name"""
)

# Numbers differ from student to student, and so does the counter-example that the first line of a
# property's message may hold; what is left of the next line is how it failed.
FAILURES = (
    _COUNTED  # noqa: S608  # two literals, no input
    + r"""
SELECT t.task, t.name, t.verdict, count(*) AS n,
       left(regexp_replace(
              regexp_replace(split_part(regexp_replace(t.message, '^With [^\n]*:\n', ''), E'\n', 1),
                             '[-+]?\d+(\.\d+)?(e[-+]?\d+)?', '…', 'gi'),
              '\[[][…,. ]*\]', '[…]', 'g'), %(gist)s) AS gist
  FROM works c
  JOIN results x ON x.run_id = c.run_id
 CROSS JOIN jsonb_to_recordset(x.report -> 'tests') AS
       t (name text, task text, verdict text, message text)
 WHERE t.verdict <> 'passed'
 GROUP BY t.task, t.name, t.verdict, gist
 ORDER BY n DESC, t.task, t.name LIMIT %(most)s"""
)


@dataclass(frozen=True, slots=True)
class Score:
    """Points of one submission; `points` is None when nothing is automatic."""

    points: float | None
    maximum: float


@dataclass(frozen=True, slots=True)
class TestStatistics:
    """One test over all counted submissions; medians, None where nothing was measured.

    Attributes:
        ran: submissions in whose report it stands.
        wall_p95_s: the 95th percentile.
        memory_bytes, memory_max_bytes: the most that a sandbox held during it: median, maximum.
    """

    name: str
    task: str
    visibility: models.Visibility
    ran: int
    passed: int
    wall_s: float | None
    wall_p95_s: float | None
    cpu_s: float | None
    memory_bytes: float | None
    memory_max_bytes: float | None

    __test__ = False

    @property
    def rate(self) -> float:
        """Share of submissions that pass it."""
        return self.passed / self.ran if self.ran else 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """One way in which submissions fail one test, numbers left out, and how many do."""

    task: str
    test: str
    verdict: models.Verdict
    message: str
    count: int


@dataclass(frozen=True, slots=True)
class Statistics:
    """All figures of an assignment; `mark` changes with any of them."""

    mark: str
    submissions: int
    students: int
    states: dict[models.SubmissionState, int]
    scores: tuple[Score, ...]
    tests: tuple[TestStatistics, ...]
    failures: tuple[Failure, ...]


def mark(db: database.Database, assignment: str) -> str:
    """A digest that changes whenever a figure may; one cheap query."""
    row = db.one(MARK, assignment=assignment)
    assert row is not None  # a row of constants always answers
    return str(row["digest"])


def of(db: database.Database, assignment: str, which: Which = "latest") -> Statistics:
    """The figures of an assignment, in one snapshot; six queries whatever there is."""
    values = {"assignment": assignment, "which": which, "most": MOST_FAILURES, "gist": GIST}
    with db.transaction() as connection:
        connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        marks = connection.execute(MARK, values).fetchall()
        totals = connection.execute(TOTALS, values).fetchall()
        states = connection.execute(STATES, values).fetchall()
        scores = connection.execute(SCORES, values).fetchall()
        tests = connection.execute(TESTS, values).fetchall()
        failures = connection.execute(FAILURES, values).fetchall()
    return Statistics(
        mark=marks[0]["digest"],
        **totals[0],
        states={models.SubmissionState(row["state"]): row["n"] for row in states},
        scores=tuple(Score(**row) for row in scores),
        tests=tuple(_test(row) for row in tests),
        failures=tuple(_failure(row) for row in failures),
    )


def _test(row: rows.Row) -> TestStatistics:
    return TestStatistics(**row | {"visibility": models.Visibility(row["visibility"])})


def _failure(row: rows.Row) -> Failure:
    verdict = models.Verdict(row["verdict"])
    return Failure(row["task"], row["name"], verdict, row["gist"], row["n"])
