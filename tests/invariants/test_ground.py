"""The set-up keeps its promises: pinned versions, documented commands, a lean image."""

import re
import tomllib
from pathlib import Path

from grader.source import importable

ROOT = Path(__file__).resolve().parents[2]
HOST_HALF = {"grader/rpc/host.py", "grader/rpc/supervision.py", "grader/rpc/proxy.py"}


def canonical(requirement: str) -> str:
    """Name of the package in a requirement, as package indexes compare names."""
    return re.sub(r"[-_.]+", "-", re.split(r"[\s\[<>=!~;]", requirement, maxsplit=1)[0]).lower()


def lines(name: str) -> list[str]:
    text = (ROOT / name).read_text()
    return [line for line in text.splitlines() if line and not line.startswith("#")]


def shipped_modules() -> set[str]:
    return {line[1:] for line in lines(".dockerignore") if re.match(r"!grader/.*\.py", line)}


def test_no_two_test_files_have_one_name():
    """pytest imports them by their name alone, so of two it would run one."""
    found = [path.relative_to(ROOT) for path in (ROOT / "tests").rglob("test_*.py")]
    collected = [path.name for path in found if "suites" not in path.parts]
    twice = {name for name in collected if collected.count(name) > 1}
    assert twice == set()


def test_every_declared_dependency_is_pinned():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    wanted = project["dependencies"] + lines(".ci/sandbox.txt")
    for extra in project["optional-dependencies"].values():
        wanted += extra
    pinned = {canonical(line) for line in lines("constraints.txt")}
    assert {canonical(requirement) for requirement in wanted} - pinned == set()


def test_table_of_importable_packages_is_what_the_image_is_made_from():
    pins = dict(line.lower().split("==") for line in lines("constraints.txt"))
    wanted = {canonical(line) for line in lines(".ci/sandbox.txt")} - {"pip"}
    assert {package.name for package in importable.PACKAGES} == wanted
    assert {p.name: p.version for p in importable.PACKAGES} == {name: pins[name] for name in wanted}


def test_every_pin_is_exact_and_without_local_suffix():
    odd = [line for line in lines("constraints.txt") if not re.fullmatch(r"[\w.-]+==[\w.]+", line)]
    assert odd == []


def test_makefile_has_at_most_thirteen_targets_each_with_a_comment():
    targets = re.findall(r"^([a-z]+):(.*)$", (ROOT / "Makefile").read_text(), re.MULTILINE)
    assert len(targets) <= 13
    assert [name for name, rest in targets if "## " not in rest] == ["help"]


def test_all_that_reaches_the_image_counts_for_its_label():
    script = (ROOT / ".ci/images.py").read_text()
    missing = [name for name in shipped_modules() if f'"{name}"' not in script]
    assert missing == []


def test_image_holds_the_guest_half_and_no_more():
    shipped = shipped_modules()
    assert shipped & HOST_HALF == set()
    for name in shipped:
        for names in re.findall(
            r"^from grader\.rpc import (?:\(\n([^)]+)\)|(.+))$",
            (ROOT / name).read_text(),
            re.MULTILINE,
        ):
            modules = re.findall(r"\w+", "".join(names))
            assert {f"grader/rpc/{module}.py" for module in modules} <= shipped, name
