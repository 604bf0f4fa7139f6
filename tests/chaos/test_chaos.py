"""The short form of the bad night, frozen workers, and kills around the moment of acceptance."""

import os
import signal
import subprocess
import sys
import time
import uuid

import pytest

from grader.service import jobs
from grader.store import rows, submissions
from tests.chaos import city as cities
from tests.chaos import story
from tests.support import databases
from tests.support import fakes_service as fakes

server_url, database_url, store = databases.server_url, databases.database_url, databases.store
student = databases.student


@pytest.fixture
def city(tmp_path):
    made = cities.City(tmp_path)
    yield made
    made.end()


def test_every_accepted_upload_ends_in_one_result_whatever_is_killed(city):
    night = story.live_through(city, submissions=24, kills=8, pause_s=0.8, seed=7)
    assert len(night.accepted) == 24
    assert sum(night.kills.values()) == 8


def grading(city):
    """The pid of the worker that has the run, and its attempt."""
    deadline = time.monotonic() + 30
    while True:
        found = city.rows(
            "SELECT moved_by, attempt FROM run_moves WHERE to_state = 'running' ORDER BY id DESC"
        )
        if found:
            return int(found[0][0].rpartition(":")[2]), found[0][1]
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_two_workers_frozen_and_woken_leave_one_result(city):
    """Each loses the run while it sleeps; awake again, both finish, and one is kept."""
    with city.client(city.token()) as client:
        mine = cities.hand_in(client, "2 5", "k")
    first, attempt = grading(city)
    os.kill(first, signal.SIGSTOP)
    deadline = time.monotonic() + 30
    while grading(city)[1] == attempt:
        assert time.monotonic() < deadline, "nobody took over"
        time.sleep(0.05)
    second, _ = grading(city)
    assert second != first
    os.kill(second, signal.SIGSTOP)
    time.sleep(1)
    os.kill(first, signal.SIGCONT)
    os.kill(second, signal.SIGCONT)
    story.wait_for_the_end(city)
    time.sleep(3)  # the other one ends, too
    assert len(city.rows("SELECT run_id FROM results")) == 1
    moves = city.rows("SELECT to_state FROM run_moves WHERE to_state = 'done'")
    assert len(moves) == 1
    assert city.rows("SELECT id::text FROM submissions") == [(mine,)]


KILLED = """
import os, signal, sys, uuid
from grader.service import jobs
from grader.store import database, rows
store, moment, user = database.Database(sys.argv[1]), sys.argv[2], int(sys.argv[3])
die = lambda *_: os.kill(os.getpid(), signal.SIGKILL)
whole = jobs.enqueue
if moment == "before the job":
    jobs.enqueue = die
if moment == "before the commit":
    jobs.enqueue = lambda *given: (whole(*given), die())
jobs.accept(store, rows.NewSubmission(uuid.uuid4(), user, "hw", "0" * 64, 1, "0" * 64, "key"))
die()
"""


@pytest.mark.parametrize(
    ("moment", "there"), [("before the job", 0), ("before the commit", 0), ("after the commit", 1)]
)
def test_killed_acceptance_leaves_all_or_nothing(store, student, moment, there):
    """Sent again with its key it is accepted once, whatever the first try left."""
    command = [sys.executable, "-c", KILLED, store.conninfo, moment, str(student.id)]
    assert subprocess.run(command, check=False).returncode == -signal.SIGKILL
    for table in ("submissions", "runs", "procrastinate_jobs"):
        assert store.one(f"SELECT count(*) AS n FROM {table}") == {"n": there}
    new = rows.NewSubmission(uuid.uuid4(), student.id, fakes.SLUG, "0" * 64, 1, "0" * 64, "key")
    again = submissions.get(store, jobs.accept(store, new), student)
    assert again.position == 1
    for table in ("submissions", "runs", "procrastinate_jobs"):
        assert store.one(f"SELECT count(*) AS n FROM {table}") == {"n": 1}
