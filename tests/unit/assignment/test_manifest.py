"""What a manifest leaves out, and what it must not ask for."""

import re
from pathlib import Path

import pytest

from grader import errors
from grader.assignment import manifest

MANIFEST = """
slug = "hw"
title = "Homework"
course = "Course 101"
total_points = 1
submission = { required = ["net.py"] }
task = [{ id = "1", title = "Train", points = 1 }]
"""


def parsed(more):
    return manifest.parse((MANIFEST + more).encode(), Path("assignment.toml"))


@pytest.mark.parametrize(
    ("more", "expected"),
    [
        ("", 512),
        ('runtime = "torch"', 1024),
        ('runtime = "torch"\nlimits = { test_s = 5 }', 1024),
        ('runtime = "torch"\nlimits = { memory_mb = 2048 }', 2048),
    ],
)
def test_memory_left_out_is_what_the_runtime_needs(more, expected):
    assert parsed(more).limits.memory_mb == expected


def test_limits_in_mb_and_kb_count_in_thousands():
    limits = parsed("limits = { memory_mb = 512, output_kb = 64 }").limits
    assert (limits.memory_bytes, limits.output_bytes) == (512_000_000, 64_000)


@pytest.mark.parametrize("limits", ["memory_mb = 0", "gpus = -1", "slow_test_s = 0"])
def test_impossible_limit_is_refused(limits):
    with pytest.raises(errors.SuiteError, match="Expected"):
        parsed(f"limits = {{ {limits} }}")


def test_unknown_data_set_is_refused_with_those_there_are():
    with pytest.raises(errors.SuiteError, match=r"no data set imagenet.*cifar10, digits, mnist"):
        parsed('datasets = ["mnist", "imagenet"]')


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ("facets = { plain = 70, stride = 20 }", "facets of task 1 sum to 90 percent, not 100"),
        ('kind = "manual", facets = { plain = 100 }', "task 1 is manual, so it has no facets"),
        ("facets = { plain = 0 }", "Expected `float` > 0"),
    ],
)
def test_facets_are_all_of_an_automatic_task(task, message):
    whole = MANIFEST.replace("points = 1 }", f"points = 1, {task} }}")
    with pytest.raises(errors.SuiteError, match=message):
        manifest.parse(whole.encode(), Path("assignment.toml"))


@pytest.mark.parametrize(
    ("needs", "message"),
    [
        ('id = "2", needs = ["3"]', "task 2 needs 3, but no automatic task of this name is"),
        ('id = "2", needs = ["2"]', "task 2 needs 2, but"),
        ('id = "2", kind = "manual", needs = ["1"]', "task 2 is manual, so it needs no other"),
    ],
)
def test_task_needs_automatic_tasks_before_it(needs, message):
    second = f', {{ {needs}, title = "t", points = 0 }}]'
    whole = MANIFEST.replace("points = 1 }]", "points = 1 }" + second)
    with pytest.raises(errors.SuiteError, match=message):
        manifest.parse(whole.encode(), Path("assignment.toml"))


@pytest.mark.parametrize(
    ("task", "message"),
    [
        ('manual_without = "net.py"', "without net.py, which is no optional file"),
        ('manual_without = "a.py", kind = "manual"', "task 1 is manual with and without a.py"),
    ],
)
def test_task_that_is_marked_without_a_file_is_tested_with_it(task, message):
    text = MANIFEST.replace('"net.py"] }', '"net.py"], optional = ["a.py"] }')
    text = text.replace("points = 1 }", f"points = 1, {task} }}")
    with pytest.raises(errors.SuiteError, match=message):
        manifest.parse(text.encode(), Path("assignment.toml"))


def test_homework_has_no_teams_unless_it_says_so():
    assert parsed("").team is None
    assert parsed("[team]\nsize = 3").team.size == 3


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ("[team]", "team: `size` is missing"),
        ("[team]\nsize = 1", "team, size: Expected `int` >= 2"),
        ("[team]\nsize = 21", "team, size: Expected `int` <= 20"),
        ('[team]\nsize = "2"', "team, size: this must be a whole number, not text in quotes"),
        ("[team]\nsizes = 2", "team: there is no field `sizes`; did you mean `size`"),
        ("team = 2", "team: this must be a table, not a whole number"),
    ],
)
def test_teams_that_cannot_be_meant_are_refused(more, words):
    with pytest.raises(errors.SuiteError, match=re.escape(words)):
        parsed(more)
