"""The words for what a request has wrong, and the body that refuses what it does not know."""

import datetime
import uuid
from typing import Annotated, Literal

import pydantic
import pytest

from grader import models
from grader.http import request_faults


def predicate(kind, value):
    with pytest.raises(pydantic.ValidationError) as raised:
        pydantic.TypeAdapter(kind).validate_python(value)
    return request_faults.predicate(raised.value.errors()[0])


class Sent(request_faults.SentBody):
    scope: str = "all"
    days: int = 1


@pytest.mark.parametrize(
    ("kind", "value", "words"),
    [
        (int, "x", "must be a whole number"),
        (int, 1.5, "must be a whole number"),
        (int, "1" * 5000, "must be a whole number"),
        (float, "x", "must be a number"),
        (bool, "perhaps", "must be true or false"),
        (pydantic.StrictBool, 1, "must be true or false"),
        (str, 5, "must be text"),
        (list[str], "x", "must be a list"),
        (dict[str, int], [], "must be an object with named fields"),
        (Sent, [], "must be an object with named fields"),
        (uuid.UUID, "x", "must be an id, as the service gives it"),
        (uuid.UUID, 5, "must be an id, as the service gives it"),
        (models.Scope, "write", "must be 'all', 'read' or 'submit'"),
        (Literal["a", "b"], "c", "must be 'a' or 'b'"),
        (Annotated[int, pydantic.Field(ge=1)], 0, "must be at least 1"),
        (Annotated[int, pydantic.Field(gt=1)], 0, "must be more than 1"),
        (Annotated[int, pydantic.Field(le=1)], 2, "must be at most 1"),
        (Annotated[int, pydantic.Field(lt=1)], 2, "must be less than 1"),
        (Annotated[float, pydantic.Field(allow_inf_nan=False)], "nan", "must be a finite number"),
        (Annotated[str, pydantic.Field(min_length=1)], "", "must not be empty"),
        (Annotated[str, pydantic.Field(min_length=2)], "x", "must have at least 2 characters"),
        (Annotated[str, pydantic.Field(max_length=1)], "xx", "must have at most 1 character"),
        (Annotated[str, pydantic.Field(max_length=2)], "xxx", "must have at most 2 characters"),
        (
            Annotated[list[int], pydantic.Field(max_length=2)],
            [1] * 3,
            "must have at most 2 entries",
        ),
        (
            Annotated[str, pydantic.Field(max_length=9)],
            "\udc00",
            "must be text that can be written in UTF-8",
        ),
    ],
)
def test_each_fault_is_said_in_plain_words(kind, value, words):
    assert predicate(kind, value) == words


@pytest.mark.parametrize("value", ["tomorrow", "2026-12-31T25:00", [], "2026-13-01"])
def test_wrong_date_is_answered_with_one_that_is_right(value):
    said = predicate(datetime.datetime, value)
    assert said.endswith(request_faults.MOMENT)
    assert datetime.datetime.fromisoformat(request_faults.MOMENT).tzinfo


def test_misspelt_field_is_refused_with_the_nearest_that_exists():
    said = predicate(Sent, {"scop": "read"})
    assert said == "has no field `scop`; did you mean `scope`? Possible: scope, days."


def test_another_word_is_not_taken_for_a_misspelt_one():
    assert predicate(Sent, {"copies": 1}) == "has no field `copies`. Possible: scope, days."


@pytest.mark.parametrize(
    ("fault", "said"),
    [
        ({"loc": ("body", "due"), "type": "missing"}, "`due` is missing."),
        ({"loc": ("body",), "type": "missing"}, "The body is missing."),
        (
            {"loc": ("query", "a"), "type": "int_parsing"},
            "`a` in the address must be a whole number.",
        ),
        ({"loc": ("header", "a"), "type": "missing"}, "`a` in the headers is missing."),
        (
            {"loc": ("body", 3), "type": "json_invalid", "ctx": {"error": "Expecting value"}},
            "The body is not JSON: Expecting value.",
        ),
        (
            {"loc": ("body", "lines", 0, "points"), "type": "float_type"},
            "`lines.0.points` must be a number.",
        ),
    ],
)
def test_sentence_says_where_and_what(fault, said):
    assert request_faults.sentence(fault | {"msg": "Input should be otherwise"}) == said


def test_body_of_another_kind_is_answered_with_the_header_to_send():
    fault = {"loc": ("body",), "type": "model_attributes_type", "input": b"slug=x", "msg": ""}
    assert "Content-Type: application/json" in request_faults.sentence(fault)
