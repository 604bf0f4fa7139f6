"""A term from the first page to the last in a real browser, in which nothing runs a script."""

import csv
import datetime
import io
import re
import zoneinfo

import pytest
from playwright.sync_api import Error, expect

from tests.browser.looks import serious_findings, too_wide
from tests.support import term
from tests.support.term_service import start_service  # noqa: F401  # pytest's way of fixtures

WIDTHS = ({"width": 1280, "height": 900}, {"width": 390, "height": 800})
GRADED_MS = 30_000
HTML = "text/html; charset=utf-8"
HW1, HW2 = "/assignments/hw1", "/assignments/hw2"


def given(name, content, kind="application/octet-stream"):
    return {"name": name, "mimeType": kind, "buffer": content}


class Person:
    """Somebody's browser, without scripts."""

    def __init__(self, chromium, service, inspector):
        context = chromium.new_context(
            base_url=service.url, viewport=WIDTHS[0], java_script_enabled=False
        )
        context.set_default_timeout(8_000)
        self.page, self._inspector = context.new_page(), inspector

    def sign_in(self, token):
        self.page.goto(f"/sign-in?token={token}")
        self.press("Sign in")
        self.sees("Sign out")
        return self

    def open(self, path):
        try:
            answer = self.page.goto(path)
        except Error as exc:  # the page that is left has refreshed itself in this very moment
            if "ERR_ABORTED" not in exc.message:
                raise
            answer = self.page.goto(path)
        assert answer.ok, f"{path}: {answer.status}"
        return self

    def follow(self, name):
        self.page.get_by_role("link", name=name, exact=True).first.click()

    def fill(self, **values):
        """Fill in fields by their label, with blanks for underscores."""
        for label, value in values.items():
            self.write(label.replace("_", " "), value)

    def write(self, label, value):
        field = self.page.get_by_label(label, exact=True).locator("visible=true").first
        if field.evaluate("field => field.tagName") == "SELECT":
            field.select_option(value)
        else:
            field.fill(value)

    def attach(self, label, *files):
        self.page.get_by_label(label).set_input_files(list(files))

    def press(self, name):
        self.page.get_by_role("button", name=name, exact=True).first.click()

    def unfold(self, words):
        self.page.locator("summary", has_text=words).first.click()

    def sees(self, *texts, timeout=5_000):
        for text in texts:
            shown = self.page.get_by_text(text).locator("visible=true").first
            expect(shown).to_be_visible(timeout=timeout)

    def table(self, button):
        """The lines of a table that a button downloads."""
        with self.page.expect_download() as download:
            self.press(button)
        return list(csv.DictReader(io.StringIO(download.value.path().read_text())))

    def look(self):
        """Check the page as it stands."""
        self._inspector.look(self.page)


class Inspector:
    """Looks at pages on a desk and on a phone, in a browser that runs the checker's script only."""

    def __init__(self, chromium):
        self._page = chromium.new_context().new_page()
        self.amiss = []

    def look(self, page):
        page.locator("main#content h1").first.wait_for()  # a form may still lead to it
        page.wait_for_load_state()
        address, text = page.url, page.content()
        self._page.route("**/static/*.js", lambda route: route.abort())
        here = address.partition("#")[0]
        self._page.route(
            lambda url: url == here, lambda route: route.fulfill(body=text, content_type=HTML)
        )
        for size in WIDTHS:
            self._page.set_viewport_size(size)
            self._page.goto(address)
            self.amiss += serious_findings(self._page) + too_wide(self._page)
        self._page.unroute_all()


class Term:
    """The people of the term, and what each of them does by page."""

    def __init__(self, chromium, service):
        self.service = service
        self._browser, self.inspector = chromium, Inspector(chromium)
        self.root = self.newcomer(service.admin)

    def newcomer(self, token):
        return Person(self._browser, self.service, self.inspector).sign_in(token)

    def course_is_made(self):
        root = self.root.open("/courses")
        root.fill(Name_in_addresses=term.COURSE, Title=term.TITLE, Term="Spring 2027")
        root.press("Create course")
        root.sees("Nobody is in this course yet")
        root.look()
        root.open(f"/roster?course={term.COURSE}")
        root.unfold("Add one person")
        root.fill(Login="iris", Name="Iris Wu", Role="instructor")
        root.press("Add")
        root.press("New token for iris")
        self.iris = iris = self.newcomer(root.page.locator("code.token").inner_text())
        iris.follow("Course")
        iris.follow("Settings")
        iris.write("Late days", "3")
        iris.page.get_by_role("button", name="Save").last.click()
        iris.sees("changed to 3")
        iris.look()

    def people_come(self):
        iris = self.iris.open("/roster")
        iris.attach("Update it", given("r.csv", term.ROSTER.encode()))
        iris.press("Import")
        iris.sees("6 added, 0 changed, 0 unchanged")
        iris.look()
        links = iris.table("Download a table for a mail merge")
        self.people = {one["login"]: self.newcomer(one["token"]) for one in links}
        assert sorted(self.people) == sorted((*term.STUDENTS, *term.MARKERS))

    def homeworks_are_published(self):
        iris = self.iris.open("/")
        iris.follow("Publish a homework")
        self.publish(term.hw1(typo=True), "first")
        iris.sees("Not published", "assignment.toml", "piont", "points")
        iris.look()
        self.publish(term.hw1(), "first")
        self.goes_live()
        iris.open("/publish")
        self.publish(term.hw2())
        self.goes_live()
        iris.look()

    def publish(self, content, note=""):
        self.iris.attach("The homework as one zip", given("hw.zip", content))
        self.iris.write("What changed, for the list of versions", note)
        self.iris.press("Publish")

    def goes_live(self):
        for _ in range(100):
            if self.iris.page.get_by_text("Live.", exact=True).is_visible():
                return
            self.iris.page.wait_for_timeout(200)
            self.iris.page.reload()
        pytest.fail(f"not live: {self.iris.page.inner_text('main')}")

    def dates_are_set(self):
        """Section B was due 30 hours ago."""
        iris = self.iris.open(f"{HW1}/schedule")
        iris.write("Section", "B")
        iris.press("Show")
        chicago = zoneinfo.ZoneInfo("America/Chicago")
        due = datetime.datetime.now(chicago) - datetime.timedelta(hours=30)
        iris.write("Due", f"{due:%Y-%m-%dT%H:%M}")
        iris.press("Save")
        iris.sees("changed to")
        iris.look()
        iris.open(f"{HW1}/extensions")
        iris.write("Student's login", "dan")
        iris.write("Due, in the course's time (America/Chicago)", "2030-02-03T12:00")
        iris.write("Reason; the student also reads it", "ill")
        iris.press("Extend")
        iris.sees("ill")

    def students_submit(self):
        self.addresses = {}
        for name in term.STUDENTS:
            person = self.people[name].open("/")
            person.follow("Summary statistics")
            files = [given(path, content) for path, content in term.WORK[name].items()]
            person.attach("One zip, or the files themselves", *files)
            person.press("Upload and grade")
            person.sees("Counts now", timeout=GRADED_MS)
            self.addresses[name] = person.page.url
        self.people["ann"].look()
        self.people["cleo"].sees("2 late days")
        self.people["dan"].open(HW1).sees("ill")
        self.people["dan"].look()

    def work_is_marked(self):
        iris = self.iris.open(f"{HW1}/unmarked")
        for name in ("Tess Ta", "Tim Ta"):
            iris.page.get_by_label(name).first.check()
        iris.press("Divide")
        iris.sees("2 of 2 marks left")
        iris.look()
        for name in term.MARKERS:
            marker = self.people[name].open(f"{HW1}/unmarked?marker={name}")
            marker.follow("Start marking")
            for _ in range(2):
                marker.page.get_by_label(term.RUBRIC[0]).check()
                marker.write("Comment; the student reads it once grades are published", "Good.")
                marker.press("Save and show the next")
            marker.sees("left to mark")
        self.people["tim"].open(f"{self.submission('cleo')}/marking").look()

    def code_is_annotated(self):
        tess = self.people["tess"].open(f"{self.submission('ann')}/files")
        tess.unfold("Write next to lines")
        tess.write("From line", "2")
        tess.page.get_by_label("What you want to say").first.fill("statistics.fmean does this.")
        tess.press("Save")
        tess.sees("statistics.fmean does this.")
        tess.look()

    def submission(self, name):
        return self.addresses[name].removeprefix(self.service.url)

    def grades_are_released(self):
        iris = self.iris.open(f"{HW1}/schedule")
        iris.write("Grades are published", "yes")
        iris.page.get_by_role("button", name="Save").last.click()
        iris.sees("changed to yes")
        ann = self.people["ann"].open(self.submission("ann"))
        ann.sees(term.RUBRIC[0], "Good.", "statistics.fmean does this.", "10 of 14")
        ann.look()

    def mark_is_asked_about(self):
        ann = self.people["ann"]
        ann.follow("ask about your points")
        ann.write("Task", "2")
        ann.write("What should be looked at again, and why?", "There is a plot on page 2.")
        ann.press("Send")
        ann.sees("waits for the course staff")
        ann.look()
        tim = self.people["tim"].open("/waiting")
        tim.page.get_by_role("link", name=re.compile("request")).click()
        tim.look()
        tim.follow("ann")
        tim.follow("marking")
        tim.page.get_by_label(term.RUBRIC[1]).check()
        tim.press("Save the mark of 2")
        tim.open(f"{self.submission('ann')}/requests")
        tim.write("Answer", "Right, there it is.")
        tim.press("Send and close")
        ann.page.reload()
        ann.sees("Right, there it is.", "closed")
        ann.open(self.submission("ann")).sees("11 of 14")

    def test_is_fixed(self):
        iris = self.iris.open(f"{HW1}/versions")
        self.publish(term.hw1(fixed=True), "the median of an even count")
        self.goes_live()
        iris.sees("4 submissions have their results by other tests", "test_median_of_an_even_count")
        iris.look()
        iris.press("Grade the latest of each student again")
        iris.sees("What it changes", timeout=GRADED_MS)
        iris.look()
        iris.page.get_by_label("Why, for the students").fill("a test of 1b was wrong")
        iris.press("Keep the higher result of each")
        iris.sees("The new results count")
        ann = self.people["ann"].open(self.submission("ann"))
        ann.sees("14 of 14", "11 before, 14 now", "a test of 1b was wrong")
        ann.look()
        self.people["bob"].open(self.submission("bob")).sees("13 of 14")

    def team_submits(self):
        ann, cleo = (self.people[name] for name in term.TEAM)
        ann.open(HW2).follow("Form a team")
        ann.write("Your classmate's login", "cleo")
        ann.press("Invite")
        ann.sees("no answer yet")
        cleo.open(HW2).sees("Ann Lee (ann) invites you to a team.")
        cleo.follow("Answer")
        cleo.look()
        cleo.press("Accept the invitation of Ann Lee (ann)")
        cleo.open(HW2).attach("One zip", given("spread.py", term.SPREAD.encode()))
        cleo.press("Upload and grade")
        cleo.sees("Counts now", timeout=GRADED_MS)
        ann.open(HW2).sees("for your team", "5 / 5", "counts")
        ann.look()
        book = self.iris.open(f"{HW2}/gradebook").table("Download as CSV")
        assert {one["login"]: one["score"] for one in book if one["score"]} == dict.fromkeys(
            term.TEAM, "5"
        )

    def grades_are_exported(self):
        iris = self.iris.open(f"{HW1}/gradebook")
        iris.look()
        book = iris.table("Download as CSV")
        assert {one["login"]: float(one["score"]) for one in book} == term.GRADES

    def course_is_archived(self):
        root = self.root.open("/courses")
        root.unfold(f"Change {term.TITLE}")
        root.press(f"Archive {term.TITLE}")
        root.sees("archived")
        ann = self.people["ann"].open(self.submission("ann"))
        ann.sees("14 of 14")
        ann.open("/").sees("This course is archived")
        ann.open(HW1).sees("This course is archived.")
        ann.look()


@pytest.mark.slow
def test_term_is_played_by_page(chromium, start_service):  # noqa: F811
    played = Term(chromium, start_service())
    played.course_is_made()
    played.people_come()
    played.homeworks_are_published()
    played.dates_are_set()
    played.students_submit()
    played.work_is_marked()
    played.code_is_annotated()
    played.grades_are_released()
    played.mark_is_asked_about()
    played.test_is_fixed()
    played.team_submits()
    played.grades_are_exported()
    played.course_is_archived()
    amiss = played.inspector.amiss
    assert amiss == [], "\n".join(amiss)
