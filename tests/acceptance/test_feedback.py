"""The page that shows what students read names real mistakes, and is renewed without a loss."""

import os
import re
import subprocess
import sys

import pytest

from grader.assignment import manifest
from grader.authoring import named_mutants
from tests.acceptance import feedback

PAGE = """# Title

## Homework `hw1`

Some words.

### a mistake

```
old
lines
```

### another

```
old
```

## Homework `hw2`

### a mistake

```
old
```
"""


def test_renewed_replaces_reports_alone():
    renewed = feedback.renewed(PAGE, lambda slug, name: f"{slug}: {name}")
    assert renewed == PAGE.replace("old\nlines", "hw1: a mistake").replace(
        "old", "hw1: another", 1
    ).replace("old", "hw2: a mistake")


def test_page_names_five_mistakes_or_more_of_each_assignment():
    asked: dict[str, list[str]] = {}
    feedback.renewed(
        feedback.PAGE.read_text(), lambda slug, name: asked.setdefault(slug, []).append(name) or ""
    )
    assert sorted(asked) == sorted(manifest.slugs(feedback.ROOT))
    for slug, names in asked.items():
        path = manifest.load(feedback.ROOT, slug).suite_dir / "mutants.toml"
        assert len(names) >= 5
        assert set(names) <= {spec.name for spec in named_mutants.load(path).mutant}


def test_every_heading_with_a_report_is_renewed():
    page = feedback.PAGE.read_text()
    assert len(re.findall(r"^```$", page, re.M)) == 2 * len(re.findall(r"^### ", page, re.M))


@pytest.mark.skipif(
    os.environ.get("SUITE_CHECK") != "full",
    reason="grades 30 mistakes, minutes; SUITE_CHECK=full does",
)
def test_page_shows_todays_reports():
    command = [sys.executable, "-m", "tests.acceptance.feedback", "--check"]
    done = subprocess.run(command, cwd=feedback.ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
