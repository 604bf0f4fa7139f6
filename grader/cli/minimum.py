"""The reading of `--min-score`: whether a score is enough.

Owns "80%" and "30" (points), for graded folders and for a service's reports alike.
"""

from fractions import Fraction

from grader import errors


def reaches(score: Fraction | None, most: Fraction, minimum: str) -> bool:
    """Whether a score out of `most` reaches a minimum such as "80%" or "30" (points).

    Raises:
        SuiteError: the minimum is not a number.
    """
    try:
        least = Fraction(minimum.removesuffix("%"))
    except (ValueError, ZeroDivisionError):
        raise errors.SuiteError(
            f"--min-score {minimum}: write 80% or a number of points."
        ) from None
    if minimum.endswith("%"):
        least *= most / 100
    return (score or Fraction(0)) >= least
