"""How alike submissions are, by copydetect. Pure.

Owns the wrapping of copydetect. It runs in a process of its own (`grader.confined.reader`); which
submissions are compared, and when, is `grader.service.similarity`'s.

Names of variables, comments and spaces do not count: copydetect compares what kind of token stands
where. Every run of tokens that the skeleton has, too, is left out.
"""

import io
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

K_TOKENS: Final = 25  # shorter likenesses are taken for chance
WINDOW: Final = 20
LEAST: Final = 0.3  # share of either work; what is less alike is not told
MOST_PAIRS: Final = 200


@dataclass(frozen=True, slots=True)
class Source:
    """A work as one text: its files, each below a line with its name."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Pair:
    """Two works that are alike.

    Attributes:
        share: of each work's own tokens, what is like the other's: 0 to 1.
        regions: of each work, first and last line (from 1) of what is alike.
    """

    names: tuple[str, str]
    share: tuple[float, float]
    regions: tuple[tuple[tuple[int, int], ...], tuple[tuple[int, int], ...]]


def prepare() -> None:
    """Import copydetect, and with it pyplot; for a process that is about to lose its rights."""
    import copydetect  # noqa: F401  # only here and below: nobody else shall import pyplot


def compare(sources: Sequence[Source], skeleton: Sequence[str]) -> list[Pair]:
    """The pairs that are alike, the most alike first; at most `MOST_PAIRS`."""
    boiler = {value for text in skeleton for value in _fingerprint(text, window=1).hashes}
    prints = [(source, _without(_fingerprint(source.text), boiler)) for source in sources]
    pairs = []
    for number, (source, own) in enumerate(prints):
        for other, theirs in prints[number + 1 :]:
            pair = _pair(source, own, other, theirs)
            if pair:
                pairs.append(pair)
    return sorted(pairs, key=lambda p: (-max(p.share), p.names))[:MOST_PAIRS]


def _fingerprint(text: str, window: int = WINDOW) -> Any:
    """A window of 1 keeps every run of tokens; of others one in each window stands for all."""
    import copydetect

    return copydetect.CodeFingerprint("work.py", K_TOKENS, window, fp=io.StringIO(text))


def _without(fingerprint: Any, boiler: set[int]) -> Any:
    """A fingerprint without the skeleton's; copydetect's own way miscounts what stands twice."""
    from copydetect import utils

    fingerprint.hash_idx = {h: i for h, i in fingerprint.hash_idx.items() if h not in boiler}
    fingerprint.hashes = set(fingerprint.hash_idx)
    fingerprint.token_coverage = utils.get_token_coverage(
        fingerprint.hash_idx, K_TOKENS, len(fingerprint.filtered_code)
    )
    return fingerprint


def _pair(source: Source, own: Any, other: Source, theirs: Any) -> Pair | None:
    import copydetect

    # Most pairs are not alike; counting common hashes is a hundred times faster than comparing.
    common, fewer = len(own.hashes & theirs.hashes), min(len(own.hashes), len(theirs.hashes))
    if not fewer or common / fewer < LEAST / 2:
        return None
    _count, share, slices = copydetect.compare_files(own, theirs)
    if max(share) < LEAST:
        return None
    regions = (_lines(source.text, slices[0]), _lines(other.text, slices[1]))
    return Pair((source.name, other.name), (_capped(share[0]), _capped(share[1])), regions)


def _capped(share: float) -> float:
    return round(min(float(share), 1.0), 3)


def _lines(text: str, slices: Any) -> tuple[tuple[int, int], ...]:
    """Slices of characters as first and last lines, touching ones joined."""
    regions: list[tuple[int, int]] = []
    for start, end in sorted(zip(map(int, slices[0]), map(int, slices[1]), strict=True)):
        first = text.count("\n", 0, start) + 1
        last = text.count("\n", 0, max(end - 1, start)) + 1
        if regions and first <= regions[-1][1] + 1:
            regions[-1] = (regions[-1][0], max(last, regions[-1][1]))
        else:
            regions.append((first, last))
    return tuple(regions)
