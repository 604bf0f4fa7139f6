"""Which files of an upload are its write-up, and when two are the same."""

import io
import zipfile
from pathlib import Path

from grader.assignment import manifest as assignments
from grader.intake import writeup
from tests.support import fakes_service as fakes

TEXT = fakes.MANIFEST.replace(
    '["layers.py"]', '["layers.py"], optional = ["notes.md", "paper.pdf"], report = "*.md"'
)
MANIFEST = assignments.parse(TEXT.encode(), Path("assignment.toml"))
PDF, CODE = ("paper.pdf", b"%PDF-1.7 pages"), ("layers.py", b"x = 1")


def print_of(*files):
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        for name, content in files:
            archive.writestr(name, content)
    return writeup.fingerprint(target.getvalue(), MANIFEST)


def test_code_is_no_part_of_it():
    assert print_of(PDF, CODE) == print_of(("layers.py", b"x = 2"), PDF) != ""


def test_another_page_or_another_report_is_another_write_up():
    notes = ("notes.md", b"three sentences")
    prints = [print_of(CODE, PDF), print_of(CODE, ("paper.pdf", b"%PDF-1.7 Pages"))]
    prints += [print_of(CODE, PDF, notes), print_of(CODE, notes)]
    assert len(set(prints)) == 4


def test_upload_without_one_has_none():
    assert print_of(CODE) == ""
    assert writeup.fingerprint(b"no zip", MANIFEST) == ""
