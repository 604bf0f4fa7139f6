"""The README's table of verbs is the command's own list of them."""

import re
from pathlib import Path

import typer

from grader.cli import main

README = Path(__file__).parents[3] / "README.md"


def test_readme_names_each_verb_once_under_the_heading_of_the_help():
    offered = {}
    for part in (*main.app.registered_commands, *main.app.registered_groups):
        name = part.name or typer.main.get_command_name(part.callback.__name__)
        offered.setdefault(part.rich_help_panel, []).append(name)
    table = re.findall(r"^\| ([A-Z][a-z ]+) \| (`.*`) \|$", README.read_text(), re.MULTILINE)
    written = {who: re.findall(r"`([a-z]+)`", verbs) for who, verbs in table}
    assert {who: sorted(verbs) for who, verbs in written.items()} == {
        who: sorted(verbs) for who, verbs in offered.items()
    }
