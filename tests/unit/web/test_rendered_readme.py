"""A README on a page: rendered, and nothing in it that runs or loads."""

from html.parser import HTMLParser

import pytest

from grader.web import readme

HOSTILE = [
    "<script>alert(1)</script>",
    "[x](javascript:alert(1))",
    "![x](https://evil.example/x.png)",
    '<img src=x onerror="alert(1)">',
    "<style>body{display:none}</style>",
    '<form action="/sign-out"><button>x</button></form>',
    '<a href="/x" onclick="alert(1)">x</a>',
    "[x](data:text/html,<script>alert(1)</script>)",
]


class Elements(HTMLParser):
    """What a browser would make of it."""

    def __init__(self):
        super().__init__()
        self.found = []

    def handle_starttag(self, tag, attrs):
        self.found.append((tag, dict(attrs)))


@pytest.mark.parametrize("text", HOSTILE)
def test_nothing_that_runs_or_loads_is_left(text):
    html = readme.markup(f"Before\n\n{text}\n\nAfter")
    parsed = Elements()
    parsed.feed(html)
    assert {tag for tag, _ in parsed.found} <= readme.TAGS
    assert {name for _, attrs in parsed.found for name in attrs} <= {"href", "title", "rel"}
    links = [attrs["href"] for _, attrs in parsed.found if "href" in attrs]
    assert all(link.startswith(("http:", "https:", "mailto:")) for link in links)
    assert "<p>Before</p>" in html


def test_headings_begin_below_the_pages_and_its_title_is_left_out():
    html = readme.markup("# Assignment 2\n\nText\n\n## Part 1\n\n### Detail\n")
    assert "Assignment 2" not in html
    assert "<h3>Part 1</h3>" in html
    assert "<h4>Detail</h4>" in html


def test_heading_after_other_text_stays():
    assert "<h2>Late title</h2>" in readme.markup("Text\n\n# Late title\n")


def test_tables_code_and_links_are_rendered():
    html = readme.markup("| a | b |\n|---|---|\n| `x` | [y](https://example.edu) |\n\n    code\n")
    assert "<td><code>x</code></td>" in html
    assert 'href="https://example.edu"' in html
    assert 'rel="noopener noreferrer"' in html
    assert "<pre><code>code\n</code></pre>" in html


def test_wide_tables_scroll_by_themselves():
    html = readme.markup("| a |\n|---|\n| b |\n")
    assert html.startswith('<div class="overflow-auto" tabindex="0" role="region"')
    assert html.count("<div") == html.count("</div>") == 1
