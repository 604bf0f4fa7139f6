"""Reports survive the database exactly."""

import dataclasses
import json
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.store import codec
from tests.support import fakes_service as fakes


def with_message(message):
    tested = fakes.told("t")
    return dataclasses.replace(tested, outcome=dataclasses.replace(tested.outcome, message=message))


def test_report_comes_back_equal():
    whole = dataclasses.replace(fakes.report(), tests=fakes.report().tests[:1])
    assert codec.report(codec.encode(whole)) == whole


def test_thirds_are_stored_exactly():
    assert json.loads(codec.encode(fakes.report()))["score"] == "20/3"


def test_absent_score_stays_absent():
    whole = dataclasses.replace(fakes.report(), score=None, tests=())
    assert codec.report(codec.encode(whole)).score is None


@given(st.text(st.characters(codec="utf-8")))
def test_any_text_is_legal_json_and_loses_only_nul(text):
    stored = codec.encode(with_message(text))
    assert codec.tested(stored).outcome.message == text.replace("\0", "\ufffd")


@pytest.mark.parametrize("text", ["\\u0000", "\\\\u0000", "\\\0", "\\\\\0"])
def test_backslashes_before_nul_are_not_confused(text):
    assert codec.tested(codec.encode(with_message(text))).outcome.message == text.replace(
        "\0", "\ufffd"
    )


def test_unknown_type_is_refused():
    odd = dataclasses.replace(with_message(""), done=Fraction(1, 3))  # type: ignore[arg-type]  # on purpose
    assert '"1/3"' in codec.encode(odd)
    with pytest.raises(NotImplementedError):
        codec.encode(dataclasses.replace(odd, done=object()))  # type: ignore[arg-type]  # on purpose
