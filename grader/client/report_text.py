"""A report, as the service's JSON has it, as text for a terminal.

Owns order and words. What is in a report, and who may read it, is the service's.
"""

import textwrap
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
WIDTH = 100


def text(report: Json) -> str:
    """The whole report: notes, what to fix, the tasks, then the points."""
    return "\n".join(
        [*rules(report), *notes(report), *failures(report), *tasks(report), headline(report)]
    )


def headline(report: Json) -> str:
    """The points that count, in one sentence."""
    total = report.get("total") or {"score": report["score"], "max_score": report["max_score"]}
    if report["score"] is None:
        return "The points are shown once your course releases them."
    words = f"{number(total['score'])} of {number(total['max_score'])} points"
    if total.get("penalty_percent"):
        words += f" ({number(total['raw'])} less {number(total['penalty_percent'])}% for lateness)"
    if total.get("unmarked"):
        words += "; what people grade is not in it yet"
    return words


def notes(report: Json) -> Iterator[str]:
    """What was skipped, left out or missing, and which task to fix first."""
    for note in report.get("notes", ()):
        yield from textwrap.wrap(f"note: {note}", WIDTH, subsequent_indent="      ")
    for task, roots in (report.get("fix_first") or {}).items():
        yield f"Fix {', '.join(roots)} first: {task} uses it."


def rules(report: Json) -> Iterator[str]:
    """What a rule took: once, not for each task and test; the lines of the code that break it."""
    tasks: dict[str, list[str]] = {}
    for test in report["tests"]:
        if is_rule(test):
            places = "\n".join(test["message"].splitlines()[:-1])
            tasks.setdefault(places, []).append(test["task"])
    for places, names in tasks.items():
        noun = "Tasks {} earn" if names[1:] else "Task {} earns"
        yield f"{noun.format(', '.join(names))} nothing: a rule of this assignment is broken."
        yield textwrap.indent(places, "    ")


def is_rule(test: Json) -> bool:
    """Whether a line of the report is of a rule, not of a test."""
    return str(test["verdict"]) == "rule_broken"


def failures(report: Json) -> Iterator[str]:
    """Each test that did not pass, with its reason; what an earlier task explains is one line."""
    explained = report.get("fix_first") or {}
    for test in report["tests"]:
        if test["verdict"] == "passed" or is_rule(test):
            continue
        yield f"{test['verdict'].replace('_', ' ')}: {test['name']} (task {test['task']})"
        if test["task"] not in explained:
            yield textwrap.indent(test["message"], "    ")
            if test.get("output"):
                yield textwrap.indent(f"Printed: {test['output'].rstrip()}", "    ")


def tasks(report: Json) -> Iterator[str]:
    """A line for each task, and one for the hidden tests."""
    for task in report["tasks"]:
        score = "-" if task["score"] is None else number(task["score"])
        yield f"task {task['id']:5} {score:>7} / {number(task['max_score'])}  {task['title']}"
        for line in marked(task):
            yield from textwrap.wrap(
                line, WIDTH, initial_indent=" " * 11, subsequent_indent=" " * 13
            )
    if hidden := report.get("hidden"):
        score = "-" if hidden["score"] is None else number(hidden["score"])
        yield f"hidden tests {score:>5} / {number(hidden['max_score'])}"


def marked(task: Json) -> Iterator[str]:
    """What the person who graded a task by hand ticked and wrote, a line each."""
    for item in task.get("rubric") or ():
        sign = "+" if item["points"] > 0 else ""
        yield f"{item['text']}: {sign}{number(item['points'])}"
    if comment := " ".join((task.get("comment") or "").split()):
        yield comment


def number(value: float) -> str:
    """A number of points without needless digits."""
    return f"{round(value, 2):g}"
