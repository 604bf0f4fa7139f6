"""Fill in, when the documentation is built, what the code says of itself: routes and manifest.

Owns the marks `<!-- routes -->` and `<!-- manifest -->`. The reference with
every schema is the service's own, at /docs.
"""

import sys
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Called by MkDocs for each page."""
    for mark, made in MADE.items():
        if mark in markdown:
            markdown = markdown.replace(mark, made())
    return markdown


class _Services:
    """Stands for the services behind the routes; none is called while they are described."""

    def __getattr__(self, name: str) -> Any:
        return self


def table() -> str:
    """One line for each route: method, path, first paragraph of its description."""
    sys.path.insert(0, str(ROOT))
    from grader.api import application  # here: only this page needs the server's libraries

    services: Any = _Services()
    paths = application.create(services).openapi()["paths"]
    lines = ["| | path | |", "|---|---|---|"]
    for path, operations in paths.items():
        for method, operation in operations.items():
            said = operation.get("description", "").partition("\n\n")[0].replace("\n", " ")
            lines.append(f"| {method.upper()} | `{path}` | {said.replace('|', '/')} |")
    return "\n".join(lines)


def manifest() -> str:
    """Every key of an assignment.toml."""
    sys.path.insert(0, str(ROOT))
    from grader.assignment import commented_manifest

    return f"```toml\n{commented_manifest.text()}\n```"


MADE = {"<!-- routes -->": table, "<!-- manifest -->": manifest}
