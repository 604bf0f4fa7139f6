"""Scores for an LMS: whose have changed, and sending them.

Owns when a score is sent and what it says; how a platform is asked is `grader.lti.grades`', pauses
between tries are `delivery`'s.

Theory of operation
    Next to the API, as the postman is: workers have no way out.

    due (by trigger, with what changed it) -> compared with the newest that was sent -> waiting
        -> sent, or refused for good, or again after 1, 2, 4 ... 60 min, for a week

    Only what is final is sent: grades are published, and no task waits for a person. Nothing is
    sent that says "in progress": in Canvas and Moodle it would wipe the grade that somebody has.
    So nothing is sent while something is graded or graded again; when the new result counts, it is.
    Every quarter of an hour everybody is looked at again, for what no trigger sees: a changed
    homework, a section's own date of publication.
"""

import datetime
import logging
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Final

from grader import errors
from grader.course import gradebook as books
from grader.lti import grades, service_access, transport
from grader.service import context, delivery, gradebook, lti_choice, lti_platforms, rounds
from grader.store import database, lti_due, rows
from grader.store import lti_courses as courses
from grader.store import lti_scores as stored

log = logging.getLogger(__name__)

PERIOD_S: Final = 10.0
SWEEP_S: Final = 900.0
GIVE_UP_AFTER: Final = datetime.timedelta(days=7)
MOST_NEW_TIMES: Final = 5  # a time of ours that is too old for the platform again and again


def sent(
    services: context.Services, slug: str, *, open_only: bool = False
) -> Sequence[stored.SentScore]:
    """The newest scores of a homework for an LMS: what, when, and the answer."""
    services.course.load(slug)
    return stored.shown(services.store, slug, open_only=open_only)


def send_again(services: context.Services, user: rows.User, slug: str) -> int:
    """Send what was refused or waits at once, and look at everybody's score; how many."""
    services.course.load(slug)
    return stored.again(services.store, slug, user.title)


def held_back(services: context.Services, slug: str) -> str:
    """Why scores of a homework are not sent, or not of everybody; empty when they all are."""
    assignment = services.course.load(slug)
    if not assignment.release.is_published(_now()):
        return "Grades are not published yet; scores are sent from then on."
    book = gradebook.entries(services.store, services.course, assignment.manifest)
    unmarked = sum(1 for entry in book if entry.waits_for_marks)
    if not unmarked:
        return ""
    who = "one student" if unmarked == 1 else f"{unmarked} students"
    return f"Nothing is sent for {who} yet: a task of theirs is not marked."


@dataclass(slots=True)
class Registrar:
    """Sends scores for one service."""

    services: context.Services
    _swept_s: float = field(default=0.0)

    async def run(self) -> None:
        """Look and send now and then until cancelled."""
        await rounds.every(PERIOD_S, self.round, "scores wait")

    def round(self) -> None:
        """Find out what has changed, and send what is due."""
        now_s = time.monotonic()
        if not self._swept_s or now_s - self._swept_s > SWEEP_S:
            lti_due.everybody_due(self.services.store)
            stored.forget_old(self.services.store)
            self.make_columns()
            self._swept_s = now_s
        self.gather()
        self.deliver()

    def make_columns(self) -> None:
        """Ask for a column where an LMS lets us and has none."""
        for wanted in lti_due.columns_wanted(self.services.store):
            try:
                platform = lti_platforms.find(self.services, wanted.platform_id)
                access = lti_platforms.access(self.services, platform)
                column = lti_choice.column_of(self.services, wanted.assignment)
                url = grades.column_address(access, wanted.line_items_url, column)
            except (errors.Undelivered, errors.NotFound, errors.SuiteError) as exc:
                log.warning("no column for %s: %s", wanted.assignment, exc)
                continue
            courses.add_column(self.services.store, wanted.context_id, wanted.assignment, url)

    def gather(self) -> None:
        """Have those scores sent that differ from the last that were; one process at a time."""
        with self.services.store.transaction() as connection:
            if not lti_due.lock(connection):
                return
            held = self._unpublished(lti_due.homeworks_due(connection))
            for one in self._spread(connection, lti_due.due(connection, held), held):
                self._gather_one(connection, one)
                lti_due.settled(connection, one)

    def _spread(
        self, connection: database.Connection, due: Sequence[lti_due.Due], held: Sequence[str]
    ) -> list[lti_due.Due]:
        """With late days, what changes in one homework may change the others of its student."""
        if not due or not self.services.course.any_late_days():
            return list(due)
        everybody = any(one.users is None for one in due)
        users = tuple(sorted({user for one in due for user in one.users or ()}))
        last = {one.assignment: one.last for one in due}
        return [
            lti_due.Due(slug, None if everybody else users, last.get(slug, 0))
            for slug in lti_due.linked(connection)
            if slug not in held
        ]

    def _gather_one(self, connection: database.Connection, one: lti_due.Due) -> None:
        targets = self._published(one.assignment, stored.targets(connection, one))
        if not targets:
            return
        by_login: dict[str, list[stored.Target]] = {}
        for target in targets:
            by_login.setdefault(target.login, []).append(target)
        for entry in self._entries(one.assignment):
            for target in by_login.get(entry.person.login, ()):
                new = _score(entry)
                if new and _differs(target, new):
                    stored.add(connection, target, new)

    def _entries(self, slug: str) -> Iterator[books.Entry]:
        try:
            manifest = self.services.course.load(slug).manifest
        except errors.SuiteError:  # it is gone or broken: what the LMS has stays
            return
        yield from gradebook.entries(self.services.store, self.services.course, manifest)

    def _published(self, slug: str, targets: Sequence[stored.Target]) -> list[stored.Target]:
        """Those whose grades are published; a section or a student may have a date of its own."""
        try:
            own = self.services.course.load_for(slug, {one.user_id for one in targets})
        except errors.SuiteError:
            return []
        now = _now()
        return [
            one
            for one in targets
            if one.user_id in own and own[one.user_id].release.is_published(now)
        ]

    def _unpublished(self, slugs: Sequence[str]) -> list[str]:
        """Homeworks that wait as a whole: nobody's grades are published."""
        held, course = [], self.services.course
        for slug in slugs:
            try:
                if course.edits(slug).only_for_everybody and not course.load(
                    slug
                ).release.is_published(_now()):
                    held.append(slug)
            except errors.SuiteError:
                continue
        return held

    def deliver(self) -> None:
        """Send everything that is due now."""
        while claimed := stored.claim(self.services.store):
            for one in claimed:
                self._send(one)

    def _send(self, one: stored.ClaimedScore) -> None:
        score = grades.FinalScore(
            one.subject,
            one.points,
            one.maximum,
            one.comment,
            one.stamped_at,
            one.submitted_at,
            one.is_new_work,
        )
        try:
            platform = lti_platforms.find(self.services, one.platform_id)
            access = lti_platforms.access(self.services, platform)
            answer = grades.send(access, one.url, score)
        except (errors.Undelivered, errors.NotFound) as exc:
            final = not isinstance(exc, errors.Undelivered) or exc.final
            self._not_taken(one, str(exc), final=final, is_unanswered=True)
            return
        self._answered(one, score, access, answer)

    def _answered(
        self,
        one: stored.ClaimedScore,
        score: grades.FinalScore,
        access: service_access.Access,
        answer: transport.Answer,
    ) -> None:
        store, said = self.services.store, answer.in_words()
        match grades.meaning(answer, again=one.is_unanswered):
            case grades.Meaning.TAKEN:
                stored.answered(store, one.id, said, taken=True)
            case grades.Meaning.OLDER if one.is_unanswered and (
                grades.is_there(access, one.url, score) is not False
            ):
                stored.answered(store, one.id, f"{said} (it had arrived before)", taken=True)
            case grades.Meaning.OLDER if one.tries <= MOST_NEW_TIMES:
                stored.restamp(store, one.id, said, delivery.pause_after(1) / 60 * one.tries)
            case grades.Meaning.NO_GRADE if answer.status == 422 and one.is_new_work:
                # Attempts are used up in the LMS: the grade alone is taken.
                stored.later(store, one.id, said, 0, as_old_work=True)
            case grades.Meaning.LATER:
                self._not_taken(
                    one,
                    said,
                    final=False,
                    is_unanswered=answer.status >= 500,
                    wait_s=answer.retry_after_s,
                )
            case grades.Meaning.NO_SUCH_COLUMN:
                stored.answered(store, one.id, said, taken=False)
                lti_due.forget_column(store, one.column_id)
            case _:
                stored.answered(store, one.id, said, taken=False)

    def _not_taken(
        self,
        one: stored.ClaimedScore,
        said: str,
        *,
        final: bool,
        is_unanswered: bool,
        wait_s: float = 0.0,
    ) -> None:
        log.warning("a score for %s was not taken (try %s): %s", one.assignment, one.tries, said)
        if final or _now() - one.made_at > GIVE_UP_AFTER:
            stored.answered(self.services.store, one.id, said, taken=False)
            return
        pause_s = max(delivery.pause_after(one.tries), min(wait_s, delivery.LONGEST_PAUSE_S))
        stored.later(self.services.store, one.id, said, pause_s, is_unanswered=is_unanswered)


def _score(entry: books.Entry) -> stored.NewScore | None:
    """What an LMS gets about somebody; None while there is nothing final, and of the excused."""
    if entry.excused or entry.submission is None or entry.total is None or entry.total.unmarked:
        return None
    if entry.total.max_score <= 0:
        return None
    points = max(entry.total.score, entry.total.score * 0)
    work = entry.submission
    return stored.NewScore(work.id, work.handed_in, points, entry.total.max_score, _comment(entry))


def _comment(entry: books.Entry) -> str:
    """What the number alone does not say: the late penalty, and markers' comments."""
    assert entry.total is not None  # the caller has looked
    lines = []
    if entry.total.penalty:
        percent = float(entry.total.penalty * 100)
        raw = float(entry.total.raw)
        lines.append(f"Late: {percent:.3g}% was taken off {raw:.6g} points.")
    if entry.late_days:
        days = "1 late day" if entry.late_days == 1 else f"{entry.late_days} late days"
        lines.append(f"{days} used.")
    lines += [f"{task.title}: {task.comment}" for task in entry.tasks if task.comment]
    return "\n".join(lines)


def _differs(target: stored.Target, new: stored.NewScore) -> bool:
    before = (target.points, target.maximum, target.comment)
    return before != (new.points, new.maximum, new.comment)


def _now() -> datetime.datetime:
    return datetime.datetime.now(datetime.UTC)
