"""The postman: makes messages of what happened, and sends them.

Owns who hears of what and when, and how equal events become one message. People's choices are
`messages`', the words `grader.notify.texts`', sending and trying again `delivery`'s.

Theory of operation
    It runs beside the API, not in a worker: workers have no way out of the inner network, and one
    that is gone could not report it.

    notice (written with what it is about) -> gather -> message in the outbox -> deliver -> sent
                                                                  |  not taken: again after 1, 2,
                                                                  |  4 ... 60 min, for a day
                                                                  `-> given up, shown to staff

    Students: those of a person and kind come together, a little after the last of them. Marks
    wait until they are published, news of a team until its homework opens; of a regrade
    they hear only where their page shows other points. Staff hear of the first of a kind within a
    minute, what follows after `staff_minutes`, then twice as long, and so on within a day: a night
    of 300 failures is some six mails.
    Where no way out is set, notices are thrown away.
"""

import datetime
import json
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Final

from grader import errors
from grader.assignment import manifest as manifests
from grader.course import memberships
from grader.notify import channels, kinds, texts
from grader.service import context, delivery, rounds, told_points
from grader.store import courses, database, messages, notices

PERIOD_S: Final = 10.0
# Of students' notices: seconds after the last one, and the longest that the first may wait.
SETTLE_S: Final[Mapping[kinds.StudentKind, float]] = {
    kinds.StudentKind.RESULTS: 30.0,
    kinds.StudentKind.SLOW_RESULTS: 30.0,
    kinds.StudentKind.MARKS: 600.0,  # a marker goes from task to task, and corrects
    kinds.StudentKind.REGRADES: 60.0,
    kinds.StudentKind.TEAMS: 60.0,
}
LONGEST_S: Final = 3600.0
# Kinds that are about homeworks; the others are about the service.
OF_HOMEWORKS: Final = (
    kinds.StaffKind.FAILED_GRADINGS,
    kinds.StaffKind.BROKEN_SUITES,
    kinds.StaffKind.REQUESTS,
)
OF_COURSES: Final = (kinds.StaffKind.RETENTION,)  # whose subject is a course's name
STAFF_SETTLE_S: Final = 30.0
LONGEST_QUIET = datetime.timedelta(hours=4)


@dataclass(frozen=True, slots=True)
class Postman:
    """Gathers and delivers for one service.

    Attributes:
        staff_settle_s: how long the first of staff's notices waits for others.
        settle_s: the same for students, by kind.
    """

    services: context.Services
    staff_settle_s: float = STAFF_SETTLE_S
    settle_s: Mapping[kinds.StudentKind, float] = field(default_factory=lambda: SETTLE_S)

    @property
    def ways(self) -> channels.Channels:
        """The ways out."""
        return self.services.channels

    async def run(self) -> None:
        """Gather and deliver now and then until cancelled."""
        await rounds.every(PERIOD_S, self.round, "messages wait")

    def round(self) -> None:
        """Make messages of what happened, and send what is due."""
        self.gather()
        delivery.deliver_due(self.services)
        messages.forget_old(self.services.store)

    def gather(self) -> None:
        """Make messages of notices; whatever process does it, each once."""
        with self.services.store.transaction() as connection:
            if not notices.lock(connection):
                return
            held = self._held(notices.about(connection))
            for student_kind in kinds.StudentKind:
                self._gather_students(connection, student_kind, held.get(student_kind, ()))
            for staff_kind in kinds.StaffKind:
                self._gather_staff(connection, staff_kind)

    def _gather_students(
        self,
        connection: database.Connection,
        kind: kinds.StudentKind,
        held: Sequence[tuple[str, int]],
    ) -> None:
        due = notices.of_students(connection, kind, held, self.settle_s[kind], LONGEST_S)
        if self.ways.smtp:
            for user_id, theirs in self._wanted(connection, kind, due):
                if lines := self._lines(kind, theirs):
                    message = texts.for_student(kind, lines, self.ways.site)
                    told, of = (message.subject, message.body), self._course(theirs)
                    messages.add(connection, kind, *told, user_id=user_id, course=of)
        notices.forget(connection, due)

    def _course(self, theirs: Iterable[notices.Notice]) -> str:
        """The course that these are about; empty where they are several."""
        about = {self.services.course.home(notice.subject) for notice in theirs}
        return about.pop() if len(about) == 1 else ""

    def _wanted(
        self,
        connection: database.Connection,
        kind: kinds.StudentKind,
        due: Sequence[notices.Notice],
    ) -> Iterator[tuple[int, list[notices.Notice]]]:
        """Student -> their notices, of those who want to hear of them."""
        wanted = set[int]()
        for of in {self.services.course.home(notice.subject) for notice in due}:
            here = [one for one in due if self.services.course.home(one.subject) == of]
            among = [notice.user_id for notice in here]
            readers = self._readers(connection, kind, of, among)
            if kind is kinds.StudentKind.SLOW_RESULTS:  # who hears of every result hears of these
                readers |= self._readers(connection, kinds.StudentKind.RESULTS, of, among)
            wanted |= {notice.id for notice in here if notice.user_id in readers}
        told = [notice for notice in due if notice.id in wanted]
        for user_id, theirs in groupby(told, lambda notice: notice.user_id):
            yield user_id, list(theirs)

    def _readers(
        self, connection: database.Connection, kind: kinds.Kind, of: str, among: Sequence[int]
    ) -> set[int]:
        """Which of these students hear of a kind in a course."""
        by_default = self.services.course.rules(of).notify.sent_by_default(kind)
        return messages.readers(connection, kind, by_default, among)

    def _lines(
        self, kind: kinds.StudentKind, theirs: Iterable[notices.Notice]
    ) -> list[texts.PageLink]:
        """One line for each page; of a regrade only where the student sees other points."""
        first = dict[str, notices.Notice]()
        for notice in theirs:
            first.setdefault(_page(notice), notice)
        return [
            texts.PageLink(self._title(notice.subject), _page(notice))
            for notice in first.values()
            if kind is not kinds.StudentKind.REGRADES or told_points.differ(self.services, notice)
        ]

    def _gather_staff(self, connection: database.Connection, kind: kinds.StaffKind) -> None:
        rules = self.services.course.rules().notify
        news = notices.of_staff(connection, kind)
        if news is None or not self._is_time(news, rules.staff_minutes):
            return
        about = notices.take_of_staff(connection, kind, news.last)
        message = texts.for_staff(kind, about, self.ways.site)
        if self.ways.smtp:
            self._tell_staff(connection, kind, about)
        for hook in self.ways.webhooks if rules.sent_by_default(kind) else ():
            body = _payload(kind, message, about, self.ways.site)
            messages.add(connection, kind, message.subject, body, webhook=hook.name)

    def _tell_staff(
        self, connection: database.Connection, kind: kinds.StaffKind, about: Mapping[str, int]
    ) -> None:
        """A message to each of the staff on what is theirs: nobody reads of another's course."""
        homes = courses.homeworks(self.services.store)
        for reader in messages.staff(connection, kind):
            theirs = {
                subject: n
                for subject, n in about.items()
                if (reader.courses is None or _is_theirs(kind, subject, reader.courses, homes))
                and (reader.wanted or self._sent_to(reader, kind, subject, homes))
            }
            if theirs:
                told = texts.for_staff(kind, theirs, self.ways.site)
                messages.add(connection, kind, told.subject, told.body, user_id=reader.user_id)

    def _sent_to(
        self,
        reader: messages.StaffReader,
        kind: kinds.StaffKind,
        subject: str,
        homes: Mapping[str, str],
    ) -> bool:
        """Whether its course sends it by default; what is of the service, any of theirs."""
        if kind in OF_COURSES:
            among: Collection[str] = (subject,)
        elif kind in OF_HOMEWORKS:
            among = (homes.get(subject, memberships.DEFAULT),)
        else:
            among = reader.courses or ("",)
        return any(self.services.course.rules(of).notify.sent_by_default(kind) for of in among)

    def _is_time(self, news: notices.StaffNews, minutes: int) -> bool:
        now = datetime.datetime.now(datetime.UTC)
        if (now - news.first_at).total_seconds() < self.staff_settle_s:
            return False
        if news.last_at is None:
            return True
        quiet = datetime.timedelta(minutes=minutes) * 2 ** min(news.lately - 1, 10)
        longest: datetime.timedelta = min(quiet, LONGEST_QUIET)
        return now - news.last_at >= longest

    def _title(self, slug: str) -> str:
        try:
            return self.services.course.load(slug).manifest.title
        except errors.SuiteError:  # it is gone since
            return slug

    def _held(
        self, about: Mapping[str, Sequence[int]]
    ) -> dict[kinds.StudentKind, list[tuple[str, int]]]:
        """Kind -> homeworks, each with a student who does not see yet what it is about."""
        now = datetime.datetime.now(datetime.UTC)
        unpublished, unopened = list[tuple[str, int]](), list[tuple[str, int]]()
        for slug, user_ids in about.items():
            try:
                own = self.services.course.load_for(slug, user_ids)
            except errors.SuiteError:
                continue  # it is gone; the notice goes as well
            unpublished += [
                (slug, i) for i, one in own.items() if not one.release.is_published(now)
            ]
            unopened += [(slug, i) for i, one in own.items() if not _has_opened(one, now)]
        return {kinds.StudentKind.MARKS: unpublished, kinds.StudentKind.TEAMS: unopened}


def _has_opened(assignment: manifests.Assignment, now: datetime.datetime) -> bool:
    opens = assignment.manifest.schedule.opens
    return opens is None or now >= opens


def _page(notice: notices.Notice) -> str:
    """What a student is led to: the submission, or their team of a homework."""
    if notice.submission_id is None:
        return f"/assignments/{notice.subject}/team"
    return f"/submissions/{notice.submission_id}"


def _is_theirs(
    kind: kinds.StaffKind, subject: str, own: Collection[str], homes: Mapping[str, str]
) -> bool:
    """Whether staff of these courses hear of it; what is about the service, all staff hear of."""
    if kind in OF_COURSES:
        return subject in own
    return kind not in OF_HOMEWORKS or homes.get(subject, memberships.DEFAULT) in own


def _payload(
    kind: kinds.StaffKind, message: texts.Message, about: Mapping[str, int], site: str
) -> str:
    """What a webhook gets; id and time are added when it is sent."""
    return json.dumps(
        {
            "kind": kind,
            "text": f"{message.subject}: {site}{texts.PAGES[kind]}",
            "about": dict(about),
            "url": site + texts.PAGES[kind],
        }
    )
