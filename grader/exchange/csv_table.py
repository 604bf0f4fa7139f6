"""Many results as one CSV table: a line for each upload, for spreadsheets and other tools.

Owns the columns. The same for a batch on the service and one graded without it.
"""

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from grader import models

COLUMNS = ("name", "state", "score", "max_score")
FORMULA = (
    "=",
    "+",
    "-",
    "@",
    "\t",
    "\r",
    "\n",
    "\uff1d",
    "\uff0b",
    "\uff0d",
    "\uff20",
)  # a spreadsheet would run text that begins so
# Where commas are for decimals, spreadsheets split a line by semicolons, whatever is quoted.
_SPLIT = re.compile('(?:;|(?<=.)[\t\r\n])[\\s"]*(?=[-=+@\uff1d\uff0b\uff0d\uff20])', re.DOTALL)


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
    ids = (task.id for line in lines if line.report for task in line.report.tasks)
    return list(dict.fromkeys(ids))


def _cells(line: Line, tasks: Sequence[str]) -> list[str]:
    report = line.report
    scores = {task.id: task.score for task in report.tasks} if report else {}
    return [
        text(line.name),
        line.state,
        number(report.score if report else None),
        number(report.max_score if report else None),
        *(number(scores.get(task)) for task in tasks),
        text(" ".join(line.reasons)),
    ]


def number(value: Fraction | None) -> str:
    """Points for a cell, at most six places and never in powers of ten; None is empty."""
    return "" if value is None else f"{float(value):.6f}".rstrip("0").rstrip(".")


def text(value: str) -> str:
    """Text for a cell that no spreadsheet takes for a formula."""
    value = _SPLIT.sub(r"\g<0>'", value)
    return f"'{value}" if value.startswith(FORMULA) else value
