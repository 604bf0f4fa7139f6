"""A report as Markdown: the summary of a check in GitHub Actions, or a note in a merge request.

Owns the order and the escaping of what a student's code printed. What is in a report is the
service's; the same for a terminal is `client.report_text`'s.
"""

from collections.abc import Iterator
from typing import Any

from grader.client import report_text

Json = dict[str, Any]
FENCE = "````"  # longer than any that a message is likely to hold
MOST_FAILURES = 20


def text(report: Json, page: str) -> str:
    """The report, with a link to its page."""
    return "\n".join(
        [
            f"## {_plain(report['assignment'])}: {report_text.headline(report)}",
            "",
            f"[The whole report]({page})",
            "",
            *_table(report),
            "",
            *(f"- {_plain(line)}" for line in report_text.rules(report)),
            *(f"- {_plain(note)}" for note in report_text.notes(report)),
            "",
            *_marked(report),
            *_failures(report),
        ]
    )


def _table(report: Json) -> Iterator[str]:
    yield "| task | points | of | |"
    yield "|---|--:|--:|---|"
    for task in report["tasks"]:
        score = "" if task["score"] is None else report_text.number(task["score"])
        most = report_text.number(task["max_score"])
        yield f"| {_plain(task['id'])} | {score} | {most} | {_plain(task['title'])} |"
    if hidden := report.get("hidden"):
        score = "" if hidden["score"] is None else report_text.number(hidden["score"])
        yield f"| | {score} | {report_text.number(hidden['max_score'])} | hidden tests |"


def _marked(report: Json) -> Iterator[str]:
    """What people who graded by hand ticked and wrote, by task."""
    for task in report["tasks"]:
        if lines := list(report_text.marked(task)):
            yield f"**Task {_plain(task['id'])}**"
            yield ""
            yield from (f"- {_plain(line)}" for line in lines)
            yield ""


def _failures(report: Json) -> Iterator[str]:
    tests = [test for test in report["tests"] if not report_text.is_rule(test)]
    failed = [test for test in tests if test["verdict"] != "passed"]
    for test in failed[:MOST_FAILURES]:
        verdict = test["verdict"].replace("_", " ")
        yield f"**{_plain(test['name'])}** (task {_plain(test['task'])}): {verdict}"
        yield ""
        yield FENCE
        yield str(test["message"]).replace(FENCE, "'" * len(FENCE))
        yield FENCE
        yield ""
    if len(failed) > MOST_FAILURES:
        yield f"And {len(failed) - MOST_FAILURES} more; the whole report has them."


def _plain(said: str) -> str:
    """Text that Markdown and HTML leave alone, on one line."""
    line = " ".join(str(said).split())
    for character in "\\`*_[]<>|#":
        line = line.replace(character, f"\\{character}")
    return line
