"""Marking, annotations and regrade requests from a terminal, against the service's routes."""

import json
import uuid

import pytest

from grader import errors
from grader.service import accounts
from grader.store import marking_visits
from tests.support import fakes_service as fakes
from tests.support import pdf_files
from tests.support.terminal import Terminal


@pytest.fixture
def terminal(store, uploads, course, monkeypatch):
    return Terminal(store, uploads, course, monkeypatch)


def test_ta_lists_marks_and_takes_back(terminal):
    submission = terminal.graded()
    assert submission in terminal.run("marking", "list", fakes.SLUG, who="tim")
    said = terminal.run("marking", "mark", submission, "2", "--line", "derivation", who="tim")
    assert said.startswith("2: 3 by ta tim, version 1")
    assert "[x] derivation: 3" in terminal.run("marking", "show", submission, who="tim")
    assert "Nothing is left" in terminal.run("marking", "list", fakes.SLUG)
    with pytest.raises(errors.NotValid, match="no line 'proof'"):
        terminal.run("marking", "mark", submission, "2", "--line", "proof")
    with pytest.raises(errors.Conflict, match="Somebody else"):
        terminal.run("marking", "mark", submission, "2", "--points", "1", "--version", "0")
    assert "taken back" in terminal.run("marking", "mark", submission, "2", "--version", "1")


def test_next_leads_from_one_to_the_next_that_is_left(terminal):
    anns, bobs = terminal.graded("ann"), terminal.graded("bob")
    where = ("marking", "next", fakes.SLUG)
    assert terminal.json(*where, who="tim")["submission"]["submission"] == anns
    assert terminal.run(*where, "--task", "2").splitlines()[1].startswith("2 ")
    assert bobs in terminal.run(*where, "--after", anns, who="tim")
    assert "Nothing more" in terminal.run(*where, "--after", bobs)
    assert terminal.json(*where, "--after", bobs) == {"submission": None}
    terminal.mark(anns, points=3)
    assert bobs in terminal.run(*where)
    with pytest.raises(errors.NotFound, match="no task 9z"):
        terminal.run(*where, "--task", "9z")


def test_who_has_the_page_open_is_shown_to_others_who_mark(terminal):
    submission = terminal.graded()
    eve = accounts.find(terminal.store, terminal.tokens["eve"])
    marking_visits.others(terminal.store, uuid.UUID(submission), eve.id, 60.0, opens=True)
    said = terminal.run("marking", "show", submission, who="tim")
    assert said.startswith("eve opened this a few minutes ago")
    assert terminal.json("marking", "show", submission)["open_by"] == []


def test_rubric_is_written_out_changed_and_reapplied(terminal, tmp_path):
    terminal.mark(terminal.graded(), rubric=[{"text": "derivation", "points": 3}])
    out = terminal.json("marking", "rubric", fakes.SLUG, "2")
    out["lines"][0] |= {"text": "every step", "points": 2}
    file = tmp_path / "rubric.json"
    file.write_text(json.dumps(out))
    change = ("marking", "rubric", fakes.SLUG, "2", "--change", file)
    assert "3 -> 2\n1 mark would change" in terminal.run(*change)
    assert "derivation: 3" in terminal.run("marking", "rubric", fakes.SLUG)
    assert "Saved; 1 mark changed." in terminal.run(*change, "--yes")
    assert "every step: 2" in terminal.run("marking", "rubric", fakes.SLUG)
    file.write_text("{")
    with pytest.raises(errors.NotValid, match="cannot be read as JSON"):
        terminal.run(*change)


def test_choice_between_the_homework_s_rubric_and_ours(terminal):
    where = ("marking", "rubric", fakes.SLUG, "2")
    with pytest.raises(errors.NotValid, match="There is no choice"):
        terminal.run(*where, "--take", "ours")
    lines = [{"text": "derivation", "points": 4, "was": "derivation"}]
    path = f"/api/assignments/{fakes.SLUG}/rubrics/2"
    terminal.send("PUT", path, "eve", lines=lines)
    text = terminal.manifest.read_text()
    terminal.manifest.write_text(text.replace('"sign wrong"', '"wrong sign"'))
    said = terminal.run(*where)
    assert "--take ours, homework or both" in said
    assert "    wrong sign: -1" in said
    assert "0 marks would change" in terminal.run(*where, "--take", "homework")
    assert "Saved" in terminal.run(*where, "--take", "homework", "--yes")
    assert [one["text"] for one in terminal.json(*where)["lines"]] == ["derivation", "wrong sign"]


def test_work_is_divided(terminal):
    terminal.graded()
    said = terminal.run("marking", "divide", fakes.SLUG, "--among", "tim")
    assert "1 of    1 left" in said
    assert "(tim)" in terminal.run("marking", "list", fakes.SLUG, "--marker", "tim")
    shares = terminal.json("marking", "markers", fakes.SLUG)["markers"]
    assert {one["login"]: one["left"] for one in shares} == {"tim": 1, "eve": 0, "root": 0}
    with pytest.raises(errors.NotValid, match="ann cannot mark"):
        terminal.run("marking", "divide", fakes.SLUG, "--among", "ann")


def test_annotation_is_written_changed_and_removed(terminal):
    submission = terminal.graded()
    add = ("annotations", "add", submission, "layers.py")
    assert "layers.py:1  ta tim: slow" in terminal.run(*add, "slow", "--lines", "1", who="tim")
    with pytest.raises(errors.NotValid, match=r"^layers.py has one line; name line 1\.$"):
        terminal.run(*add, "slow", "--lines", "2-3")
    with pytest.raises(errors.NotValid, match="write 12, or 12-14"):
        terminal.run(*add, "slow", "--lines", "x")
    (one,) = terminal.json("annotations", "list", submission, who="ann")["annotations"]
    assert one["author"] == "course staff"
    assert "faster" in terminal.run("annotations", "change", one["id"], "faster", "--version", 1)
    assert "(taken back)" in terminal.run("annotations", "remove", one["id"])
    assert "Nothing has" in terminal.run("annotations", "list", submission)


def test_annotation_of_a_page_that_is_not_there_is_refused(terminal):
    text = terminal.manifest.read_text()
    terminal.manifest.write_text(
        text.replace('["layers.py"]', '["layers.py"], optional = ["writeup.pdf"]')
    )
    files = [("layers.py", b"ok"), ("writeup.pdf", pdf_files.written(3))]
    answer = terminal.post([("files", file) for file in files])
    terminal.finish(answer)
    add = ("annotations", "add", answer.json()["id"], "writeup.pdf", "No units")
    with pytest.raises(errors.NotValid, match=r"^writeup.pdf has 3 pages; name one from 1 to 3\.$"):
        terminal.run(*add, "--page", "99")
    assert "writeup.pdf:page 3" in terminal.run(*add, "--page", "3")


def test_annotations_that_did_not_follow_into_a_newer_submission_are_counted(terminal):
    old = terminal.graded(content=b"a = 1\n")
    terminal.run("annotations", "add", old, "layers.py", "slow", "--lines", "1")
    same, other = terminal.graded(content=b"\na = 1\n"), terminal.graded(content=b"a = 2\n")
    assert "layers.py:2  course staff: slow" in terminal.run("annotations", "list", same, who="ann")
    said = terminal.run("annotations", "list", other)
    assert f"1 annotation did not follow from submission {old}." in said


def test_request_is_asked_listed_answered_and_closed(terminal):
    submission = terminal.graded()
    made = terminal.json("requests", "ask", submission, "1a", "why?", who="ann")
    assert "why?" in terminal.run("requests", "list", fakes.SLUG, who="tim")
    said = terminal.run("requests", "answer", made["id"], "look at D = 1", who="tim")
    assert "answered" in said
    shown = terminal.run("requests", "show", made["id"], who="ann")
    assert "course staff: look at D = 1" in shown
    terminal.run("requests", "answer", made["id"], "--close")
    assert "None is open." in terminal.run("requests", "list", fakes.SLUG)
    assert terminal.json("requests", "list", fakes.SLUG, "--closed")["requests"]
