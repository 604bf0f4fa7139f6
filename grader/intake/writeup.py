"""What a person reads and marks in an upload, by its content.

Owns which files are the write-up: PDFs, and what the assignment names as its report. Two uploads
with equal ones need not be marked twice. Nothing is inflated: the list of contents has the sizes
and checksums of the files, and an upload whose files differ from it is refused when it is read.
"""

import fnmatch
import hashlib

from grader import errors
from grader.assignment import manifest as assignments
from grader.intake import archive, listing


def fingerprint(upload: bytes, manifest: assignments.Manifest) -> str:
    """A hash of a stored upload's write-up, 64 hex digits; empty when it has none to see."""
    try:
        kept = listing.of(archive.entries(upload), manifest.submission).kept
    except errors.UploadRefused:
        return ""
    pattern = manifest.submission.report
    files = sorted(
        f"{entry.file_size} {entry.CRC} {path}"
        for path, entry in kept
        if path.casefold().endswith(".pdf") or (pattern and fnmatch.fnmatchcase(path, pattern))
    )
    return hashlib.sha256("\n".join(files).encode()).hexdigest() if files else ""
