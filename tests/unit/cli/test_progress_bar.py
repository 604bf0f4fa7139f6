"""The progress of a long command: a bar on a terminal, few lines elsewhere."""

import io

from grader.cli import progress_bar


class Terminal(io.StringIO):
    def isatty(self):
        return True


def test_terminal_shows_a_bar_with_both_numbers():
    stream = Terminal()
    with progress_bar.shown("Grading", stream) as advance:
        advance(3, 7)
    assert "Grading" in stream.getvalue()
    assert "3/7" in stream.getvalue()


def test_log_gets_a_line_now_and_then(monkeypatch):
    now = iter([0, 1, 29, 31, 31, 40, 70, 70])
    monkeypatch.setattr(progress_bar.time, "monotonic", lambda: next(now))
    stream = io.StringIO()
    with progress_bar.shown("Grading", stream) as advance:
        for done in range(1, 6):
            advance(done, 5)
    assert stream.getvalue() == "Grading: 3 of 5\nGrading: 5 of 5\n"


def test_short_run_says_nothing_in_a_log():
    stream = io.StringIO()
    with progress_bar.shown("Grading", stream) as advance:
        advance(1, 1)
    assert stream.getvalue() == ""
