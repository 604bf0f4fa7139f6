"""Whether a regrade changed what its student sees.

Owns one question of `postman`'s. What a student sees of a report is `reports`' answer: a change in
tests that are not released is not told, not even that there is one.
"""

from grader.service import context, reports
from grader.store import notices, users
from grader.store import submissions as stored


def differ(services: context.Services, notice: notices.Notice) -> bool:
    """Whether the student's page shows other points than before the regrade."""
    person = users.by_id(services.store, notice.user_id)
    student = person and person.within(person.member.course_of(notice.subject))
    if not student or notice.submission_id is None or notice.old_run_id is None:
        return False
    submission = stored.get(services.store, notice.submission_id, student)
    if submission is None:
        return False
    now = reports.of_submission(services, student, submission)
    before = reports.of_run(services, student, submission, notice.old_run_id)
    if now is None or before is None:
        return now is not before
    return (now.totals.score, now.report.score) != (before.totals.score, before.report.score)
