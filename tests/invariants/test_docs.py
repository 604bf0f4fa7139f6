"""Documents that must not drift from the code."""

import dataclasses
import re
import subprocess
import sys
import tomllib
from pathlib import Path

import msgspec
import pytest

from grader import settings
from grader.notify import kinds

ROOT = Path(__file__).parents[2]


def test_every_setting_is_documented_with_its_default():
    text = (ROOT / "docs" / "settings.md").read_text()
    for spec in dataclasses.fields(settings.Settings):
        default = str(spec.default) or "empty"
        row = re.search(rf"^\| `GRADER_{spec.name.upper()}` \| (.*?) \|", text, re.MULTILINE)
        assert row, spec.name
        assert row[1].strip("`") == default


def test_every_kind_of_message_is_documented_with_its_default():
    text = (ROOT / "docs" / "messages.md").read_text()
    rows = dict(re.findall(r"^\| `(\w+)` \| [^|]+ \| (yes|no) \|", text, re.MULTILINE))
    rules = kinds.NotifyRules()
    assert rows == {
        kind.value: "yes" if rules.sent_by_default(kind) else "no" for kind in kinds.WORDS
    }


def test_sample_of_what_a_course_sends_is_the_default():
    """Whoever copies it must lose no message."""
    text = (ROOT / "docs" / "messages.md").read_text()
    (sample,) = re.findall(r"^    \[notify\]\n(?:    .+\n)+", text, re.MULTILINE)
    parts = tomllib.loads(sample.replace("\n    ", "\n").strip())
    rules = msgspec.convert(parts["notify"], kinds.NotifyRules)
    assert rules == kinds.NotifyRules(reply_to=rules.reply_to)


@pytest.mark.parametrize(
    "page", [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md")], ids=lambda p: p.name
)
def test_links_and_named_files_exist(page):
    text = page.read_text()
    links = re.findall(r"\]\(([^)#]+)\)", text)
    named = re.findall(r"`((?:grader|tests|docs)/[\w./]+\.\w+)`", text)
    for link in (link for link in links if not link.startswith("https://")):
        assert (page.parent / link).exists(), link
    for name in named:
        assert (ROOT / name).exists(), name


@pytest.mark.slow
def test_site_is_built_without_a_warning(tmp_path):
    """Strict: a link, an anchor or a page that is in no menu ends it."""
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "-q", "-d", str(tmp_path)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert "/api/assignments/{slug}/submissions" in (tmp_path / "api/index.html").read_text()


def test_decisions_have_headings_and_at_most_three_lines_each():
    text = (ROOT / "docs" / "decisions.md").read_text()
    entries = re.split(r"^(?=- |## )", text.partition("\n## ")[2], flags=re.MULTILINE)
    long = [entry[:60] for entry in entries if len(entry.strip().splitlines()) > 3]
    assert long == []
    assert max(map(len, text.splitlines())) <= 120
