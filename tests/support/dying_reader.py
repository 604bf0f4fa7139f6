"""The reader's template, which dies once at a chosen moment; see `dying_template`."""

import os
from pathlib import Path

from grader.confined import reader_process
from tests.support import dying_template


def serve(requests):
    dying_template.arm(Path(os.environ["DYING_FOLDER"]))
    reader_process.serve(requests)
