"""Promises about the code's shape that import-linter's contracts (pyproject.toml) do not cover."""

import ast
import functools
import re
import tomllib
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "grader"


def modules():
    return sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")


def dotted(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


@functools.cache
def imported(path):
    """Outermost names of what a file imports, wherever in it."""
    names = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name.split(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and not node.level:
            names.add((node.module or "").split(".")[0])
    return names


@pytest.mark.parametrize(
    ("library", "owners"),
    [
        ("docker", ("sandbox",)),
        ("cosmic_ray", ("authoring.mutants",)),
        ("psycopg", ("store",)),
        ("fsspec", ("store",)),
        ("procrastinate", ("store", "service.jobs", "service.worker")),
        ("fastapi", ("api", "app", "http", "web")),
        ("jinja2", ("web",)),
        ("matplotlib", ("web",)),
        ("copydetect", ("course.similarity",)),
        ("pypdf", ("intake.pdf_pages",)),
        ("itsdangerous", ("web",)),
        ("authlib", ("web",)),
        ("joserfc", ("lti", "web.oidc")),
        ("httpx", ("notify.webhook", "lti.transport", "client.connection", "cli.demo", "web.oidc")),
        ("uvicorn", ("app", "api", "http.connections")),
        ("prometheus_client", ("service.metrics",)),
    ],
)
def test_outside_thing_has_one_owner(library, owners):
    users = {dotted(p) for p in modules() if library in imported(p)}
    assert users, f"nothing imports {library}"
    assert all(any(user == own or user.startswith(f"{own}.") for own in owners) for user in users)


def test_grader_never_imports_reference_or_template():
    for path in modules():
        assert not {"reference", "student_template"} & imported(path), path


def test_every_module_says_what_it_owns():
    for path in modules():
        assert len(ast.get_docstring(ast.parse(path.read_text())) or "") > 60, path


def test_no_module_is_a_drawer_for_everything():
    assert not [p for p in modules() if p.stem in {"utils", "helpers", "common", "misc"}]
    assert not {p: n for p in modules() if (n := p.read_text().count("\n")) > 400}


def test_no_hole_is_left_in_the_package():
    holes = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\()")
    # It writes TODO(task ...) for students; they read it from templates.
    owners = {"authoring.marked_solutions", "source.signatures", "intake.source_rules"}
    assert not [p for p in modules() if dotted(p) not in owners and holes.search(p.read_text())]


def test_setting_switches_no_confinement_off():
    text = (PACKAGE / "settings.py").read_text().lower()
    assert not re.search(r"unsafe|insecure|no_sandbox|disable", text)


def first_line(name):
    path = PACKAGE / name / "__init__.py" if (PACKAGE / name).is_dir() else PACKAGE / f"{name}.py"
    return (ast.get_docstring(ast.parse(path.read_text())) or "").partition("\n")[0].rstrip(".")


def layers():
    """Packages and modules of `grader/` as import-linter has them, lowest first."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]
    (found,) = (c["layers"] for c in contracts["contracts"] if c["type"] == "layers")
    return [name for layer in reversed(found) for name in sorted(layer.split(" : "))]


def test_contract_names_each_package_and_module_once():
    folders = [path.parent.name for path in PACKAGE.glob("*/__init__.py")]
    files = [path.stem for path in PACKAGE.glob("*.py") if path.stem != "__init__"]
    assert sorted(layers()) == sorted(folders + files)
    assert len(files) <= 8, "the top of grader/ is for vocabulary; find a package"


def test_architecture_s_table_is_the_contract_in_the_packages_own_words():
    text = (ROOT / "docs" / "architecture.md").read_text()
    section = text.partition("## Packages and who may import whom")[2].partition("\n## ")[0]
    rows = re.findall(r"^\| `([\w/]+)` \| (.+) \|$", section, re.MULTILINE)
    expected = [
        (f"{name}/" if (PACKAGE / name).is_dir() else name, first_line(name)) for name in layers()
    ]
    assert rows == expected


def test_modules_that_a_docstring_names_exist():
    """As `sandbox.policy` or `grader.sandbox.policy`; a renamed one leaves stale names behind."""
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    stale = list[str]()
    for path in (p for p in modules() if p.stem not in packages):  # those name their own functions
        for package, name in re.findall(r"`(?:grader\.)?(\w+)\.(\w+)", path.read_text()):
            folder = PACKAGE / package
            is_file_name = name in {"json", "toml", "zip", "dump"}
            if package in packages and not is_file_name:
                known = (folder / f"{name}.py").exists() or (folder / name).is_dir()
                stale += [] if known else [f"{dotted(path)}: {package}.{name}"]
    assert stale == []


def test_tests_mirror_the_packages():
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    others = {"unit": {"reference"}, "integration": {"deployment"}}
    for kind, further in others.items():
        folders = {p.parent.name for p in (ROOT / "tests" / kind).glob("*/test_*.py")}
        assert folders <= packages | further, kind
