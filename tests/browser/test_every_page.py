"""Every page, as staff and as a student, in both themes: nothing serious for a screen reader.

A new page fails the first test until it is in the table, and is looked at from then on.
"""

import json
from fractions import Fraction

import pytest
from fastapi.routing import APIRoute
from playwright.sync_api import expect

from grader.service import accounts
from grader.web import site as pages
from tests.browser.looks import grade_all, hand_in, serious_findings, sign_in, too_wide
from tests.browser.test_instructor import archive
from tests.support import fakes_service as fakes
from tests.support.browser_client import CODE, MANUAL, PDF
from tests.support.course_client import HOUR, NOW

# Files, parts of pages, streams and redirections.
NO_PAGES = {
    "/assignments/{slug}/template.zip",
    "/submissions/{submission_id}/live",
    "/submissions/{submission_id}/events",
    "/submissions/{submission_id}/upload.zip",
    "/notebooks/{slug}/{name}",
    "/assignments/{slug}/plots/{name}.svg",
    "/batches/{group_id}/live",
    "/batches/{group_id}/report.csv",
    "/regrades/{group_id}/live",
    "/regrades/{group_id}/events",
    "/batches/{group_id}/events",
    "/queue/live",
    "/assignments/{slug}/versions/{number}/bundle.zip",
    "/assignments/{slug}/gradebook.csv",
    "/assignments/{slug}/teams.csv",
    "/assignments/{slug}/submissions.zip",
    "/submissions/{submission_id}/log.txt",
    "/submissions/{submission_id}/pdf/{path:path}",
    "/student/{name}",
    "/assignments/{slug}/unmarked/next",
    "/courses/{course}/grade-archives/{archive_id}",
    "/lti/jwks",
    "/lti/login",
    "/lti/register/{secret}",
}
OF_STUDENTS = (
    "/",
    "/assignments/{slug}",
    "/assignments/{slug}/team",
    "/assignments/{slug}/tests/{path:path}",
    "/submissions/{submission_id}",
    "/submissions/{submission_id}/files",
    "/submissions/{submission_id}/compare",
    "/submissions/{submission_id}/requests",
    "/messages",
    "/tokens",
)
OF_STAFF = (
    "/assignments/{slug}/dashboard",
    "/assignments/{slug}/submissions",
    "/assignments/{slug}/quality",
    "/assignments/{slug}/batches",
    "/assignments/{slug}/regrades",
    "/batches/{group_id}",
    "/regrades/{group_id}",
    "/regrades/{group_id}/submissions/{submission_id}",
    "/queue",
    "/courses",
    "/roster",
    "/roster/person",
    "/assignments/{slug}/extensions",
    "/assignments/{slug}/teams",
    "/assignments/{slug}/schedule",
    "/publish",
    "/assignments/{slug}/versions",
    "/assignments/{slug}/versions/{number}",
    "/assignments/{slug}/gradebook",
    "/audit",
    "/assignments/{slug}/similarity",
    "/assignments/{slug}/similarity/{first}/{second}",
    "/submissions/{submission_id}/marking",
    "/submissions/{submission_id}/owner",
    "/submissions/{submission_id}/as-student",
    "/assignments/{slug}/as-student",
    "/assignments/{slug}/unmarked",
    "/assignments/{slug}/rubrics/{task}",
    "/assignments/{slug}/requests",
    "/assignments/{slug}/sent-scores",
    "/courses/{course}/retention",
    "/courses/{course}/settings",
    "/lms",
    "/waiting",
)
OF_NOBODY = ("/sign-in",)
# What an address needs behind its path.
QUERIES = {
    "/submissions/{submission_id}/compare": "?with={older}",
    "/roster/person": "?login=ann",
    "/assignments/{slug}/as-student": "?student=ann",
}
QUALITY = {
    "suite_version": "of another day",
    "reference": {"score": 10.0, "max": 10.0},
    "template": {"score": 0.0, "max": 10.0},
    "mutants": {
        "named": {
            "killed": 1, "total": 2, "survivors": ["m2: every test passes"],
            "killed_by_public": 1, "killed_by_hidden": 0,
        },
        "generated": {"killed": 0, "total": 0, "survivors": []},
    },
    "tests_never_failing": ["public/a.py::test_idle"],
    "tests_passing_on_template": [],
    "matrix": {"m1": ["public/a.py::test_one"], "m2": []},
}  # fmt: skip


def routes():
    """The address of every page, file and stream of the site."""
    return {
        route.path
        for router in pages.ROUTERS
        for route in router.routes
        if isinstance(route, APIRoute) and "GET" in route.methods
    }


def test_every_address_is_looked_at_or_is_no_page():
    looked_at = {*OF_STUDENTS, *OF_STAFF, *OF_NOBODY}
    assert routes() == looked_at | NO_PAGES
    assert looked_at.isdisjoint(NO_PAGES)


@pytest.fixture
def lively(course):
    """A homework of which grades are published, with a task marked by hand and a public test."""
    folder = course / "tests" / "suites" / fakes.SLUG
    text = (
        (folder / "assignment.toml").read_text().replace("total_points = 10", "total_points = 15")
    )
    head, mark, tasks = text.partition("[[task]]")
    published = (NOW - HOUR).isoformat()
    dates = f'due = 2026-10-01T12:00:00Z, time_zone = "America/Chicago", publish_at = {published}'
    text = f"{head}schedule = {{ {dates} }}\n{mark}{tasks}{MANUAL}[team]\nsize = 3\n"
    (folder / "assignment.toml").write_text(text)
    (folder / "quality.json").write_text(json.dumps(QUALITY))
    (folder / "README.md").write_text("# Homework\n\nRead | this\n---|---\na | b\n")
    tests = course / "student_template" / fakes.SLUG / "public_tests"
    tests.mkdir(parents=True)
    (tests / "test_a.py").write_text("def test_one(student):\n    pass\n")
    return course


@pytest.fixture
def world(lively, page, site):
    """Two students' work, marked, annotated, asked about, compared, graded again; its names."""
    accounts.add_user(site.store, "tim", "ta")
    for name in ("cid", "dan"):
        accounts.add_user(site.store, name, "student")
    files = (("layers.py", CODE.encode()), ("report.pdf", PDF + b"\xff"))
    older = hand_in(site, "ann", files=(("layers.py", b"ok"),))
    ann, _bob = (hand_in(site, who, files=files) for who in ("ann", "bob"))
    send(site, "PUT", f"submissions/{ann}/marks/w", rubric=[{"text": "Plot", "points": 2}])
    for place in ({"path": "layers.py", "first_line": 2}, {"path": "report.pdf", "page": 1}):
        send(site, "POST", f"submissions/{ann}/annotations", text="See here", **place)
    asked = send(site, "POST", f"submissions/{ann}/requests", "ann", task="w", text="why?")
    send(site, "POST", f"requests/{asked['id']}/messages", text="Look at the axes.")
    send(site, "POST", f"assignments/{fakes.SLUG}/team/invitations", "bob", login="ann")
    send(site, "POST", f"assignments/{fakes.SLUG}/team/invitations", "ann", login="dan")
    send(site, "POST", f"assignments/{fakes.SLUG}/teams", members=["cid", "dan"])
    bundle = {"file": ("hw.zip", fakes.bundle())}
    versions = f"/api/assignments/{fakes.SLUG}/versions"
    assert site.client.post(versions, files=bundle, headers=site.headers("eve")).status_code == 202
    sign_in(page, site, "eve")
    names = {
        "slug": fakes.SLUG,
        "submission_id": ann,
        "older": older,
        "task": "w",
        "number": "1",
        "course": "main",
    }
    names |= {"path:path": "public/test_a.py", "batch": begun(page)}
    names |= {"regrade": regraded(page, site)} | compared(page)
    return names


def send(site, method, path, who="eve", /, **sent):
    answer = site.client.request(method, f"/api/{path}", json=sent, headers=site.headers(who))
    assert answer.status_code < 300, answer.text
    return answer.json()


def begun(page):
    """The number of a new batch."""
    page.goto(f"/assignments/{fakes.SLUG}/batches")
    page.get_by_label("One zip with a folder").set_input_files([archive("dora")])
    page.get_by_role("button", name="Upload and grade all").click()
    expect(page.get_by_text("0 of 1 graded")).to_be_visible()
    return page.url.rpartition("/")[2]


def regraded(page, site):
    """The number of a regrade that has ended."""
    page.goto(f"/assignments/{fakes.SLUG}/regrades")
    page.get_by_label("Reason").fill("fixed")
    page.get_by_role("button", name="Grade again").click()
    expect(page.get_by_text("of 2 graded")).to_be_visible()
    grade_all(site, Fraction(6)).join()
    return page.url.rpartition("/")[2]


def compared(page):
    """The two of a pair that is alike."""
    page.goto(f"/assignments/{fakes.SLUG}/similarity")
    page.get_by_role("button", name="Compare").click()
    expect(page.get_by_text("pair is alike").or_(page.get_by_text("compared"))).to_be_visible(
        timeout=60_000
    )
    address = page.get_by_role("link", name="look").first.get_attribute("href")
    *_, first, second = address.split("/")
    return {"first": first, "second": second}


def address(template, world):
    """A page of the world: what stands in braces, and what it cannot do without."""
    named = template + QUERIES.get(template, "")
    named = named.replace("{group_id}", world["batch" if "/batches/" in template else "regrade"])
    for name, value in world.items():
        named = named.replace(f"{{{name}}}", str(value))
    return named


# Contrast depends on the scheme, room on the size: each of both once is enough.
@pytest.mark.parametrize(
    ("page", "scheme"), [("desktop", "light"), ("phone", "dark")], indirect=["page"]
)
def test_no_page_has_serious_findings_or_is_too_wide(world, page, site, scheme):
    page.emulate_media(color_scheme=scheme)
    amiss = []
    for template in (*OF_STAFF, *OF_STUDENTS):
        amiss += looked_at(page, address(template, world))
    amiss += looked_at(page, "/batches/none", missing=True)
    page.goto(address("/assignments/{slug}/rubrics/{task}", world))
    page.get_by_label("Points of line 2").fill("1")
    page.get_by_role("button", name="Show what would change").click()
    expect(page.get_by_role("button", name="Save and reapply to 1 mark")).to_be_visible()
    amiss += serious_findings(page) + too_wide(page)
    page.get_by_role("button", name="Sign out").click()
    amiss += looked_at(page, "/sign-in")
    sign_in(page, site, "ann")
    for template in OF_STUDENTS:
        amiss += looked_at(page, address(template, world))
    assert amiss == [], "\n".join(amiss)


def looked_at(page, path, *, missing=False):
    answer = page.goto(path)
    assert answer.ok is not missing, f"{path}: {answer.status}"
    return serious_findings(page) + too_wide(page)
