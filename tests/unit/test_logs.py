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
