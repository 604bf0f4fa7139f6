"""What a suite has said so far: the one consumer of the events of a run, wherever it runs.

Owns the gathering of events into cases and outcomes, and the progress that others are shown. Does
not own where the events come from (`grader.suite.forkserver`, `grader.suite.local_run`), nor what
the outcomes are worth (`grader.scoring.points`).
"""

import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec

from grader import errors, models
from grader.rpc import wire
from grader.source import notebook_notes
from grader.suite import events

MAX_REMARKS = 12
OnProgress = Callable[[models.Progress], None]


@dataclass(slots=True)
class Results:
    """The results of one run while it goes on. Not thread-safe.

    Attributes:
        on_progress: called after each test and after each phase.
        keep_doubtful: whether outcomes that may be a mistake of the test's own wait for `settle`;
            else they count as the submission's.
        doubtful: outcomes that wait, and the suspicion of each.
        kept: outcomes of an earlier run, by test; those that hold are added with the cases.
        cpu_s: of each budget; None where it cannot be read.
        skipped: statements of notebooks that no test ran: the submission's own claim.
        remarked: what each test says of the submission's files: the submission's own claims.
        started: the clock that phases are timed by, as `time.monotonic`.
    """

    on_progress: OnProgress | None = None
    keep_doubtful: bool = False
    kept: Mapping[str, models.Outcome] = field(default_factory=dict)
    cases: tuple[models.TestCase, ...] = ()
    outcomes: tuple[models.Outcome, ...] = ()
    cpu_s: dict[str, float | None] = field(default_factory=dict)
    skipped: tuple[wire.Skipped, ...] = ()
    remarked: dict[str, tuple[str, ...]] = field(default_factory=dict)
    started: float = field(default_factory=time.monotonic)
    doubtful: list[events.Finished] = field(default_factory=list)
    taken_over: int = 0  # how many outcomes are of the earlier run
    _known: dict[str, models.TestCase] = field(default_factory=dict)  # the cases by name
    _sizes: Counter[models.Phase] = field(default_factory=Counter)
    _verdicts: dict[models.Phase, list[models.Verdict]] = field(default_factory=dict)

    @property
    def passed(self) -> int:
        """Tests that passed so far."""
        return sum(outcome.verdict is models.Verdict.PASSED for outcome in self.outcomes)

    @property
    def remarks(self) -> list[str]:
        """What is said of the submission's files, for the notes; in the order of the tests."""
        said = (text for case in self.cases for text in self.remarked.get(case.name, ()))
        return list(dict.fromkeys(said))[:MAX_REMARKS]

    def add(self, event: events.Event) -> None:
        """Take up one event and tell of the progress that it means.

        Raises:
            SuiteError: the suite is wrong.
            OperatorError: the machine failed.
        """
        if isinstance(event, events.Collected):
            self._add_cases(event)
        elif isinstance(event, events.Finished):
            if event.suspicion and self.keep_doubtful:
                self.doubtful.append(event)
            else:
                self._add_outcome(event.outcome)
        elif isinstance(event, events.Measured):
            self.cpu_s[event.budget] = event.cpu_s
        elif isinstance(event, events.StatementsSkipped):
            self.skipped = self.skipped or event.statements  # every process finds its own
        elif isinstance(event, events.Remarked):
            said = self.remarked.get(event.test, ())
            if event.text not in said and len(said) < MAX_REMARKS:
                self.remarked[event.test] = (*said, event.text)
        elif isinstance(event, events.SuiteBroken):
            raise errors.SuiteError(event.message)
        elif isinstance(event, events.MachineFault):
            raise errors.OperatorError(event.message)

    def notebook_notes(self, files: Mapping[str, bytes]) -> list[str]:
        """Sentences for the report on what did not run of the submission's notebooks."""
        return notebook_notes.notes(files, map(msgspec.structs.astuple, self.skipped))

    def _add_cases(self, event: events.Collected) -> None:
        if self.cases:
            return  # every process of a run that is shared out says the same
        self.cases = event.cases
        self._known = {case.name: case for case in event.cases}
        self._sizes = Counter(case.phase for case in event.cases)
        for name in event.kept:
            if name not in self.kept:
                raise errors.OperatorError(f"{name}: no earlier outcome of it is there to keep.")
            self.taken_over += 1
            self._add_outcome(self.kept[name])

    def settle(self, decide: Callable[[Sequence[events.Finished]], list[models.Outcome]]) -> None:
        """Add what was doubtful, as it was decided; nothing is asked when nothing was."""
        for outcome in decide(self.doubtful) if self.doubtful else []:
            self._add_outcome(outcome)
        self.doubtful.clear()

    def _add_outcome(self, outcome: models.Outcome) -> None:
        self.outcomes += (outcome,)
        case = self._known.get(outcome.test)
        if case is None:
            raise errors.SuiteError(f"{outcome.test}: an outcome of no collected test.")
        self._verdicts.setdefault(case.phase, []).append(outcome.verdict)
        if self.on_progress:
            self.on_progress(models.Tested(case, outcome, len(self.outcomes), len(self.cases)))
            self._report_end_of(case.phase, self.on_progress)

    def _report_end_of(self, phase: models.Phase, on_progress: OnProgress) -> None:
        """Say that a phase is over, once all of its tests are."""
        verdicts = self._verdicts[phase]
        if len(verdicts) == self._sizes[phase]:
            passed = verdicts.count(models.Verdict.PASSED)
            wall_s = time.monotonic() - self.started
            on_progress(models.PhaseEnded(phase, passed, len(verdicts), wall_s))
