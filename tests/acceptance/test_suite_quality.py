"""Every suite through the real pipeline: reference whole, template nothing, every mutant dead."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from grader.assignment import manifest

ROOT = Path(__file__).parents[2]
SHORT_FORM = "4"  # mutants per suite; SUITE_CHECK=full grades every one (minutes per suite)


def environment():
    """One grading at a time where several processes share out the tests."""
    shared = {"GRADER_WORKERS": "1"} if "PYTEST_XDIST_WORKER" in os.environ else {}
    return os.environ | shared


@pytest.mark.parametrize("slug", manifest.slugs(ROOT))
def test_suite_passes_reference_fails_template_and_kills_mutants(slug, tmp_path):
    figures = tmp_path / "quality.json"
    command = [
        sys.executable,
        "-m",
        "grader.cli.main",
        "suite",
        "check",
        slug,
        "--json",
        str(figures),
    ]
    if os.environ.get("SUITE_CHECK") != "full":
        command += ["--named", SHORT_FORM]
    done = subprocess.run(command, cwd=ROOT, env=environment(), capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    found = json.loads(figures.read_text())
    assert found["reference"]["score"] == found["reference"]["max"] > 0
    assert found["template"]["score"] == 0
    assert found["mutants"]["named"]["killed"] == found["mutants"]["named"]["total"] >= 3
    assert found["mutants"]["named"]["survivors"] == []
    assert found["tests_never_failing"] == []
    assert found["tests_passing_on_template"] == []
