"""Many results as one CSV table: a line for each upload, for spreadsheets and other tools.

Owns the columns. The same for a batch on the service and one graded without it.
"""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import models

COLUMNS = ("name", "state", "score", "max_score")
FORMULA = ("=", "+", "-", "@", "\t", "\r")  # a spreadsheet would run text that begins so


@dataclass(frozen=True, slots=True)
class Line:
    """One upload and what became of it; `report` is None when it was not graded."""

    name: str
    state: str
    reasons: tuple[str, ...] = ()
    report: models.Report | None = None


def to_csv(lines: Sequence[Line]) -> str:
    """The table: name, state, points in all and of each task, reasons."""
    tasks = _tasks(lines)
    sink = io.StringIO()
    writer = csv.writer(sink, lineterminator="\n")
    writer.writerow((*COLUMNS, *(f"task {task}" for task in tasks), "reasons"))
    for line in lines:
        writer.writerow(_cells(line, tasks))
    return sink.getvalue()


def _tasks(lines: Sequence[Line]) -> list[str]:
    """Ids of all tasks, in the order of the rubric."""
    found = (task.id for line in lines if line.report for task in line.report.tasks)
    return list(dict.fromkeys(found))


def _cells(line: Line, tasks: Sequence[str]) -> list[str]:
    report = line.report
    scores = {task.id: task.score for task in report.tasks} if report else {}
    return [
        _text(line.name),
        line.state,
        _number(report.score if report else None),
        _number(report.max_score if report else None),
        *(_number(scores.get(task)) for task in tasks),
        _text(" ".join(line.reasons)),
    ]


def _number(value: Fraction | None) -> str:
    return "" if value is None else f"{float(value):.6g}"


def _text(value: str) -> str:
    return f"'{value}" if value.startswith(FORMULA) else value
