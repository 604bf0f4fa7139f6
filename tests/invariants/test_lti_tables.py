"""The tables of docs/lti.md: every test that they name is there."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[2]
PLACES = ("integration/lti", "unit/lti", "hostile")


def test_every_test_that_the_tables_name_is_there():
    text = (ROOT / "docs" / "lti.md").read_text()
    tables = text.partition("## Conformance")[2]
    rows = [line for line in tables.splitlines() if line.startswith("| ")]
    named = {name for row in rows for name in re.findall(r"`([a-z]\w+_\w+_\w+)`", row)}
    sources = [p.read_text() for place in PLACES for p in (ROOT / "tests" / place).glob("*.py")]
    known = set(re.findall(r"def test_(\w+)\(", "".join(sources)))
    assert len(named) > 30
    assert named - known - {"lti_storage_target"} == set()
