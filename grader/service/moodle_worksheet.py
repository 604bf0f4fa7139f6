"""Grades and feedback for Moodle: its grading worksheet filled in, and a zip of what students read.

Owns joining them; the columns and the zip's names are `grader.exchange.moodle_worksheet`'s, what a
student may see is `grader.scoring.redaction`'s.
"""

import datetime
import uuid
import zipfile
from pathlib import Path

from grader import models
from grader.assignment import manifest as assignments
from grader.exchange import gradebook_csv, moodle_worksheet
from grader.scoring import redaction, report_text
from grader.service import course as courses
from grader.service import gradebook
from grader.store import database
from grader.store import gradebook as stored

FEEDBACK_FILE = "feedback.txt"


def fill(
    store: database.Database,
    course: courses.Course,
    manifest: assignments.Manifest,
    worksheet: bytes,
    *,
    comments: bool = False,
) -> moodle_worksheet.Filled:
    """The worksheet with what counts for each student.

    Raises:
        UploadRefused: it is no grading worksheet.
    """
    book = gradebook_csv.book(manifest, comments=comments)
    return moodle_worksheet.filled(worksheet, gradebook.entries(store, course, manifest), book)


def write_feedback(store: database.Database, filled: moodle_worksheet.Filled, path: Path) -> int:
    """A zip for "Upload multiple feedback files in a zip"; returns how many students it has.

    Holds of each report what its student may see today.
    """
    now = datetime.datetime.now(datetime.UTC)
    folders = dict[uuid.UUID, list[str]]()  # of a team's submission one for each of them
    for row, entry in filled.matched:
        if entry.submission:
            folders.setdefault(entry.submission.id, []).append(moodle_worksheet.folder(row))
    written = 0
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as target:
        for submission, report in stored.reports_of(store, list(folders)):
            shown = redaction.redact(report, models.Audience.STUDENT, now)
            text = report_text.summary(shown) + "\n"
            for folder in folders[submission]:
                target.writestr(f"{folder}/{FEEDBACK_FILE}", text)
                written += 1
    return written
