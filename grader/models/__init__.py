"""Vocabulary: the frozen values and enums that every other module speaks in.

Owns names and shapes only; no I/O. Everybody imports them from here. Points are exact fractions
everywhere inside; only the outermost edge writes floats.
"""

from grader.models.outcomes import (
    Basis,
    Outcome,
    Phase,
    PhaseEnded,
    Progress,
    SecondTry,
    TestCase,
    Tested,
    UploadNoted,
    Verdict,
    Visibility,
)
from grader.models.people import Role, Scope
from grader.models.reports import (
    Audience,
    HiddenScore,
    HiddenTotal,
    Release,
    Report,
    RuleViolation,
    TaskKind,
    TaskScore,
    TestResult,
    TickedItem,
    Timing,
)
from grader.models.submissions import (
    Active,
    BulkState,
    FileTree,
    Priority,
    SubmissionState,
    Take,
    Which,
    Window,
)

__all__ = [
    "Active",
    "Audience",
    "Basis",
    "BulkState",
    "FileTree",
    "HiddenScore",
    "HiddenTotal",
    "Outcome",
    "Phase",
    "PhaseEnded",
    "Priority",
    "Progress",
    "Release",
    "Report",
    "Role",
    "RuleViolation",
    "Scope",
    "SecondTry",
    "SubmissionState",
    "Take",
    "TaskKind",
    "TaskScore",
    "TestCase",
    "TestResult",
    "Tested",
    "TickedItem",
    "Timing",
    "UploadNoted",
    "Verdict",
    "Visibility",
    "Which",
    "Window",
]
