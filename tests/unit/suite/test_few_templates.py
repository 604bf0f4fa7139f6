"""Which suites get a template of their own where there are more of them than places."""

import itertools
import time

import pytest

from grader.suite import suite_process, version_templates
from grader.suite.version_templates import LATELY_S, MOST

SUITES = [f"/suites/hw{number}" for number in range(MOST + 2)]


class Made:
    """A template that is ready at once."""

    all = []  # noqa: RUF012  # emptied by each test

    def __init__(self, _common, request):
        self.suite_dir, self.used, self.is_retired = request.suite_dir, time.monotonic(), False
        self.all.append(self)

    def fork(self, _request, _fds):
        self.used = time.monotonic()
        return self

    def retire(self):
        self.is_retired = True


@pytest.fixture
def templates(monkeypatch):
    Made.all = []
    monkeypatch.setattr(version_templates, "VersionTemplate", Made)
    found = version_templates.VersionTemplates(None)
    yield found
    found.close()


def graded(templates, suite_dir, version="1"):
    request = suite_process.SuiteRequest(suite_dir, (), 1, 1, 0, 0)
    return templates.fork(f"{suite_dir} {version}", request, [])


def test_suites_that_are_graded_in_turn_do_not_push_each_other_out(templates):
    for suite_dir in itertools.islice(itertools.cycle(SUITES), 10 * len(SUITES)):
        found = graded(templates, suite_dir)
        assert (found is not None) == (suite_dir in SUITES[:MOST])
    assert [one.suite_dir for one in Made.all] == SUITES[:MOST]
    assert not any(one.is_retired for one in Made.all)


def test_one_that_has_been_idle_makes_room(templates):
    for suite_dir in SUITES[:MOST]:
        graded(templates, suite_dir)
    Made.all[1].used -= LATELY_S + 1
    assert graded(templates, SUITES[-1])
    assert [one.is_retired for one in Made.all] == [False, True, False, False]
    assert graded(templates, SUITES[1]) is None


def test_newer_version_takes_the_place_of_its_own_suite(templates):
    for suite_dir in SUITES[:MOST]:
        graded(templates, suite_dir)
    assert graded(templates, SUITES[0], "2")
    assert [one.is_retired for one in Made.all] == [True, False, False, False]
