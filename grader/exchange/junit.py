"""A report as JUnit XML, the form that CI systems read.

Owns the mapping of verdicts: `passed` is a plain test case, `not_run` is skipped, a wrong answer or
a broken rule is a failure, every other verdict an error. Every element bears the attributes that
readers count on; times are in seconds, and 0 where nobody may see one. The report must already be
redacted for its reader.
"""

import re
import xml.etree.ElementTree as ET  # written, never parsed
from collections.abc import Sequence

from grader import models
from grader.exchange import results

# Everything outside the characters that XML 1.0 allows.
ILLEGAL = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
KINDS = (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))


def to_xml(report: models.Report) -> str:
    """The report as one document: a suite per task, a case per test."""
    root = ET.Element("testsuites", name=report.assignment)
    _count(root, report.tests)
    root.set("time", f"{report.timing.total_s:.3f}")
    for task in report.tasks:
        tests = [test for test in report.tests if test.task == task.id]
        suite = ET.SubElement(root, "testsuite", name=_legal(f"{task.id} {task.title}"))
        _count(suite, tests)
        for test in tests:
            _case(suite, test)
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _count(element: ET.Element, tests: Sequence[models.TestResult]) -> None:
    """How many there are of each kind, and how long they took together."""
    kinds = [_element(test) for test in tests]
    element.set("tests", str(len(tests)))
    for attribute, kind in KINDS:
        element.set(attribute, str(kinds.count(kind)))
    element.set("time", f"{sum(test.wall_s or 0 for test in tests):.3f}")


def _element(test: models.TestResult) -> str:
    match test.verdict:
        case models.Verdict.PASSED:
            return ""
        case models.Verdict.NOT_RUN:
            return "skipped"
        case models.Verdict.WRONG_ANSWER | models.Verdict.NOT_PASSED | models.Verdict.RULE_BROKEN:
            return "failure"
        case _:
            return "error"


def _case(suite: ET.Element, test: models.TestResult) -> None:
    classname, _, name = test.name.partition("::")
    time = f"{test.wall_s or 0:.3f}"
    case = ET.SubElement(
        suite, "testcase", classname=_legal(classname), name=_legal(name), time=time
    )
    if kind := _element(test):
        text = _legal(results.full_message(test))
        first = next((line for line in text.splitlines() if line.strip()), "")
        element = ET.SubElement(case, kind, message=first or results.in_words(test.verdict))
        element.set("type", test.verdict.value)
        element.text = text
    if test.output:
        ET.SubElement(case, "system-out").text = _legal(test.output)


def _legal(text: str) -> str:
    return ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text)
