"""Pages, messages and mails are in plain English; the list is in `tests.support.plain_english`."""

import re
import tomllib
from typing import Any

import click
import pytest
import typer.main

from grader.api import application
from grader.cli import main
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


ROOT = plain_english.PACKAGE.parent
# Made by programs from what suites and hostile cases say of themselves.
MADE = ("prices.md", "feedback.md")
ATTACK = re.compile(r"^\| \d+ .*$", re.MULTILINE)
PAGES = [
    *(ROOT / name for name in ("README.md", "CONTRIBUTING.md", "tests/README.md")),
    *(page for page in sorted((ROOT / "docs").rglob("*.md")) if page.name not in MADE),
]


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_documentation_is_in_plain_english(page):
    assert plain_english.findings(ATTACK.sub("", page.read_text())) == []


def commands(command, name=()):
    """Name and help of every verb, and of each of its options."""
    for text in (command.help, *(getattr(one, "help", None) for one in command.params)):
        yield " ".join(name), text or ""
    if isinstance(command, click.Group):
        for verb, part in command.commands.items():
            yield from commands(part, (*name, verb))


def test_help_of_commands_is_in_plain_english():
    """Docstrings, which the search for literals leaves out."""
    found = [
        f"{name}: {finding}"
        for name, text in commands(typer.main.get_command(main.app))
        for finding in plain_english.findings(text)
    ]
    assert found == []


class Unused:
    """Stands for the services behind the routes; none is called while they are described."""

    def __getattr__(self, name: str) -> Any:
        return self


def descriptions(described):
    """What the description of the API says of its parts."""
    if isinstance(described, dict):
        for key, value in described.items():
            if key in ("description", "summary") and isinstance(value, str):
                yield value
            yield from descriptions(value)
    elif isinstance(described, list):
        for value in described:
            yield from descriptions(value)


def test_description_of_the_api_is_in_plain_english():
    services: Any = Unused()
    said = list(descriptions(application.create(services).openapi()))
    assert len(said) > 300
    assert [finding for text in said for finding in plain_english.findings(text)] == []
