"""What browser tests share: signing in, grading in another thread, the accessibility checker."""

import threading
import time
import uuid
from fractions import Fraction

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import expect

from grader.service import accounts
from grader.store import database, runs, submissions
from tests.support import fakes_service as fakes


def sign_in(page, site, who="ann"):
    page.goto("/sign-in")
    page.get_by_label("Your access token").fill(site.tokens[who])
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Assignments")).to_be_visible()


def serious_findings(page):
    """What an accessibility checker calls serious or critical on the page as it stands."""
    found = Axe().run(page).response["violations"]
    return [
        f"{page.url}: {v['id']}: {v['nodes'][0]['html'][:160]}"
        for v in found
        if v["impact"] in ("serious", "critical")
    ]


def too_wide(page):
    """Whether the page itself must be scrolled sideways; tables in it may."""
    wide = page.evaluate("document.documentElement.scrollWidth - window.innerWidth")
    return [f"{page.url}: {wide} px too wide"] if wide > 0 else []


def grade_all(site, points=Fraction(5), pause_s=0.0):
    """The worker's part for all that waits, in another thread and through a pool of its own."""

    def work():
        elsewhere = database.Database(site.store.conninfo)
        try:
            with elsewhere.transaction() as connection:
                queued = connection.execute(
                    "SELECT id FROM runs WHERE state = 'queued' ORDER BY id"
                ).fetchall()
            for row in queued:
                time.sleep(pause_s)
                begun = runs.begin(elsewhere, row["id"], "worker test:1")
                runs.finish(elsewhere, begun, fakes.report(points))
        finally:
            elsewhere.close()

    thread = threading.Thread(target=work)
    thread.start()
    return thread


def hand_in(site, who="ann", points=Fraction(4), files=(("layers.py", b"ok"),)):
    """A graded submission of a student, made without a browser; its id."""
    from grader.service import jobs
    from grader.store import rows

    user = accounts.find(site.store, site.tokens[who])
    stored = site.client.app.state.services.uploads.put(
        site.grading.inspect(fakes.SLUG, list(files))
    )
    new = rows.NewSubmission(uuid.uuid4(), user.id, fakes.SLUG, stored, 1, stored)
    jobs.accept(site.store, new, "")
    run_id = submissions.get(site.store, new.id, user).run_id
    runs.finish(site.store, runs.begin(site.store, run_id, "worker test:1"), fakes.report(points))
    return new.id
