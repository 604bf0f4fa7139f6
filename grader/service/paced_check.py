"""A check of a suite that can be broken off between two gradings and resumed.

Owns what is remembered of a check that gave way, in this process alone. What is graded is
`grader.authoring.suite_check`'s, when a check gives way `version_check`'s.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field

from grader import models
from grader.authoring import suite_check


@dataclass(slots=True)
class PacedGrading:
    """Grades each tree once, however often the check begins; gives way before the next new one.

    The first new one is always graded, so that a check comes to its end behind any queue.

    Attributes:
        give_way: raises where the check is to be broken off.
        known: what was graded of this version before, by tree and options.
    """

    grade: suite_check.Grade
    give_way: Callable[[], None]
    known: dict[str, models.Report]
    graded: int = field(default=0, init=False)

    def __call__(self, trial: suite_check.Trial) -> models.Report:
        """The report of one tree."""
        key = _key(trial)
        if key not in self.known:
            if self.graded:
                self.give_way()
            self.known[key] = self.grade(trial)
            self.graded += 1
        return self.known[key]


def _key(trial: suite_check.Trial) -> str:
    digest = hashlib.sha256(repr(trial.options).encode())
    for name, content in sorted(trial.tree.files.items()):
        digest.update(f"\0{name}\0".encode() + hashlib.sha256(content).digest())
    return digest.hexdigest()
