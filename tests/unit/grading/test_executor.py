"""What follows the loss of a sandbox, with fakes of the pool and of the suite process."""

import contextlib
import socket

import pytest

from grader import errors, models
from grader.grading import executor, turns
from grader.rpc import host, wire
from grader.sandbox import cgroup, container, policy
from grader.suite import collect, events, suite_process

HIDDEN = models.TestCase("hidden/a.py::t", "hidden/a.py::t", "1", 1, models.Visibility.HIDDEN, "")
OUTCOME = models.Outcome(HIDDEN.name, models.Verdict.CRASHED, "", "", 0.1)
OUTCOME_OF_VISIBLE = models.Outcome("a.py::t", models.Verdict.PASSED, "", "", 0.1)
LOST, WANTED, FINISHED = events.SandboxLost(), events.SandboxWanted(), events.Finished(OUTCOME)
PLAN = executor.Plan(
    policy.Profile("image", "numpy", 2**28),
    {},
    suite_process.SuiteRequest("", (), 1, 1, 0, 0),
)


CLAIM = events.StatementsSkipped((wire.Skipped("a.ipynb", 0, "raised", "31337"),))


class Sandboxes:
    """Sandboxes made of socket pairs; `killed` are those that something outside has ended."""

    def __init__(self, story):
        self.story, self.killed, self.given = story, set(), 0

    @contextlib.contextmanager
    def lease(self, _profile):
        ours, theirs = socket.socketpair()
        self.given += 1
        name = f"c{self.given}"
        with ours, theirs, socket.socket(socket.AF_UNIX) as listener:
            self.story.append(f"lease {name}")
            yield container.Sandbox(name, name, listener, ours, cgroup.Meters(), 0.0)

    spare = lease

    def was_killed(self, sandbox):
        return sandbox.container_id in self.killed

    def kill(self, sandbox):
        self.killed.add(sandbox.container_id)
        self.story.append(f"kill {sandbox.container_id}")


class Suites:
    """A suite process that says what the test wants."""

    def __init__(self, said):
        self.said = said
        self.handed = []

    def spawn(self, _request, _fds, _version=""):
        return self

    def events(self, _most_s):
        yield events.Collected((HIDDEN,))
        yield from self.said

    def hand_over(self, fds):
        self.handed.append(len(fds))

    def kill(self):
        pass

    def close(self):
        pass


@pytest.fixture
def run(monkeypatch):
    """Executes what is said; the story of leases, kills and outcomes."""
    monkeypatch.setattr(executor, "_load", lambda _sandbox, _files: None)

    def execute(*said, killed=()):
        story = []
        sandboxes = Sandboxes(story)
        sandboxes.killed.update(killed)
        executor.Executor(sandboxes, Suites(said)).execute(
            PLAN, lambda news: story.append(type(news).__name__)
        )
        return story

    return execute


def test_lost_sandbox_is_killed_before_its_test_counts_as_ended(run):
    """The end of a hidden test may open a stage that a student reads, in another sandbox."""
    assert run(LOST, FINISHED, events.Ended()) == ["lease c1", "kill c1", "Tested", "PhaseEnded"]


def test_another_sandbox_is_leased_only_when_it_is_wanted(run):
    story = run(LOST, FINISHED, WANTED, events.Ended())
    assert story == ["lease c1", "kill c1", "Tested", "PhaseEnded", "lease c2"]


@pytest.mark.parametrize("said", [(LOST, FINISHED), (FINISHED,)])
def test_sandbox_that_something_outside_killed_is_the_machines_fault(run, said):
    with pytest.raises(errors.SandboxUnavailable):
        run(*said, events.Ended(), killed={"c1"})


def test_sandbox_without_memory_is_the_submissions_fault_whatever_the_engine_has_heard(run):
    lost = events.SandboxLost(memory_ran_out=True)
    story = run(lost, FINISHED, events.Ended(), killed={"c1"})
    assert story == ["lease c1", "kill c1", "Tested", "PhaseEnded"]


VISIBLE = models.TestCase("a.py::t", "a.py::t", "1", 1, models.Visibility.VISIBLE, "")


@pytest.mark.parametrize(
    ("cases", "said", "heard"),
    [
        ((VISIBLE, HIDDEN), [CLAIM], True),
        ((VISIBLE, HIDDEN), [events.Finished(OUTCOME_OF_VISIBLE), CLAIM], False),
        ((HIDDEN,), [CLAIM], False),
    ],
)
def test_rehearsal_next_to_hidden_tests_tells_the_student_nothing(cases, said, heard):
    """Its words are the submission's, which could have seen there what hidden tests do here."""
    run = executor.Run(collect.Results(), dealer=turns.Dealer())
    with contextlib.closing(run.dealer):
        for event in (events.Collected(cases), *said):
            run.add(event)
    assert bool(run.results.skipped) is heard


def test_rehearsal_before_the_tests_are_dealt_out_is_heard():
    run = executor.Run(collect.Results(), dealer=turns.Dealer())
    with contextlib.closing(run.dealer):
        for event in (CLAIM, events.Collected((HIDDEN,))):
            run.add(event)
    assert run.results.skipped


def test_suite_process_says_at_once_and_once_that_its_sandbox_is_lost():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        sandboxes = suite_process.HandedSandboxes(ours)
        sandboxes._guest = object()  # one is in use
        sandboxes.lost(host.GuestLost(memory_ran_out=True))
        sandboxes.lost(host.GuestLost())
        lines = theirs.recv(4096).splitlines()
    assert [events.from_line(line) for line in lines] == [events.SandboxLost(memory_ran_out=True)]
