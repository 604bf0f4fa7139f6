"""The calls of a notebook where it is graded: a sandbox has the first file of the package alone."""

import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[3]


def test_calls_of_a_notebook_do_nothing_where_it_is_graded(tmp_path):
    (tmp_path / "grader" / "rpc").mkdir(parents=True)
    for name in ("__init__.py", "rpc/__init__.py"):
        shutil.copy(ROOT / "grader" / name, tmp_path / "grader" / name)
    code = (
        "import sys; sys.meta_path = [f for f in sys.meta_path if 'editable' not in repr(f)]; "
        "import grader; print(grader.check('1a'), grader.submit(), grader.download('hw'))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env={},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "None None None\n", done.stderr
