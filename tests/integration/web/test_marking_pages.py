"""Marking by page: rubrics changed for all, the way from one to the next, work divided."""

import re
from fractions import Fraction

import pytest

from grader.service import accounts, erasure
from tests.support import fakes_service as fakes
from tests.support import pdf_files
from tests.support.browser_client import MANUAL, PAGE, PDF, Staff
from tests.support.course_client import HOUR, NOW

PUBLISHED = f"[schedule]\npublish_at = {(NOW - HOUR).isoformat()}\n"


@pytest.fixture
def staff(store, uploads, course):
    path = course / "tests" / "suites" / fakes.SLUG / "assignment.toml"
    text = path.read_text().replace("total_points = 10", "total_points = 15")
    text = text.replace('["layers.py"]', '["layers.py"], optional = ["report.pdf"]')
    path.write_text(text + MANUAL)
    made = Staff(store, uploads, course)
    made.tokens["tim"] = accounts.add_user(store, "tim", "ta")
    made.manifest = path
    return made


def submitted(staff, *people):
    """The address of a graded submission of each."""
    paths = []
    for who in people:
        staff.sign_in(who)
        files = [("files", ("layers.py", b"ok %r" % who)), ("files", ("report.pdf", PDF))]
        paths.append(staff.hand_in(files=files).headers["location"])
    staff.finish_all(Fraction(4))
    staff.sign_in("eve")
    return paths


def test_student_reads_lines_and_comment_under_the_task_once_grades_are_published(staff):
    (path,) = submitted(staff, "ann")
    staff.mark(path, version=0, items=["0"], comment="see <b>page</b> 2")
    staff.sign_in("ann")
    assert "see &lt;b&gt;page" not in staff.page(path).text
    assert "Derivation" not in staff.page(path).text
    staff.manifest.write_text(staff.manifest.read_text() + PUBLISHED)
    text = staff.page(path).text
    assert "Derivation: +3" in text
    assert "see &lt;b&gt;page&lt;/b&gt; 2" in text
    report = staff.client.get(f"/api{path}/report", headers=staff.headers("ann")).json()
    (task,) = (one for one in report["tasks"] if one["id"] == "w")
    assert task["rubric"] == [{"text": "Derivation", "points": 3}]


def test_sum_of_the_lines_is_not_put_into_the_form_as_points_given_by_hand(staff):
    (path,) = submitted(staff, "ann")
    staff.mark(path, version=0, items=["0", "1"])
    assert 'autocomplete="off" value=""' in staff.page(f"{path}/marking").text
    staff.mark(path, version=1, items=["0", "1"], points="4.5")
    assert 'autocomplete="off" value="4.5"' in staff.page(f"{path}/marking").text


def rubric_form(staff):
    return staff.page(f"{PAGE}/rubrics/w").text


def test_rubric_is_previewed_then_saved_for_all_marks(staff):
    ann, bob = submitted(staff, "ann", "bob")
    for path in (ann, bob):
        staff.mark(path, version=0, items=["0", "1"])
    assert 'value="Derivation"' in rubric_form(staff)
    change = {
        "version": 0, "was": ["Derivation", "Plot", ""],
        "text": ["Derivation <i>", "Plot", "Units"], "points": ["2.5", "2", "1"],
    }  # fmt: skip
    shown = staff.send(f"{PAGE}/rubrics/w", **change)
    assert shown.status_code == 200
    assert "Save and reapply to 2 marks" in shown.text
    assert 'value="Derivation &lt;i&gt;"' in shown.text
    assert "5 by instructor eve" in staff.page(f"{ann}/marking").text
    assert staff.send(f"{PAGE}/rubrics/w", **change, save="true").status_code == 303
    text = staff.page(f"{ann}/marking").text
    assert "4.5 by instructor eve" in text
    assert "as instructor eve changed it" in text
    assert "Changed by instructor eve" in rubric_form(staff)
    assert "rubric changed" in staff.page("/audit").text


def test_rubric_changed_meanwhile_keeps_what_was_typed_and_shows_theirs(staff):
    first = {"version": 0, "was": ["Derivation"], "text": ["Theirs"], "points": ["3"]}
    staff.send(f"{PAGE}/rubrics/w", **first, save="true")
    mine = {"version": 0, "was": ["Derivation"], "text": ["Mine"], "points": ["4"]}
    answer = staff.send(f"{PAGE}/rubrics/w", **mine, save="true")
    assert answer.status_code == 409
    assert "The rubric as it is now" in answer.text
    assert 'value="Mine"' in answer.text
    version = re.search(r'name="version" value="(\d+)"', answer.text)[1]
    again = {"version": version, "was": [""], "text": ["Mine"], "points": ["x"]}
    wrong = staff.send(f"{PAGE}/rubrics/w", **again, save="true")
    assert wrong.status_code == 422
    assert 'value="x"' in wrong.text
    assert staff.send(f"{PAGE}/rubrics/w", **again | {"points": ["4"]}, save="true").is_redirect


def test_author_s_later_change_is_shown_next_to_ours_with_three_choices(staff):
    (ann,) = submitted(staff, "ann")
    staff.mark(ann, version=0, items=["0", "1"])
    ours = {
        "version": 0, "was": ["Derivation", "Plot"], "text": ["Derivation", "Figure"],
        "points": ["3", "2"],
    }  # fmt: skip
    staff.send(f"{PAGE}/rubrics/w", **ours, save="true")
    assert "has changed since" not in rubric_form(staff)
    staff.manifest.write_text(staff.manifest.read_text().replace("Derivation", "All steps"))
    assert "rubric of w has changed since" in staff.page(f"{PAGE}/unmarked").text
    text = rubric_form(staff)
    assert "The homework's rubric has changed since yours was saved" in text
    for start, fields in (
        ("homework", ["All steps", "Plot"]), ("both", ["All steps", "Figure"]),
        ("ours", ["Derivation", "Figure"]),
    ):  # fmt: skip
        text = staff.page(f"{PAGE}/rubrics/w?start={start}").text.partition('id="lines"')[2]
        assert re.findall(r'name="text" value="([^"]+)"', text) == fields
    kept = {"version": 1, "was": ["Derivation", "Figure"], "text": ["Derivation", "Figure"]}
    done = staff.send(f"{PAGE}/rubrics/w", **kept, points=["3.0", "2.0"], save="true")
    assert done.status_code == 303
    assert "has changed since" not in rubric_form(staff)
    assert "has changed since" not in staff.page(f"{PAGE}/unmarked").text


def test_author_s_change_that_nobody_has_seen_yet_is_not_passed_over(staff):
    """It was made while the page of the rubric was open."""
    submitted(staff, "ann")
    (seen, *_) = re.findall('name="homework" value="([^"]+)"', rubric_form(staff))
    text = staff.manifest.read_text()
    staff.manifest.write_text(text.replace('{ text = "Plot", points = 2 }', ADDED))
    change = {"version": 0, "was": ["Derivation", "Plot"], "text": ["Derivation", "Plots"]}
    change |= {"points": ["3", "2"], "save": "true"}
    late = staff.send(f"{PAGE}/rubrics/w", **change, homework=seen)
    assert (late.status_code, 'value="Plots"' in late.text) == (409, True)
    assert "Axes" in late.text
    (now, *_) = re.findall('name="homework" value="([^"]+)"', late.text)
    assert staff.send(f"{PAGE}/rubrics/w", **change, homework=now).status_code == 303


ADDED = '{ text = "Plot", points = 2 }, { text = "Axes", points = 1 }'


def test_way_leads_from_one_to_the_next_by_task_and_marker(staff):
    ann, bob = submitted(staff, "ann", "bob")
    start = staff.page(f"{PAGE}/unmarked/next?task=w")
    assert start.headers["location"] == f"{ann}/marking?task=w#task-w"
    page = staff.page(f"{ann}/marking?task=w").text
    assert f"{PAGE}/unmarked/next?task=w&amp;after=" in page
    saved = staff.mark(f"{ann}?task=w", version=0, points="2", button="go_on")
    follow = staff.page(saved.headers["location"])
    assert follow.headers["location"] == f"{bob}/marking?task=w#task-w"
    saved = staff.mark(f"{bob}?task=w", version=0, points="2", button="go_on")
    assert staff.page(saved.headers["location"]).headers["location"] == f"{PAGE}/unmarked?task=w"


def test_second_marker_sees_the_first_one_s_mark_next_to_their_own(staff):
    (path,) = submitted(staff, "ann")
    staff.mark(path, version=0, items=["1"], comment="mine")
    late = staff.mark(path, version=0, points="4", comment="theirs")
    assert late.status_code == 409
    assert "Their mark" in late.text
    assert "2 points, by instructor eve" in late.text


def test_second_to_open_a_submission_sees_the_first_for_a_few_minutes(staff, store):
    (path,) = submitted(staff, "ann")
    assert "Somebody else has this open" not in staff.page(f"{path}/marking").text
    assert "Somebody else has this open" not in staff.page(f"{path}/marking").text  # oneself
    staff.sign_in("tim")
    assert "Somebody else has this open: eve, opened <time" in staff.page(f"{path}/marking").text
    with store.transaction() as connection:
        connection.execute("UPDATE marking_visits SET seen_at = seen_at - interval '6 minutes'")
    assert "Somebody else has this open" not in staff.page(f"{path}/marking").text
    with store.transaction() as connection:
        connection.execute("UPDATE marking_visits SET seen_at = seen_at - interval '2 days'")
    staff.page(f"{path}/marking")
    assert store.one("SELECT count(*) AS n FROM marking_visits")["n"] == 1


def test_visits_go_with_the_person_and_with_the_submission(staff, store, uploads):
    (path,) = submitted(staff, "ann")
    for who in ("eve", "tim"):
        staff.sign_in(who)
        staff.page(f"{path}/marking")
    erasure.forget(store, uploads, "tim")
    assert store.one("SELECT count(*) AS n FROM marking_visits")["n"] == 1
    erasure.forget(store, uploads, "ann")
    assert store.one("SELECT count(*) AS n FROM marking_visits")["n"] == 0


def test_rubric_changed_while_a_marker_ticks_lines_asks_to_mark_again(staff):
    (path,) = submitted(staff, "ann")
    change = {"version": 0, "was": ["Plot"], "text": ["Plot"], "points": ["1"]}
    staff.send(f"{PAGE}/rubrics/w", **change, save="true")
    late = staff.mark(path, version=0, rubric=0, items=["0"], comment="kept")
    assert late.status_code == 409
    assert "changed the rubric" in late.text
    assert ">kept</textarea>" in late.text


def shown_lines(page):
    return re.findall('name="line.w" value="([^"]+)"', page)


def ticked(page):
    """Texts of the lines that are ticked."""
    return re.findall(r'name="items.w" value="\d+"\s+checked> (\w+)', page)


def test_tick_stays_with_its_line_when_the_rubric_changes_meanwhile(staff):
    (path,) = submitted(staff, "ann")
    seen = shown_lines(staff.page(f"{path}/marking").text)
    first = {"was": ["", "Derivation", "Plot"], "text": ["Axes", "Derivation", "Plot"]}
    staff.send(f"{PAGE}/rubrics/w", **first, version=0, points=["1", "3", "2"], save="true")
    mark = {"version": 0, "items": ["0"], "line": seen}
    late = staff.mark(path, **mark, rubric=0)
    assert (late.status_code, ticked(late.text)) == (409, ["Derivation"])
    staff.send(f"{PAGE}/rubrics/w", was=["Plot"], text=["Plot"], points=["2"], version=1, save="on")
    late = staff.mark(path, **mark, rubric=1)
    assert (late.status_code, ticked(late.text)) == (409, [])
    assert "changed the rubric" in late.text


def test_ticks_stay_where_a_line_is_worth_something_else_meanwhile(staff):
    (path,) = submitted(staff, "ann")
    seen = shown_lines(staff.page(f"{path}/marking").text)
    change = {"was": ["Derivation", "Plot"], "text": ["Derivation", "Plot"], "points": ["1", "2"]}
    staff.send(f"{PAGE}/rubrics/w", **change, version=0, save="true")
    late = staff.mark(path, version=0, items=["0", "1"], line=seen, rubric=0)
    assert (late.status_code, ticked(late.text)) == (409, ["Derivation", "Plot"])


def test_form_with_nothing_in_it_is_no_mark_and_takes_none_back(staff):
    (path,) = submitted(staff, "ann")
    for version in (0, 1):
        refused = staff.mark(path, version=version, comment="please see me")
        assert refused.status_code == 422
        assert "Nothing is ticked and no points are written" in refused.text
        assert ">please see me</textarea>" in refused.text
        if not version:
            assert "Take the mark back" not in refused.text
            staff.mark(path, version=0, points="0")
    taken = staff.mark(path, version=1, points="0", button="take_back")
    assert taken.status_code == 303
    assert "taken back by ta tim" not in (page := staff.page(f"{path}/marking").text)
    assert "taken back by instructor eve" in page
    nothing = staff.mark(path, version=2, button="take_back")
    assert (nothing.status_code, "no mark that could be taken back" in nothing.text) == (422, True)


def test_line_that_the_author_moved_meanwhile_is_marked_as_it_was_ticked(staff):
    """The homework's own rubric has no versions."""
    (path,) = submitted(staff, "ann")
    seen = shown_lines(staff.page(f"{path}/marking").text)
    text = staff.manifest.read_text()
    one, two = re.findall(r"\{ ?text = [^}]*\}", text)
    staff.manifest.write_text(text.replace(one, "@").replace(two, one).replace("@", two))
    sent = staff.mark(path, version=0, rubric=0, items=["0"], line=seen)
    assert sent.status_code == 303
    assert ticked(staff.page(f"{path}/marking").text) == ["Derivation"]


def test_work_is_divided_evenly_and_each_sees_their_share(staff):
    ann, bob = submitted(staff, "ann", "bob")
    nobody = staff.send(f"{PAGE}/unmarked")
    assert nobody.status_code == 422
    assert "at least one person" in nobody.text
    assert staff.send(f"{PAGE}/unmarked", markers=["tim", "eve"]).status_code == 303
    assert "1 of 1 mark left" in staff.page(f"{PAGE}/unmarked").text
    theirs = staff.page(f"{PAGE}/unmarked/next?marker=tim").headers["location"]
    ours = staff.page(f"{PAGE}/unmarked/next?marker=eve").headers["location"]
    assert {ann, bob} == {path.partition("/marking")[0] for path in (theirs, ours)}
    assert "marking divided" in staff.page("/audit").text
    staff.sign_in("tim")
    assert "1 of 1 mark left" in staff.page(f"{PAGE}/unmarked").text
    assert staff.send(f"{PAGE}/unmarked", markers=["tim"]).status_code == 403


def test_lines_and_pages_are_annotated_by_form_and_read_by_the_student(staff):
    (path,) = submitted(staff, "ann")
    form = staff.page(f"{path}/files?at=layers.py&line=1").text
    assert 'name="first" inputmode="numeric" required maxlength="20" value="1"' in form
    said = {"path": "layers.py", "first": "1", "text": "Use <b>one</b> loop"}
    made = staff.send(f"{path}/annotations", **said)
    assert made.headers["location"] == f"{path}/files#note-1"
    on_page = {"path": "report.pdf", "page": "2", "place": "figure 1", "is_pdf": "true"}
    assert staff.send(f"{path}/annotations", **on_page, text="No units").status_code == 303
    assert "Page 2, figure 1" in staff.page(f"{path}/files").text
    staff.manifest.write_text(staff.manifest.read_text() + PUBLISHED)
    staff.sign_in("ann")
    text = staff.page(f"{path}/files").text
    assert "Use &lt;b&gt;one&lt;/b&gt; loop" in text
    assert "course staff" in text
    assert "instructor eve" not in text
    assert "Write next to" not in text
    assert "report.pdf, page 2, figure 1" in staff.page(path).text
    assert staff.send(f"{path}/annotations", **said).status_code == 403


def test_annotation_that_cannot_be_kept_stays_in_its_form(staff):
    (path,) = submitted(staff, "ann")
    said = {"path": "layers.py", "first": "x9", "text": "keep <i>this</i>"}
    wrong = staff.send(f"{path}/annotations", **said)
    assert wrong.status_code == 422
    assert "is not a number" in wrong.text
    assert 'value="x9"' in wrong.text
    assert "keep &lt;i&gt;this&lt;/i&gt;</textarea>" in wrong.text


def test_place_that_a_file_does_not_have_is_refused_and_what_was_typed_stays(staff):
    staff.sign_in("ann")
    pdf = pdf_files.written(3)
    files = [("files", ("layers.py", b"ok\n")), ("files", ("report.pdf", pdf))]
    path = staff.hand_in(files=files).headers["location"]
    staff.sign_in("eve")
    far = {"path": "report.pdf", "page": "99", "place": "figure 1", "is_pdf": "true"}
    wrong = staff.send(f"{path}/annotations", **far, text="No <units>")
    assert wrong.status_code == 422
    assert "report.pdf has 3 pages; name one from 1 to 3." in wrong.text
    assert 'value="99"' in wrong.text
    assert 'value="figure 1"' in wrong.text
    assert "No &lt;units&gt;</textarea>" in wrong.text
    sent = {"path": "layers.py", "first": "1", "last": "9", "text": "kept"}
    wrong = staff.send(f"{path}/annotations", **sent)
    assert "layers.py has one line; name line 1." in wrong.text
    assert 'value="9"' in wrong.text
    assert "kept</textarea>" in wrong.text


def test_annotation_changed_meanwhile_keeps_what_was_typed(staff):
    (path,) = submitted(staff, "ann")
    staff.send(f"{path}/annotations", path="layers.py", first="1", text="first")
    change = f"{path}/annotations/1"
    assert staff.send(change, version=1, text="second").status_code == 303
    late = staff.send(change, version=1, text="third")
    assert late.status_code == 409
    assert "third</textarea>" in late.text
    assert "second" in late.text
    assert staff.send(change, version=2, text=" ").status_code == 422
    assert staff.send(change, version=2, take_back="true").status_code == 303
    assert "note-1" not in staff.page(f"{path}/files").text


SECOND = """
[[task]]
id = "x"
title = "Style"
points = 5
kind = "manual"
"""


def with_two_tasks(staff):
    text = staff.manifest.read_text().replace("total_points = 15", "total_points = 20")
    staff.manifest.write_text(text + SECOND)
    (path,) = submitted(staff, "ann")
    return path


def both(points, comment):
    """A form in which both tasks are filled in."""
    first = {"version.w": "0", "points.w": "2", "comment.w": "of w"}
    return first | {"version.x": "0", "points.x": points, "comment.x": comment}


def marks_of(staff, path):
    answer = staff.client.get(f"/api{path}/marks", headers=staff.headers("eve"))
    return {t["id"]: [m["points"] for m in t["marks"]] for t in answer.json()["tasks"]}


def test_saving_one_task_saves_what_is_filled_in_for_the_others(staff):
    path = with_two_tasks(staff)
    saved = staff.send(f"{path}/marking", **both("4", "of x"), go_on="x")
    assert saved.headers["location"].endswith(f"after={path.rpartition('/')[2]}")
    assert marks_of(staff, path) == {"w": [2], "x": [4]}


def test_what_is_wrong_in_one_task_stays_in_its_form_and_the_other_is_saved(staff):
    path = with_two_tasks(staff)
    refused = staff.send(f"{path}/marking", **both("", "see me"), save="w")
    assert refused.status_code == 422
    assert "Task x: Nothing is ticked" in refused.text
    assert "filled in for the other tasks is saved" in refused.text
    assert ">see me</textarea>" in refused.text
    assert marks_of(staff, path) == {"w": [2], "x": []}


def test_mark_that_was_only_looked_at_gets_no_version(staff):
    path = with_two_tasks(staff)
    staff.send(f"{path}/marking", **both("4", "one\r\ntwo"), save="w")
    shown = both("4", "one\r\ntwo") | {"version.w": "1", "version.x": "1", "points.w": "3"}
    staff.send(f"{path}/marking", **shown, save="x")
    assert marks_of(staff, path) == {"w": [3, 2], "x": [4]}


def test_form_of_no_page_is_refused(staff):
    path = with_two_tasks(staff)
    for fields in ({"version.w": "one"}, {"version.w": "0", "items.w": "-1"}):
        assert staff.send(f"{path}/marking", **fields, save="w").status_code == 422
    assert staff.send(f"{path}/marking", save="y").status_code == 404
    long = both("4", "x" * 10_001)
    refused = staff.send(f"{path}/marking", **long, save="x")
    assert "10,000 characters at most" in refused.text


def test_marking_page_says_to_whom_a_task_was_given(staff):
    (path,) = submitted(staff, "ann")
    staff.send(f"{PAGE}/unmarked", markers=["tim"])
    assert "Given to tim to mark." in staff.page(f"{path}/marking").text
    staff.sign_in("tim")
    assert "Yours to mark." in staff.page(f"{path}/marking").text


def test_all_tasks_of_a_write_up_go_to_one_marker(staff):
    with_two_tasks(staff)
    submitted(staff, "bob")
    staff.send(f"{PAGE}/unmarked", markers=["tim", "eve"])
    listed = staff.client.get(f"/api{PAGE}/unmarked", headers=staff.headers("eve")).json()
    found = [one["markers"] for one in listed["submissions"]]
    assert sorted(found) == [["eve", "eve"], ["tim", "tim"]]


def test_what_was_said_with_a_mark_goes_when_it_is_taken_back(staff):
    staff.manifest.write_text(staff.manifest.read_text() + PUBLISHED)
    (path,) = submitted(staff, "ann")
    staff.mark(path, version=0, points="2", comment="too short")
    staff.mark(path, version=1, comment="too short", button="take_back")
    staff.sign_in("ann")
    assert "too short" not in staff.page(path).text


def test_choice_of_the_staff_is_said_and_can_be_taken_back_only_then(staff):
    (path,) = submitted(staff, "ann")
    assert "Let the rule decide" not in staff.page(path).text
    staff.send(f"{path}/active")
    text = staff.page(path).text
    assert "Chosen by instructor eve: this submission counts" in text
    assert "Make this one count" not in text
    staff.sign_in("ann")
    assert "Chosen by the course staff: this submission counts" in staff.page(path).text
    staff.sign_in("eve")
    assert staff.send(f"{path}/active", take_back="true").status_code == 303
    assert "Let the rule decide" not in staff.page(path).text


def test_changed_write_up_is_marked_next_to_what_the_earlier_one_got(staff):
    (old,) = submitted(staff, "ann")
    staff.mark(old, version=0, points="2", comment="too short")
    staff.sign_in("ann")
    files = [("files", ("layers.py", b"ok")), ("files", ("report.pdf", PDF + b"longer"))]
    new = staff.hand_in(files=files).headers["location"]
    staff.finish_all(Fraction(4))
    staff.sign_in("eve")
    text = staff.page(f"{new}/marking").text
    assert f'<a href="{old}/marking">another submission</a>, whose write-up differs, got 2' in text
    assert "too short" in text
    staff.mark(new, version=0, points="3")
    assert "whose write-up differs" not in staff.page(f"{new}/marking").text


def test_points_with_many_decimals_stay_when_only_the_comment_changes(staff):
    (path,) = submitted(staff, "ann")
    staff.mark(path, version=0, points="2.125")
    shown = re.search(r'name="points.w"[^>]* value="([^"]*)"', staff.page(f"{path}/marking").text)
    staff.mark(path, version=1, points=shown[1], comment="well done")
    assert marks_of(staff, path)["w"][0] == 2.125
