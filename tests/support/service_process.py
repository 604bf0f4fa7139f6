"""A whole service with a fake grader, as a process that a test may kill.

Run as `python -m tests.support.service_process DATA_DIR COURSE_DIR [real]`; prints its URL when
ready. With `real` reports have their real formats.
"""

import sys
from pathlib import Path

from grader import app, settings
from grader.service import adapters
from tests.support import fakes_service as fakes


def main(data_dir: Path, course_dir: Path, *real: Path) -> None:
    chosen = settings.chosen(course_dir=course_dir, data_dir=data_dir, port=0)
    grading = fakes.Grading(marks=data_dir / "grades.txt")
    parts = fakes.parts(grading, adapters.views if real else None)
    app.serve(chosen, ready=lambda url: print(url, flush=True), parts=parts)  # noqa: T201 - read by the test


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:]))
