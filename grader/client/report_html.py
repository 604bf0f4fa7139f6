"""A check's result and a submission's report as HTML for the output of a notebook's cell.

Owns the markup; every text of a student's or a test's is escaped. Colours fit light and dark
themes, and every mark has a word next to it.
"""

import html
from collections.abc import Iterator
from typing import Any

from grader import models
from grader.client import check_result, report_text

STYLE = """<style>
.grader{font-size:14px;line-height:1.45;max-width:60em}
.grader details{margin:.15em 0;border-left:3px solid #8886;padding:.1em .6em}
.grader details.good{border-color:#2a8a3e}.grader details.bad{border-color:#c2322b}
.grader summary{cursor:pointer}.grader pre{white-space:pre-wrap;overflow-wrap:anywhere;
margin:.2em 0 .6em 1em;padding:0;background:none;color:inherit;font-size:13px}
.grader .name{font-weight:600}.grader p{margin:.3em 0}
</style>"""


def checked(done: check_result.Checked) -> str:
    """The result of `grader.check`: a line for each task that opens; the first failure is open."""
    opened = False
    parts = [STYLE, f'<div class="grader"><p class="name">{html.escape(done.headline())}</p>']
    parts += [f"<p>{html.escape(note)}</p>" for note in done.notes]
    for task, lines in done.by_task().items():
        failed = [line for line in lines if not line.passed and not line.missing]
        kind = "good" if all(line.passed for line in lines) else "bad" if failed else "open"
        words = html.escape(f"{task}: {check_result.task_words(lines)}")
        is_open = bool(failed) and not opened
        opened = opened or is_open
        parts.append(_fold(kind, words, "".join(map(_failure, failed)), is_open=is_open))
    parts += [
        f"<p>Some tests were left out: {html.escape(module)} is not installed.</p>"
        for module in done.lacking
    ]
    return "".join([*parts, "</div>"])


def _failure(line: check_result.TestLine) -> str:
    name = html.escape(check_result.name_words(line))
    return f'<p class="name">{name}</p><pre>{html.escape(check_result.message(line))}</pre>'


def report(found: dict[str, Any], page: str) -> str:
    """A submission's report as the service tells it, with a link to its page."""
    headline = html.escape(report_text.headline(found))
    link = html.escape(page, quote=True)
    return "".join(
        [
            STYLE,
            f'<div class="grader"><p><span class="name">{headline}</span> · ',
            f'<a href="{link}" target="_blank" rel="noopener">the whole report</a></p>',
            *(f"<p>{html.escape(line)}</p>" for line in report_text.rules(found)),
            *(f"<p>{html.escape(note)}</p>" for note in report_text.notes(found)),
            *_tasks(found),
            "</div>",
        ]
    )


def _tasks(found: dict[str, Any]) -> Iterator[str]:
    opened = False
    for task in found["tasks"]:
        failed = [
            test
            for test in found["tests"]
            if test["task"] == task["id"]
            and test["verdict"] != models.Verdict.PASSED
            and not report_text.is_rule(test)
        ]
        score = "-" if task["score"] is None else report_text.number(task["score"])
        most = report_text.number(task["max_score"])
        words = html.escape(f"{task['id']}: {score} of {most} · {task['title']}")
        is_open = bool(failed) and not opened
        opened = opened or is_open
        inside = "".join(
            f'<p class="name">{html.escape(test["name"].rpartition("::")[2])}</p>'
            f"<pre>{html.escape(test['message'])}</pre>"
            for test in failed
        )
        inside += "".join(f"<p>{html.escape(line)}</p>" for line in report_text.marked(task))
        whole = task["score"] is not None and task["score"] >= task["max_score"]
        kind = "bad" if failed else "good" if whole else "open"
        yield _fold(kind, words, inside, is_open=is_open)
    if hidden := found.get("hidden"):
        score = "-" if hidden["score"] is None else report_text.number(hidden["score"])
        yield f"<p>Hidden tests: {score} of {report_text.number(hidden['max_score'])}</p>"


def _fold(kind: str, summary: str, inside: str, *, is_open: bool) -> str:
    """A line that opens; one with nothing inside is a line."""
    opened = " open" if is_open else ""
    return (
        f'<details class="{kind}"{opened}><summary>{summary}</summary>'
        f"{inside or '<p>No test of it fails.</p>'}</details>"
    )
