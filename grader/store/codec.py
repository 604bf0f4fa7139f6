"""Reports and progress as JSON for the database, and back.

Owns the stored form only: fractions are `"p/q"` strings so that no point is ever rounded. What the
outside reads is written by `grader.exchange`.
"""

import re
from fractions import Fraction
from typing import Any

import msgspec

from grader import models


def _encode(value: Any) -> Any:
    if isinstance(value, Fraction):
        return f"{value.numerator}/{value.denominator}"
    raise NotImplementedError(f"{type(value).__name__} has no stored form")


def _decode(kind: type, value: Any) -> Any:
    if kind is Fraction and isinstance(value, str):
        return Fraction(value)
    raise NotImplementedError(f"{kind.__name__} has no stored form")


# An escaped backslash is matched first: a backslash and "u0000" that a student printed stay.
_NUL = re.compile(r"(\\\\)|\\u0000")
_ENCODER = msgspec.json.Encoder(enc_hook=_encode)
_REPORT = msgspec.json.Decoder(models.Report, dec_hook=_decode)
_TESTED = msgspec.json.Decoder(models.Tested, dec_hook=_decode)


def encode(value: models.Report | models.Tested) -> str:
    """The stored form. NUL characters, which the database's JSON cannot hold, become U+FFFD."""
    return _NUL.sub(lambda match: match[1] or "\ufffd", _ENCODER.encode(value).decode())


def plain_text(text: str) -> str:
    """Text as the database's text columns can hold it: NUL becomes U+FFFD."""
    return text.replace("\0", "\ufffd")


def report(text: str | bytes) -> models.Report:
    """The report that `encode` wrote."""
    return _REPORT.decode(text)


def report_or_none(text: str | None) -> models.Report | None:
    """The report that `encode` wrote, if there is one."""
    return None if text is None else report(text)


def tested(text: str | bytes) -> models.Tested:
    """The progress that `encode` wrote."""
    return _TESTED.decode(text)
