"""What is shown while something runs, in a notebook or in a terminal.

Owns one output that is written over: progress first, then the result. Without IPython it is a line
on standard error, and the result as text.
"""

import html
import sys
from typing import Any, Protocol

from grader import models
from grader.client import cells

PLAIN, HTML = "text/plain", "text/html"


class Showable(Protocol):
    """A result."""

    is_shown: bool

    def text(self) -> str:
        """For a terminal."""

    def _repr_html_(self) -> str: ...


class Display:
    """One output.

    Args:
        show: without, nothing is ever shown.
    """

    def __init__(self, *, show: bool = True) -> None:
        self._is_on = show
        self._handle: Any = None
        self._rich = getattr(cells.shell(), "kernel", None) is not None
        self._length = 0

    def say(self, words: str) -> None:
        """A sentence in the place of the one before."""
        if not self._is_on:
            return
        if self._rich:
            self._put({PLAIN: words, HTML: f"<p>{html.escape(words)}</p>"})
        elif sys.stderr.isatty():
            sys.stderr.write(f"\r{words:{self._length}}")
            sys.stderr.flush()
            self._length = len(words)

    def progress(self, news: models.Progress) -> None:
        """How far the tests are."""
        if isinstance(news, models.Tested):
            self.say(f"{news.done} of {news.total} tests")

    def clear(self) -> None:
        """Nothing of the progress is left; the result takes its place."""
        if self._is_on and not self._rich and self._length:
            sys.stderr.write(f"\r{'':{self._length}}\r")
            self._length = 0

    def show(self, result: Showable) -> None:
        """The result, once."""
        if not self._is_on:
            return
        if self._rich:
            self._put({PLAIN: result.text(), HTML: result._repr_html_()})
        else:
            print(result.text())  # noqa: T201  # what the student asked for
        result.is_shown = True

    def _put(self, bundle: dict[str, str]) -> None:
        from IPython import display  # only where a notebook has it

        if self._handle is None:
            self._handle = display.DisplayHandle()  # type: ignore[no-untyped-call]  # IPython has no types
            self._handle.display(bundle, raw=True)
        else:
            self._handle.update(bundle, raw=True)
