"""Log lines: ids in both formats, one JSON object a line."""

import io
import json
import logging

import pytest

from grader import errors, logs


@pytest.fixture
def log_to():
    """A logger of the given format, and the lines that it wrote."""
    logger = logging.getLogger("grader.x")

    def begin(kind):
        sink = io.StringIO()
        logger.handlers = [logs.handler(kind, sink)]
        logger.setLevel(logging.INFO)
        return logger, lambda: sink.getvalue().splitlines()

    yield begin
    logger.handlers = []


def test_json_line_holds_ids_of_all_blocks_around_it(log_to):
    log, lines = log_to("json")
    with logs.about(request="r1"), logs.about(run=7):
        log.info("two\nlines %s", 1)
    (line,) = lines()
    told = json.loads(line)
    assert told["message"] == "two\nlines 1"
    assert (told["request"], told["run"], told["level"]) == ("r1", 7, "info")


def test_ids_end_with_their_block(log_to):
    log, lines = log_to("json")
    with logs.about(run=7):
        pass
    log.info("later")
    assert "run" not in json.loads(lines()[0])


def test_json_line_holds_the_exception(log_to):
    log, lines = log_to("json")
    try:
        raise ValueError("broken")
    except ValueError:
        log.exception("it failed")
    assert "ValueError: broken" in json.loads(lines()[0])["exception"]


def test_text_line_ends_with_the_ids(log_to):
    log, lines = log_to("text")
    with logs.about(run=7):
        log.info("hello")
    assert lines()[0].endswith("grader.x: hello run=7")


def test_unknown_format_is_refused():
    with pytest.raises(errors.OperatorError, match="text, json"):
        logs.set_up("xml")


def warn(log, times):
    for number in range(times):
        log.warning("number %s", number)


@pytest.mark.parametrize("kind", logs.FORMATS)
def test_lines_that_repeat_are_counted_instead_of_written(log_to, monkeypatch, kind):
    log, lines = log_to(kind)
    warn(log, 3 * logs.MOST_WARNINGS)
    assert len(lines()) == logs.MOST_WARNINGS
    log.warning("another place")
    assert "another place" in lines()[-1]
    monkeypatch.setattr(logs, "WINDOW_S", -1.0)
    log.info("later")
    assert f"{2 * logs.MOST_WARNINGS} more lines like those from test_logs.py" in lines()[-2]
    assert "later" in lines()[-1]


def test_a_new_while_begins_with_a_new_count(log_to, monkeypatch):
    log, lines = log_to("text")
    warn(log, logs.MOST_WARNINGS)
    monkeypatch.setattr(logs, "WINDOW_S", -1.0)
    warn(log, 2)
    assert len(lines()) == logs.MOST_WARNINGS + 2
