"""What came of `grader.submit`: the points and a link, as text and as HTML.

Owns the shape. The report's words are `client.report_text`'s and `client.report_html`'s.
"""

import html
from dataclasses import dataclass, field
from typing import Any

from grader.client import live_display, report_html, report_text, submissions


@dataclass(slots=True)
class SubmissionResult:
    """A submission after `grader.submit`; the last line of a cell shows it.

    Attributes:
        page: its address.
        status: where it stood at last.
        report: None while there is none.
    """

    id: str
    page: str
    status: dict[str, Any]
    report: dict[str, Any] | None
    is_shown: bool = field(default=False, repr=False)

    def text(self) -> str:
        """For a terminal."""
        if self.report is not None:
            return f"{report_text.text(self.report)}\n{self.page}"
        return "\n".join([*submissions.said(self.status), self.page])

    def __repr__(self) -> str:
        return self.text()

    def _repr_html_(self) -> str:
        if self.report is not None:
            return report_html.report(self.report, self.page)
        lines = submissions.said(self.status)
        said = "".join(f"<p>{html.escape(line)}</p>" for line in lines)
        link = html.escape(self.page, quote=True)
        return f'{said}<p><a href="{link}" target="_blank" rel="noopener">its page</a></p>'

    def _ipython_display_(self) -> None:
        """The last expression of a cell is shown, but not twice."""
        if self.is_shown:
            self.is_shown = False
            return
        live_display.Display().show(self)
        self.is_shown = False
