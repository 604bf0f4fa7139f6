"""Pages, messages and mails are in plain English; the list is in `tests.support.plain_english`."""

import tomllib

import pytest

from tests.support import plain_english

PYTHON = sorted(plain_english.PACKAGE.rglob("*.py"))
TEMPLATES = sorted(plain_english.PACKAGE.rglob("*.html"))
SCRIPTS = sorted((plain_english.PACKAGE / "web" / "static").glob("*.js"))


def is_kept(path, text):
    return any(path.name == name and part in text for name, part in plain_english.KEPT)


def test_messages_are_in_plain_english():
    found = [
        f"{path.name}:{line}: {finding}"
        for path in PYTHON
        for line, text in plain_english.literals(path)
        if not is_kept(path, text)
        for finding in plain_english.findings(text)
    ]
    assert found == []


def test_templates_are_in_plain_english():
    found = [
        f"{path.name}: {finding}"
        for path in TEMPLATES
        for finding in plain_english.findings(plain_english.template_text(path))
    ]
    assert found == []


def test_scripts_are_in_plain_english():
    found = [
        f"{path.name}: {finding}"
        for path in SCRIPTS
        for line in path.read_text().splitlines()
        if "`" in line or '"' in line
        for finding in plain_english.findings(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    "text",
    ["Hand in by noon", "To mend: 1a", "10 % are lost", "It is told, too", "This is no number"],
)
def test_list_finds_what_it_is_for(text):
    assert plain_english.findings(text)


@pytest.mark.parametrize("text", ["Submit by noon", "10%", "Needs work: 1a", "hidden tests"])
def test_list_lets_plain_words_pass(text):
    assert plain_english.findings(text) == []


def test_text_of_a_page_is_what_people_read():
    markup = '<p title="a &amp; b">c<script>d</script> <code>e</code> <b>f</b></p>'
    assert plain_english.text_of(markup) == "a & b c f"


SUITES = plain_english.PACKAGE.parent / "tests" / "suites"
READMES = sorted(SUITES.glob("*/README.md"))


def test_readmes_of_homework_are_in_plain_english():
    """Pages show them."""
    found = [
        f"{path.parent.name}: {finding}"
        for path in READMES
        for finding in plain_english.findings(path.read_text())
    ]
    assert len(READMES) == 5
    assert found == []


def test_titles_of_tasks_are_in_plain_english():
    found = [
        f"{path.parent.name}: {finding}"
        for path in sorted(SUITES.glob("*/assignment.toml"))
        for task in tomllib.loads(path.read_text())["task"]
        for finding in plain_english.findings(task["title"])
    ]
    assert found == []
