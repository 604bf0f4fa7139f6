"""The skeleton builder: what it cuts, what it keeps, what it refuses."""

import ast
from pathlib import Path

import msgspec
import pytest

from grader import errors
from grader.assignment import manifest as assignments
from grader.authoring import marked_solutions, template_builder

TASKS = ("1a", "1b")

FUNCTION = '''"""A module."""

import math
from math import gamma, lgamma
from math import (
    hypot,
)
from typing import Any


def area(r: float, extra: Any = None) -> float:
    """Area of a disc
    of a radius.

    More words.
    """
    # BEGIN SOLUTION task 1a
    secret = hypot(r, 0.0) * lgamma(r) * gamma(r)
    return math.pi * secret
    # END SOLUTION


def twice(x: int) -> int:
    """Double."""
    return 2 * x
'''


def strip(source: str) -> str:
    return marked_solutions.strip(source, "layers.py", TASKS)


def body(region: str) -> str:
    return f'def f(x):\n    """Sum up."""\n{region}'


def test_region_becomes_todo_with_summary_and_raise_of_same_task() -> None:
    expected = (
        "    # TODO(task 1a): Area of a disc of a radius.\n"
        '    raise NotImplementedError("task 1a: area is not written yet")\n'
    )
    assert expected in strip(FUNCTION)
    assert "secret" not in strip(FUNCTION)
    assert "SOLUTION" not in strip(FUNCTION)


def test_signature_docstring_and_other_functions_stay() -> None:
    result = strip(FUNCTION)
    assert "def area(r: float, extra: Any = None) -> float:" in result
    assert "    More words.\n" in result
    assert "    return 2 * x\n" in result


def test_from_import_used_in_solutions_only_is_dropped_and_others_kept() -> None:
    result = strip(FUNCTION)
    assert "hypot" not in result
    assert "gamma" not in result
    assert "import math\n" in result
    assert "from typing import Any\n" in result


def test_from_import_named_in_quoted_annotation_is_kept() -> None:
    source = 'from typing import Any\n\n\ndef f(x: "Any"):\n    # BEGIN SOLUTION\n    y: Any = x\n'
    assert "from typing import Any\n" in strip(source + "    # END SOLUTION\n")


def test_unused_from_import_of_the_reference_is_kept() -> None:
    source = "from math import e\n\n\n" + body("    # BEGIN SOLUTION\n    x\n    # END SOLUTION\n")
    assert "from math import e\n" in strip(source)


def test_skeleton_raises_when_called() -> None:
    scope: dict[str, object] = {}
    exec(strip(FUNCTION), scope)  # our own text
    with pytest.raises(NotImplementedError, match="task 1a: area"):
        scope["area"](1.0)  # type: ignore[operator]  # a function, as the line above defined it


def test_hint_behind_marker_takes_the_place_of_the_summary() -> None:
    region = "    # BEGIN SOLUTION task 1b: Use one sum.\n    return x\n    # END SOLUTION\n"
    assert "    # TODO(task 1b): Use one sum.\n" in strip(body(region))


def test_nbgrader_marker_without_task_is_understood() -> None:
    region = "    ### BEGIN SOLUTION\n    return x\n    ### END SOLUTION\n"
    expected = '    # TODO: Sum up.\n    raise NotImplementedError("f is not written yet")\n'
    assert expected in strip(body(region))


def test_region_in_a_nested_block_keeps_its_indentation() -> None:
    region = (
        "    for i in x:\n        # BEGIN SOLUTION task 1a\n        print(i)\n"
        "        # END SOLUTION\n    return x\n"
    )
    result = strip(body(region))
    assert "    for i in x:\n        # TODO(task 1a): Sum up.\n        raise Not" in result
    assert result.endswith("\n    return x\n")


def test_method_region_names_the_method() -> None:
    source = (
        "class A:\n    def g(self):\n        # BEGIN SOLUTION task 1a\n        return 1\n"
        "        # END SOLUTION\n"
    )
    assert '        raise NotImplementedError("task 1a: g is not written yet")' in strip(source)


def test_two_regions_of_one_file_are_both_cut() -> None:
    region = "    # BEGIN SOLUTION task 1a\n    a = 1\n    b = 2\n    # END SOLUTION\n"
    result = strip(body(region) + "\n\n" + body(region).replace("def f", "def g"))
    assert result.count("raise NotImplementedError") == 2
    assert "a = 1" not in result


def test_marker_text_in_a_string_is_no_marker() -> None:
    region = f"{BEGIN}    s = '''\n{END}    '''\n{END}"
    assert "'''" not in strip(body(region))


def test_windows_line_ends_give_the_same_skeleton() -> None:
    assert strip(FUNCTION.replace("\n", "\r\n")) == strip(FUNCTION)


def test_long_summary_is_wrapped_at_the_line_limit() -> None:
    result = strip(FUNCTION.replace("Area of a disc", "Area " * 40))
    ast.parse(result)
    todo = result[result.index("# TODO") :]
    assert max(map(len, todo.splitlines())) <= marked_solutions.MAX_LINE_CHARS


BEGIN, END = "    # BEGIN SOLUTION task 1a\n", "    # END SOLUTION\n"
WRONG = {
    "nested": (body(f"{BEGIN}    a = 1\n{BEGIN}    b = 2\n{END}{END}"), 5, "begins inside"),
    "unclosed": (body(f"{BEGIN}    a = 1\n"), 3, "never ended"),
    "unopened": (body(f"    a = 1\n{END}"), 4, "without a BEGIN"),
    "unknown task": (body(f"    # BEGIN SOLUTION task 9z\n    a = 1\n{END}"), 3, "no task '9z'"),
    "at module level": (
        "# BEGIN SOLUTION task 1a\na = 1\n# END SOLUTION\n",
        1,
        "inside a function",
    ),
    "around a function": (
        "# BEGIN SOLUTION task 1a\ndef f():\n    return 1\n# END SOLUTION\n",
        1,
        "inside a function",
    ),
    "in a class body": (
        f"class A:\n{BEGIN}    a = 1\n{END}",
        2,
        "inside a function",
    ),
    "over two functions": (
        f"def f():\n{BEGIN}    a = 1\ndef g():\n    b = 1\n{END}",
        2,
        "whole statements",
    ),
    "over two methods": (
        f"class A:\n  def f(self):\n{BEGIN}    a = 1\n  def g(self):\n    b = 1\n{END}",
        3,
        "whole statements",
    ),
    "ends deeper": (body(f"{BEGIN}    if x:\n        a = 1\n    {END}"), 3, "whole statements"),
    "cuts a statement": (body(f"{BEGIN}    a = (1,\n{END}    )\n"), 3, "whole statements"),
    "holds the docstring": (f'def f():\n{BEGIN}    """Doc."""\n{END}', 2, "docstring"),
    "holds nothing": (body(f"{BEGIN}    # only words\n{END}    return 1\n"), 3, "no code"),
    "behind code": (body("    a = 1  # BEGIN SOLUTION task 1a\n    a = 2\n" + END), 3, "alone"),
    "misspelt case": (body(f"    # Begin Solution task 1a\n    a = 1\n{END}"), 3, "no marker"),
    "misspelt hyphen": (body(f"{BEGIN}    a = 1\n    # END-SOLUTION\n"), 5, "no marker"),
    "words after the task": (
        body(f"    # BEGIN SOLUTION task 1a or so\n    1\n{END}"),
        3,
        "no mark",
    ),
    "task without its word": (body(f"    # BEGIN SOLUTION 1a\n    1\n{END}"), 3, "no marker"),
    "starts inside brackets": (
        body(f"    a = (\n{BEGIN}    1)\n    b = 2\n{END}"),
        None,
        "once its solutions are cut out",
    ),
    "source with a syntax error": ("def f(:\n", 1, "cannot be parsed"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_marker_is_refused_with_file_and_line(name: str) -> None:
    source, line, words = WRONG[name]
    with pytest.raises(errors.SuiteError) as caught:
        strip(source)
    assert words in str(caught.value)
    assert str(caught.value).startswith("layers.py:" if line is None else f"layers.py:{line}:")


def test_file_without_any_region_is_refused_since_it_would_leak() -> None:
    with pytest.raises(errors.SuiteError, match="whole solution would be handed out"):
        strip("def f():\n    return 1\n")


MANIFEST = """
slug = "tiny"
title = "Tiny"
course = "T"
total_points = 1
submission = { required = ["layers.py"], optional = ["answers.py"], given = ["optim.py"] }
[[task]]
id = "1a"
title = "one"
points = 1
"""


@pytest.fixture
def tiny(tmp_path: Path) -> assignments.Assignment:
    """A course of one assignment, complete but for its template."""
    files = {
        "tests/suites/tiny/assignment.toml": MANIFEST,
        "tests/suites/tiny/README.md": "# Tiny\n",
        "tests/suites/tiny/public/test_a.py": "def test_a(): ...\n",
        "tests/suites/tiny/public/__pycache__/test_a.pyc": "x",
        "tests/suites/tiny/hidden/test_b.py": "CANARY = 1\n",
        "reference/tiny/layers.py": body(f"{BEGIN}    return x\n{END}"),
        "tests/suites/tiny/given/optim.py": "def step():\n    return 1\n",
        "reference/tiny/__pycache__/layers.pyc": "x",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return assignments.load(tmp_path, "tiny")


def test_package_holds_skeleton_given_files_readme_and_public_suite_only(
    tiny: assignments.Assignment,
) -> None:
    package = template_builder.build(tiny)
    assert list(package) == [
        *("README.md", "conftest.py", "layers.py", "optim.py", "public_tests/homework.json"),
        "public_tests/test_a.py",
    ]
    assert b'HOMEWORK = "tiny"' in package["conftest.py"]
    assert package["optim.py"] == b"def step():\n    return 1\n"
    assert b"raise NotImplementedError" in package["layers.py"]
    assert b"CANARY" not in b"".join(package.values())


def test_helpers_of_public_tests_are_part_of_the_package(tiny: assignments.Assignment) -> None:
    (tiny.suite_dir / "guest").mkdir()
    (tiny.suite_dir / "guest" / "__init__.py").write_text("def loader(): ...\n")
    assert template_builder.build(tiny)["stage/__init__.py"] == b"def loader(): ...\n"


def test_optional_file_of_the_reference_is_stripped_too(tiny: assignments.Assignment) -> None:
    (tiny.reference_dir / "answers.py").write_text(body(f"{BEGIN}    return 42\n{END}"))
    assert b"42" not in template_builder.build(tiny)["answers.py"]


def test_written_template_checks_clean_and_is_written_once(tiny: assignments.Assignment) -> None:
    assert len(template_builder.check(tiny)) == 6
    assert template_builder.write(tiny) == sorted(template_builder.build(tiny))
    assert template_builder.check(tiny) == []
    assert template_builder.write(tiny) == []


def test_changed_missing_and_foreign_files_are_each_reported(tiny: assignments.Assignment) -> None:
    template_builder.write(tiny)
    (tiny.template_dir / "layers.py").write_text("changed\n")
    (tiny.template_dir / "README.md").unlink()
    (tiny.template_dir / "extra.py").write_text("")
    (tiny.template_dir / "__pycache__").mkdir()
    (tiny.template_dir / "__pycache__" / "layers.pyc").write_text("")
    missing, foreign, changed = template_builder.check(tiny)
    assert "README.md: missing" in missing
    assert "extra.py: not part" in foreign
    assert "layers.py: differs" in changed
    assert "grader template build tiny" in changed


def test_write_removes_what_left_the_package(tiny: assignments.Assignment) -> None:
    template_builder.write(tiny)
    (tiny.template_dir / "old.py").write_text("")
    assert template_builder.write(tiny) == ["old.py"]
    assert not (tiny.template_dir / "old.py").exists()


def test_required_file_missing_from_the_reference_is_refused(tiny: assignments.Assignment) -> None:
    (tiny.reference_dir / "layers.py").unlink()
    with pytest.raises(errors.SuiteError, match=r"layers\.py is missing"):
        template_builder.build(tiny)


def test_hidden_tests_in_files_handed_out_are_refused(
    tiny: assignments.Assignment,
) -> None:
    for folder, name in (("given", "optim.py"), ("public", "test_1.py")):
        path = tiny.suite_dir / folder / name
        before = path.read_text() if path.is_file() else None
        path.write_text("### BEGIN HIDDEN TESTS\nassert True\n### END HIDDEN TESTS\n")
        with pytest.raises(errors.SuiteError, match=name):
            template_builder.build(tiny)
        path.write_text(before) if before else path.unlink()


def test_marker_in_a_given_file_is_refused(tiny: assignments.Assignment) -> None:
    (tiny.suite_dir / "given" / "optim.py").write_text(body(f"{BEGIN}    return x\n{END}"))
    with pytest.raises(errors.SuiteError, match=r"optim\.py:3: a solution marker in a file listed"):
        template_builder.build(tiny)


def test_reference_file_unknown_to_the_manifest_is_refused(tiny: assignments.Assignment) -> None:
    (tiny.reference_dir / "helper.py").write_text("")
    (tiny.reference_dir / "__pycache__" / "x.py").write_text("")
    with pytest.raises(errors.SuiteError, match=r"helper\.py: the manifest does not name"):
        template_builder.build(tiny)


def test_assignment_without_instructions_is_refused(tiny: assignments.Assignment) -> None:
    (tiny.suite_dir / "README.md").unlink()
    with pytest.raises(errors.SuiteError, match=r"README\.md: no such file"):
        template_builder.build(tiny)


def test_reference_that_is_not_utf8_is_refused(tiny: assignments.Assignment) -> None:
    (tiny.reference_dir / "layers.py").write_bytes(b"# \xff\n")
    with pytest.raises(errors.SuiteError, match="not UTF-8"):
        template_builder.build(tiny)


def test_beginnings_are_handed_out_as_they_are(tiny: assignments.Assignment) -> None:
    path = tiny.suite_dir / "start" / "answers.py"
    path.parent.mkdir()
    path.write_text("pass\n")
    with pytest.raises(errors.SuiteError, match="other than Python"):
        template_builder.build(tiny)
    path.unlink()
    wanted = msgspec.structs.replace(tiny.manifest.submission, optional=("answers.py", "a.yaml"))
    manifest = msgspec.structs.replace(tiny.manifest, submission=wanted)
    (path.parent / "a.yaml").write_text("rate: 1\n")
    assert (
        template_builder.build(msgspec.structs.replace(tiny, manifest=manifest))["a.yaml"]
        == b"rate: 1\n"
    )


def test_beginning_that_nobody_hands_in_is_refused(tiny: assignments.Assignment) -> None:
    path = tiny.suite_dir / "start" / "b.yaml"
    path.parent.mkdir()
    path.write_text("rate: 1\n")
    with pytest.raises(errors.SuiteError, match="List it under optional"):
        template_builder.build(tiny)


def test_notebook_stands_in_the_package_in_place_of_its_module(
    tiny: assignments.Assignment,
) -> None:
    (tiny.suite_dir / "assignment.toml").write_text(
        MANIFEST.replace("given =", 'notebooks = ["layers.ipynb"], accept = ["ipynb"], given =')
    )
    tiny = assignments.load(tiny.suite_dir.parents[2], "tiny")
    package = template_builder.build(tiny)
    assert "layers.py" not in package
    assert b"NotImplementedError" in package["layers.ipynb"]
    template_builder.write(tiny)
    assert template_builder.check(tiny) == []


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ('notebooks = ["other.ipynb"], accept = ["ipynb"],', "stands for no required"),
        ('notebooks = ["layers.ipynb"],', "to `accept`"),
    ],
)
def test_notebook_that_cannot_be_handed_in_is_refused(more: str, told: str) -> None:
    text = MANIFEST.replace("given =", f"{more} given =")
    with pytest.raises(errors.SuiteError, match=told):
        assignments.parse(text.encode(), Path("assignment.toml"))


def test_task_of_no_points_is_allowed_and_of_fewer_is_not() -> None:
    bonus = '[[task]]\nid = "2"\ntitle = "bonus"\npoints = {}\n'
    made = assignments.parse((MANIFEST + bonus.format(0)).encode(), Path("assignment.toml"))
    assert made.task[-1].points == 0
    with pytest.raises(errors.SuiteError):
        assignments.parse((MANIFEST + bonus.format(-1)).encode(), Path("assignment.toml"))


SECRET = """
    ### BEGIN {kind}
    assert f(3) == 5, "the secret case"
    ### END {kind}
"""


@pytest.mark.parametrize("kind", ["HIDDEN TESTS", "MARK SCHEME"])
def test_what_nbgrader_hides_is_cut_as_well(kind: str) -> None:
    cut = strip(FUNCTION + "\n\ndef g():\n    return 1" + SECRET.format(kind=kind))
    assert "secret case" not in cut
    assert kind not in cut
    assert "return 1" in cut


@pytest.mark.parametrize(
    ("region", "said"),
    [
        ("    ### BEGIN HIDDEN TESTS\n    pass\n", "never ended"),
        ("    ### END MARK SCHEME\n", "pairs"),
        ("    ### BEGIN HIDDEN TESTS\n    ### END MARK SCHEME\n", "pairs"),
        ("    # begin hidden test\n    pass\n", "alone on its line"),
        ("    x = 1  ### BEGIN HIDDEN TESTS\n", "alone on its line"),
    ],
)
def test_marker_of_nbgrader_that_cannot_be_understood_is_refused(region: str, said: str) -> None:
    with pytest.raises(errors.SuiteError, match=said):
        strip(f"{FUNCTION}\n\ndef g():\n    return 1\n{region}")
