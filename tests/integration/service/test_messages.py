"""Who hears of what: from what happens in the database to the mail that a real server was given."""

import dataclasses
import email
import email.policy
import json
import re
import uuid
from fractions import Fraction

import pytest

from grader import models, settings
from grader.notify import channels, kinds
from grader.scoring import redaction
from grader.service import accounts, courses, enrolments, erasure, messages, postman, watch
from grader.store import enrolments as enrolling
from grader.store import messages as outbox
from grader.store import notices, runs, submissions
from tests.support import fakes_service as fakes
from tests.support import mail_server
from tests.support.course_client import HOUR, NOW, Staffed

SITE = "https://grader.u.example"
AT_ONCE = dict.fromkeys(kinds.StudentKind, -1.0)


class Told(Staffed):
    """A course whose service sends mail, and what has arrived."""

    def __init__(self, store, uploads, course, box, hooks):
        super().__init__(store, uploads, course)
        self.root, self.box, self.hooks = course, box, hooks
        services = self.client.app.state.services
        self.services = dataclasses.replace(
            services,
            views=dataclasses.replace(services.views, redact=redaction.redact),
            channels=channels.chosen(
                settings.Settings(
                    smtp_url=f"smtp+plain://127.0.0.1:{box.port}",
                    mail_from="grader@u.example",
                    public_url=SITE,
                    webhook_urls=hooks.url,
                    webhook_secret="key",
                )
            ),
        )
        self.client.app.state.services = self.services
        self.postman = postman.Postman(self.services, staff_settle_s=-1.0, settle_s=AT_ONCE)
        for name in ("ann", "bob", "eve"):  # nobody knows root's address
            self.sql("UPDATE users SET email = %s WHERE name = %s", f"{name}@u.example", name)

    def sql(self, query, *values):
        with self.store.transaction() as connection:
            done = connection.execute(query, values)
            return done.fetchall() if done.description else None

    def choose(self, who, *wanted):
        answer = self.send("PUT", "/api/messages", who, wanted=list(wanted))
        assert answer.status_code == 200, answer.text

    def mails(self):
        """Recipient, subject and text of what arrived since the last look."""
        self.postman.round()
        found = []
        for to, text in self.box.letters:
            read = email.message_from_string(text, policy=email.policy.default)
            found.append((to[0].partition("@")[0], read["Subject"], read.get_content()))
        self.box.letters.clear()
        return found

    def told(self):
        return sorted((to, subject) for to, subject, _ in self.mails())

    def claim(self, who="ann"):
        """A submission that a worker has just begun with."""
        accepted = self.post(who=who).json()
        user = self.user(who)
        found = submissions.get(self.store, uuid.UUID(accepted["id"]), user)
        return runs.begin(self.store, found.run_id, "worker test:1")

    def user(self, who):
        from grader.service import accounts

        return accounts.find(self.store, self.tokens[who])

    def regrade(self, score):
        """Grade everything again, with another score, and apply it."""
        started = self.send(
            "POST", f"/api/assignments/{fakes.SLUG}/regrades", which="all", reason="fixed"
        ).json()
        for row in self.sql("SELECT id FROM runs WHERE group_id = %s", started["id"]):
            work = runs.begin(self.store, row["id"], "worker test:1")
            runs.finish(self.store, work, fakes.report(score))
        path = f"/api/regrades/{started['id']}"
        answer = self.send("POST", f"{path}/apply", take="take-new", reason="a test was wrong")
        assert answer.status_code == 200, answer.text
        return path


@pytest.fixture
def told(store, uploads, course):
    with mail_server.running() as box, mail_server.taking_hooks() as hooks:
        yield Told(store, uploads, course, box, hooks)


def test_student_hears_of_a_result_only_if_it_took_long_unless_they_choose(told):
    told.graded("ann")
    assert told.mails() == []
    told.choose("ann", "results")
    told.graded("ann")
    ((to, subject, text),) = told.mails()
    assert (to, subject) == ("ann", "[grader] Graded: Homework")
    assert f"{SITE}/submissions/" in text
    assert "6.67" not in text  # points are on the page alone

    told.choose("ann", "slow_results")
    work = told.claim("ann")
    told.sql("UPDATE submissions SET created_at = now() - interval '1 hour'")
    runs.finish(told.store, work, fakes.report())
    assert told.told() == [("ann", "[grader] Graded: Homework")]


def test_invited_student_and_who_has_other_team_mates_hear_of_it(told):
    told.rubric("[team]\nsize = 2\n")
    team = f"/api/assignments/{fakes.SLUG}/team"
    assert told.send("POST", f"{team}/invitations", "ann", login="bob").status_code == 201
    ((to, subject, text),) = told.mails()
    assert (to, subject) == ("bob", "[grader] Your team: Homework")
    assert f"{SITE}/assignments/{fakes.SLUG}/team" in text
    assert "ann" not in text
    told.send("POST", f"{team}/invitations/ann/accept", "bob")
    assert told.told() == [("ann", "[grader] Your team: Homework")]
    (row,) = told.sql("SELECT id FROM teams")
    told.send("DELETE", f"{team}s/{row['id']}", "eve")
    assert [to for to, _ in told.told()] == ["ann", "bob"]
    told.choose("bob")
    told.send("POST", f"{team}/invitations", "ann", login="bob")
    assert told.told() == []


def test_invitation_that_is_sent_again_is_told_once(told):
    told.rubric("[team]\nsize = 2\n")
    for _ in range(3):
        told.send("POST", f"/api/assignments/{fakes.SLUG}/team/invitations", "ann", login="bob")
        told.mails()
    assert told.sql("SELECT count(*) AS n FROM messages")[0]["n"] == 1


def test_team_is_told_when_its_homework_has_opened(told):
    told.rubric(f"[schedule]\nopens = {(NOW + HOUR).isoformat()}\n[team]\nsize = 2\n")
    made = told.send("POST", f"/api/assignments/{fakes.SLUG}/teams", "eve", members=["ann", "bob"])
    assert made.status_code == 201
    assert told.told() == []
    told.rubric(f"[schedule]\nopens = {(NOW - HOUR).isoformat()}\n[team]\nsize = 2\n")
    assert [to for to, _ in told.told()] == ["ann", "bob"]


def test_several_results_of_one_student_are_one_mail_and_none_is_told_twice(told):
    told.choose("ann", "results")
    for _ in range(3):
        told.graded("ann")
    ((_, _, text),) = told.mails()
    assert text.count("/submissions/") == 3
    assert told.mails() == []


def test_result_waits_for_others_like_it(told):
    told.choose("ann", "results")
    told.graded("ann")
    patient = postman.Postman(told.services)
    patient.round()
    assert told.box.letters == []
    assert len(told.mails()) == 1


def test_marks_are_told_when_they_are_published_and_once_for_all_tasks(told):
    submission = told.graded("ann")
    for points in (1, 2):
        assert told.mark(submission, points=points).status_code == 200
    assert told.mails() == []
    told.rubric("[schedule]\npublished = true\n")
    ((to, subject, text),) = told.mails()
    assert (to, subject) == ("ann", "[grader] Marked: Homework")
    assert text.count("/submissions/") == 1
    assert told.mails() == []


def test_regrade_is_told_to_those_whose_points_changed(told):
    told.rubric("[schedule]\npublished = true\n")
    runs.finish(told.store, told.claim("ann"), fakes.report(Fraction(3)))
    told.graded("bob")
    told.regrade(Fraction(20, 3))
    assert told.told() == [("ann", "[grader] Graded again: Homework")]


def test_regrade_that_is_reverted_before_anybody_heard_of_it_is_not_told(told):
    told.rubric("[schedule]\npublished = true\n")
    told.graded("ann")
    path = told.regrade(Fraction(3))
    assert told.send("POST", f"{path}/revert").status_code == 200
    assert told.mails() == []


def test_staff_hear_of_failed_gradings_and_many_are_one_mail(told):
    for _ in range(30):
        runs.fail(told.store, told.claim("ann"), "secret.py: hidden input 42")
    ((to, subject, text),) = told.mails()
    assert (to, subject) == ("eve", "[grader] 30 gradings failed")
    assert "hw: 30" in text
    assert "42" not in text
    assert "ann" not in text


def test_night_of_failures_is_a_handful_of_mails(told):
    """The first at once, the next after 15 minutes, then after twice as long."""
    sent = []
    for minute in range(0, 600, 5):
        with told.store.transaction() as connection:
            notices.for_staff(connection, kinds.StaffKind.FAILED_GRADINGS, "hw")
        sent += [minute] * len([one for one in told.mails() if one[0] == "eve"])
        told.sql("UPDATE staff_messages SET made_at = made_at - interval '5 minutes'")
    assert sent == [0, 15, 45, 105, 225, 465]


def test_failure_that_nobody_has_heard_of_is_told_in_the_next_mail(told):
    runs.fail(told.store, told.claim("ann"), "the machine")
    told.mails()
    runs.fail(told.store, told.claim("ann"), "the machine")
    assert told.mails() == []
    told.sql("UPDATE staff_messages SET made_at = made_at - interval '16 minutes'")
    assert told.told() == [("eve", "[grader] A grading failed")]


def test_test_with_a_mistake_is_told_to_staff(told):
    work = told.claim("ann")
    report = fakes.report()
    broken = dataclasses.replace(report.tests[0], fault="public/test_a.py, line 3: NameError")
    runs.finish(told.store, work, dataclasses.replace(report, tests=(broken, *report.tests[1:])))
    assert told.told() == [("eve", "[grader] A homework needs work")]
    items = told.get("/api/waiting", "eve").json()["items"]
    assert [item["words"] for item in items if item["n"]] == [
        "test has a mistake",
        "submission to mark",
    ]
    assert items[0]["path"] == f"/submissions/{work.submission_id}"


def test_webhook_is_told_what_staff_are_told_and_nobody_s_name(told):
    runs.fail(told.store, told.claim("ann"), "the machine")
    told.mails()
    ((_, body),) = told.hooks.calls
    said = json.loads(body)
    assert (said["kind"], said["about"]) == ("failed_gradings", {"hw": 1})
    assert said["url"] == f"{SITE}/waiting"
    assert b"ann" not in body


def test_webhook_that_fails_is_called_again_under_the_same_id(told):
    told.hooks.status = 503
    runs.fail(told.store, told.claim("ann"), "the machine")
    told.mails()
    (shown,) = told.get("/api/messages/outbox", "eve").json()["unsent"]
    assert "answered 503" in shown["fault"]
    told.hooks.status = 204
    told.mails()
    assert len(told.hooks.calls) == 1  # its pause is not over
    told.sql("UPDATE messages SET due_at = now()")
    told.mails()
    first, second = (headers["webhook-id"] for headers, _ in told.hooks.calls)
    assert first == second
    assert told.get("/api/messages/outbox", "eve").json()["unsent"] == []


def test_mail_server_that_is_away_loses_nothing(told):
    told.box.broken = True
    runs.fail(told.store, told.claim("ann"), "the machine")
    assert told.mails() == []
    status = messages.outbox(told.services, told.user("eve"))
    assert [one.recipient for one in status.unsent] == ["eve"]
    told.box.broken = False
    told.sql("UPDATE messages SET due_at = now()")
    assert told.told() == [("eve", "[grader] A grading failed")]


def test_message_is_given_up_after_a_day_and_shown(told):
    told.box.broken = True
    runs.fail(told.store, told.claim("ann"), "the machine")
    told.mails()
    told.sql("UPDATE messages SET due_at = now(), made_at = made_at - interval '25 hours'")
    told.mails()
    assert messages.outbox(told.services, told.user("eve")).counts.waiting == 0
    (shown,) = told.get("/api/messages/outbox", "eve").json()["unsent"]
    assert shown["given_up"]


def test_two_processes_never_send_one_message_twice(told):
    told.choose("ann", "results")
    told.graded("ann")
    told.postman.gather()
    claimed = outbox.claim(told.store)
    assert len(claimed) == 1
    assert outbox.claim(told.store) == []


def test_who_chooses_nothing_hears_nothing(told):
    told.choose("eve")
    runs.fail(told.store, told.claim("ann"), "the machine")
    assert told.mails() == []


def test_course_says_what_is_sent_by_default(told):
    (told.root / "course.toml").write_text('[notify]\nstudents = ["results"]\nstaff = []\n')
    told.graded("ann")
    runs.fail(told.store, told.claim("bob"), "the machine")
    assert told.told() == [("ann", "[grader] Graded: Homework")]


def test_nobody_chooses_what_is_not_theirs(told):
    answer = told.send("PUT", "/api/messages", "ann", wanted=["failed_gradings"])
    assert answer.status_code == 422
    assert "marks" in answer.json()["detail"]


def test_request_about_points_is_told_to_staff_and_tas_who_want_to_hear_of_it(told):
    told.rubric(f"[schedule]\npublish_at = {(NOW - HOUR).isoformat()}\n")
    told.tokens["tim"] = accounts.add_user(told.store, "tim", "ta")
    told.sql("UPDATE users SET email = 'tim@u.example' WHERE name = 'tim'")
    submission = told.graded("ann")
    told.mails()
    path = f"/api/submissions/{submission}/requests"
    request = told.send("POST", path, "ann", task="1a", text="why?").json()["id"]
    assert told.told() == []
    told.choose("tim", "requests")
    assert told.send("PUT", "/api/messages", "tim", wanted=["workers"]).status_code == 422
    said = f"/api/requests/{request}/messages"
    told.send("POST", said, "eve", text="look again")
    assert told.told() == []
    told.sql("UPDATE staff_messages SET made_at = made_at - interval '1 day'")
    told.send("POST", said, "ann", text="I did")
    assert told.told() == [("tim", "[grader] A regrade request")]
    told.send("POST", said, "ann", close=True)
    assert told.told() == []


def test_forgetting_a_person_removes_choices_and_pending_mail(told):
    told.choose("ann", "results")
    told.box.broken = True
    told.graded("ann")
    told.mails()
    told.graded("ann")  # a notice, not a message yet
    erasure.forget(told.store, told.services.uploads, "ann")
    counts = "SELECT count(*) AS n FROM "
    assert [told.sql(counts + t)[0]["n"] for t in ("message_choices", "messages", "notices")] == [
        0,
        0,
        0,
    ]


def test_without_a_way_out_nothing_is_kept(told):
    told.postman = postman.Postman(
        dataclasses.replace(told.services, channels=channels.Channels()), -1.0, AT_ONCE
    )
    told.choose("ann", "results")
    told.graded("ann")
    runs.fail(told.store, told.claim("bob"), "the machine")
    assert told.mails() == []
    assert told.sql("SELECT count(*) AS n FROM notices") == [{"n": 0}]
    assert told.sql("SELECT count(*) AS n FROM messages") == [{"n": 0}]


def test_broken_homework_is_told_once_while_it_stays_broken(told):
    told.manifest.write_text("slug = 5")
    look = watch.Watch(told.services, "all", "here")
    look.look()
    assert told.mails() == []  # somebody may be saving it
    for _ in range(3):
        look.look()
    ((to, subject, _),) = told.mails()
    assert (to, subject) == ("eve", "[grader] A homework needs work")
    told.rubric()
    look.look()
    told.manifest.write_text("slug = 5")
    look.look()
    look.look()
    told.sql("UPDATE staff_messages SET made_at = made_at - interval '16 minutes'")
    assert len(told.mails()) == 1  # it broke again


def test_fault_that_a_worker_found_is_shown_until_that_worker_says_no_more(told):
    kind = kinds.StaffKind.BROKEN_SUITES
    notices.conditions(told.store, kind, "worker on far", {"hw": "line 3: no module wrong"})
    notices.conditions(told.store, kind, "worker on far", {"hw": "line 4: no module wrong"})
    seen = told.get("/api/assignments", "eve").json()["faults"]
    assert seen == {"hw": "line 4: no module wrong"}
    assert not told.get("/api/assignments", "ann").json().get("faults")
    assert len(told.mails()) == 1
    told.sql("UPDATE conditions SET seen_at = now() - interval '11 minutes'")
    notices.conditions(told.store, kind, "worker on near", {})
    assert not told.get("/api/assignments", "eve").json().get("faults")


def test_full_disk_and_lost_workers_are_told(told):
    def full():
        from grader import errors

        raise errors.StoreUnavailable("Only 3 MB are free")

    told.services.checks["disk"] = full
    told.sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now() - interval '1 h')")
    told.sql("INSERT INTO procrastinate_workers (last_heartbeat) VALUES (now())")
    look = watch.Watch(told.services, "api", "here")
    look.look()
    look.look()
    assert told.told() == [
        ("eve", "[grader] A worker is gone"),
        ("eve", "[grader] Storage needs attention"),
    ]


def test_notice_of_a_batch_reaches_no_student(told):
    told.choose("ann", "results")
    told.graded("ann")
    told.sql("UPDATE submissions SET label = 'somebody'")
    told.sql("DELETE FROM notices")
    with told.store.transaction() as connection:
        for row in connection.execute("SELECT current_run_id AS run, id FROM submissions"):
            notices.run_ended(connection, row["run"])
            notices.marked(connection, row["id"])
    assert told.mails() == []


def test_states_that_end_a_run_for_a_student_are_told(told):
    told.choose("ann", "results")
    runs.refuse(told.store, told.claim("ann"), ["layers.py:1: not Python"])
    ((to, _, text),) = told.mails()
    assert to == "ann"
    assert "not Python" not in text


def test_sign_in_links_are_mailed_once_and_stored_nowhere(told):
    for name, address in (("zoe", "zoe@u.example"), ("kim", None)):
        new = enrolling.NewEnrolment(models.Role.STUDENT, email=address)
        enrolments.change(told.store, "main", name, new, "test")
    done = told.send("POST", "/api/roster/sign-in-mails").json()
    assert done == {"mailed": ["zoe"], "without_address": ["kim"]}
    assert told.send("POST", "/api/roster/sign-in-mails").json()["mailed"] == []
    told.box.broken = True
    assert told.mails() == []
    assert told.sql("SELECT count(*) AS n FROM tokens WHERE revoked_at IS NOT NULL")[0]["n"] == 1
    told.box.broken = False
    told.sql("UPDATE messages SET due_at = now()")
    ((to, subject, text),) = told.mails()
    assert (to, subject) == ("zoe", "[grader] Your sign-in link for Main course")
    token = re.search(rf"{SITE}/sign-in\?token=(\S+)", text)[1]
    assert accounts.find(told.store, token).name == "zoe"
    assert token not in str(told.sql("SELECT * FROM messages"))
    assert told.send("POST", "/api/roster/sign-in-mails").json()["mailed"] == []


def test_each_course_says_what_its_people_hear_of_and_where_answers_go(told):
    def failed(run):
        runs.fail(told.store, run, "the machine")
        told.sql("DELETE FROM staff_messages")  # long ago

    courses.add(told.store, "other", "Other course", "", "test")
    told.tokens["oscar"] = accounts.add_user(told.store, "oscar", "instructor", course="other")
    told.sql("UPDATE users SET email = 'oscar@u.example' WHERE name = 'oscar'")
    enrolments.change(told.store, "other", "ann", enrolling.NewEnrolment(), "test")
    here = {"notify.students": ["results"], "notify.staff": [], "notify.reply_to": "a@u.example"}
    told.send("PATCH", "/api/courses/main/settings", set=here)
    there = {"notify.students": [], "notify.reply_to": "b@u.example"}
    told.send("PATCH", "/api/courses/other/settings", "oscar", set=there)

    told.graded("ann")
    told.postman.round()
    ((to, text),) = told.box.letters
    told.box.letters.clear()
    read = email.message_from_string(text, policy=email.policy.default)
    assert (to, read["Reply-To"]) == (("ann@u.example",), "a@u.example")
    runs.fail(told.store, told.claim("bob"), "the machine")
    assert told.told() == []  # eve's course sends staff nothing

    assert told.send("PUT", "/api/courses/other/assignments/hw", "root").is_success
    for end in (lambda run: runs.finish(told.store, run, fakes.report()), failed):
        found = told.post(who="ann").json()["id"]
        (row,) = told.sql("SELECT current_run_id AS id FROM submissions WHERE id = %s", found)
        end(runs.begin(told.store, row["id"], "worker test:1"))
    assert told.told() == [("oscar", "[grader] A grading failed")]
