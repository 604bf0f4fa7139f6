"""Which submission counts, extensions, cancelling and the log, from a terminal."""

import re

import pytest

from grader import errors
from tests.support import fakes_service as fakes
from tests.support.course_client import HOUR, NOW
from tests.support.terminal import Terminal

DAY = 24 * HOUR


@pytest.fixture
def terminal(store, uploads, course, monkeypatch):
    return Terminal(store, uploads, course, monkeypatch)


def test_older_submission_counts_until_the_choice_is_taken_back(terminal):
    old, new = terminal.graded(content=b"a = 1\n"), terminal.graded(content=b"a = 2\n")
    assert f"{old} counts now" in terminal.run("submissions", "choose", old)
    assert terminal.json("submissions", "choose", old, "--by-rule") == {"active": new}
    with pytest.raises(errors.Conflict):
        terminal.run("submissions", "choose", old, who="ann")  # the rule is not hers to set aside


def test_waiting_submission_is_cancelled_once(terminal):
    waiting = terminal.post([("files", ("layers.py", b"ok"))]).json()["id"]
    assert terminal.run("submissions", "cancel", waiting) == f"{waiting}: cancelled\n"
    with pytest.raises(errors.Conflict):
        terminal.run("submissions", "cancel", waiting)


def test_extension_is_listed_and_withdrawn(terminal):
    terminal.schedule(due=NOW)
    where = ("extensions", "list", fakes.SLUG)
    assert "Nobody has an extension." in terminal.run(*where)
    terminal.run("extend", fakes.SLUG, "ann", (NOW + DAY).isoformat(), "--reason", "ill")
    listed = terminal.run(*where, who="tim")
    assert "instructor eve: ill" in listed
    assert re.search(r"ann +\d{1,2} \w{3} \d{4}, \d\d:\d\d UTC ", listed)
    assert terminal.json(*where)["extensions"][0]["student"] == "ann"
    assert "for ann again" in terminal.run("extensions", "withdraw", fakes.SLUG, "ann")
    assert "Nobody has an extension." in terminal.run(*where)
    with pytest.raises(errors.NotFound):
        terminal.run("extensions", "withdraw", fakes.SLUG, "ann")


def test_excused_student_is_listed_and_counts_again(terminal):
    where = ("excused", "list", fakes.SLUG)
    assert "Nobody is excused." in terminal.run(*where)
    said = terminal.run("excuse", fakes.SLUG, "ann", "--reason", "ill")
    assert said == f"{fakes.SLUG} does not count for ann\n"
    assert "instructor eve: ill" in terminal.run(*where, who="tim")
    assert terminal.json(*where)["excused"][0]["student"] == "ann"
    assert "counts for ann again" in terminal.run("excused", "withdraw", fakes.SLUG, "ann")
    with pytest.raises(errors.NotAllowed):
        terminal.run("excuse", fakes.SLUG, "ann", who="tim")


def test_log_is_read_page_by_page(terminal):
    submission = terminal.graded()
    terminal.run("marking", "mark", submission, "2", "--points", "1", who="tim")
    said = terminal.run("audit", "--assignment", fakes.SLUG, "--limit", "1")
    first, older = said.splitlines()
    assert "ta tim: marked" in first
    assert older == f"Older ones: --before {first.split()[0]}"
    assert terminal.json("audit", "--limit", "2")["entries"][0]["actor"] == "ta tim"
    with pytest.raises(errors.NotAllowed):
        terminal.run("audit", who="tim")


def test_wrong_names_are_answered_in_a_terminal_s_words(terminal):
    terminal.graded()
    with pytest.raises(errors.NotFound, match="`grader status`"):
        terminal.run("extensions", "list", "nohw")
    with pytest.raises(errors.NotValid, match=r"Name the task whose rubric you change: 2\."):
        terminal.run("marking", "rubric", fakes.SLUG, "--take", "both")


def test_status_says_that_nothing_is_open(terminal):
    terminal.schedule(opens=NOW + DAY)
    assert terminal.run("status", who="ann") == "No homework is open for you yet.\n"
