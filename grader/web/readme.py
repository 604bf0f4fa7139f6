"""A homework's README as markup: Markdown rendered, and what is left cleaned. Pure.

Owns which elements may stay. The README is the course's own text, but a page of ours must not run
or load anything that stands in it: no scripts, styles, forms or pictures; links lead to the web.
"""

import functools
from collections.abc import Sequence
from typing import Final

import markupsafe
import nh3
from markdown_it import MarkdownIt
from markdown_it.token import Token

MAX_CHARACTERS: Final = 200_000
BELOW: Final = 1  # headings of a page stand above those of its README
TAGS: Final = frozenset(
    {
        *("p", "br", "hr", "em", "strong", "del", "code", "pre", "blockquote"),
        *("ul", "ol", "li", "h2", "h3", "h4", "h5", "h6", "a"),
        *("table", "thead", "tbody", "tr", "th", "td"),
    }
)
ATTRIBUTES: Final = {"a": {"href", "title"}, "ol": {"start"}}
_MARKDOWN: Final = MarkdownIt("commonmark", {"html": False}).enable(["table", "strikethrough"])


@functools.lru_cache(maxsize=64)
def markup(text: str) -> markupsafe.Markup:
    """A README for a page that bears its title already: a heading at its very top is left out."""
    tokens = _MARKDOWN.parse(text[:MAX_CHARACTERS])
    html = _MARKDOWN.renderer.render(_lowered(_without_title(tokens)), _MARKDOWN.options, {})
    clean = nh3.clean(
        html, tags=set(TAGS), attributes=ATTRIBUTES, url_schemes={"http", "https", "mailto"}
    )
    return markupsafe.Markup(_scrolling(clean))  # noqa: S704  # cleaned a line above


def _without_title(tokens: Sequence[Token]) -> Sequence[Token]:
    is_titled = tokens and tokens[0].type == "heading_open" and tokens[0].tag == "h1"
    return tokens[3:] if is_titled else tokens


def _lowered(tokens: Sequence[Token]) -> list[Token]:
    return [
        token.copy(tag=f"h{min(int(token.tag[1]) + BELOW, 6)}")
        if token.type in ("heading_open", "heading_close")
        else token
        for token in tokens
    ]


def _scrolling(html: str) -> str:
    """Wide tables scroll by themselves, so that the page need not on a phone."""
    opened = html.replace(
        "<table>",
        '<div class="overflow-auto" tabindex="0" role="region" aria-label="Table"><table>',
    )
    return opened.replace("</table>", "</table></div>")
