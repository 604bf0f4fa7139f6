"""The import direction of docs/architecture.md, and other promises about the code's shape."""

import ast
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "grader"

# Lower steps first; a module imports only from its own step or from steps above it in this list.
STEPS = [
    ["errors", "models", "settings", "capacity"],
    ["rpc.wire", "rpc.tensors", "rpc.values"],
    ["rpc.autograd"],
    ["rpc.limits", "rpc.preload"],
    ["rpc.bytecode", "rpc.sweep"],
    ["rpc.guest"],
    ["filenames", "datasets", "policies", "totals", "gradebook", "roster"],
    ["archive", "source", "litter", "essence"],
    ["exports"],
    ["bundle"],
    ["notebook", "cells", "signatures", "otter"],
    [
        "assignment",
        "conduct",
        "differences",
        "given",
        "scoring",
        "skeleton",
        "intake",
        "sandbox.policy",
        "sandbox.meters",
        "sandbox.ownership",
    ],
    [
        "sandbox.probe_guest",
        "sandbox.places",
        "sandbox.slots",
        "sandbox.container",
        "sandbox.probe",
        "sandbox.pool",
    ],
    ["rpc.meters", "rpc.patience", "rpc.proxy", "rpc.host", "store", "exchange"],
    ["suite"],
    ["gradescope_run"],
    ["execution"],
    [
        "logs",
        "diary",
        "metrics",
        "grading",
        "mutation",
        "quality",
        "accounts",
        "backup",
        "erasure",
        "probing",
        "similarity",
        "reading",
    ],
    ["jobs", "unbundle", "batches", "housekeeping", "comparisons"],
    ["worker"],
    ["local", "sweep", "scaffold"],
    ["api"],
    ["web"],
    ["ports"],
    ["app"],
    ["demo", "doctor", "progress"],
    ["users_cli", "cli_operate"],
    ["cli"],
]


def modules():
    return sorted(p for p in PACKAGE.rglob("*.py") if p.name != "__init__.py")


def dotted(path):
    return ".".join(path.relative_to(PACKAGE).with_suffix("").parts)


def imported(path):
    """Modules of ours that a file imports, as names below `grader`."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "grader":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("grader."):
            folder = PACKAGE / node.module.removeprefix("grader.").replace(".", "/")
            below = node.module.removeprefix("grader.")
            for alias in node.names:
                yield f"{below}.{alias.name}" if folder.is_dir() else below
        elif isinstance(node, ast.Import):
            for alias in node.names:
                assert not alias.name.startswith("grader"), f"{path}: import modules by from"


def step_of(name):
    for number, names in enumerate(STEPS):
        if any(name == known or name.startswith(f"{known}.") for known in names):
            return number
    raise AssertionError(f"{name} stands in no step: add it to STEPS and docs/architecture.md")


@pytest.mark.parametrize("path", modules(), ids=dotted)
def test_module_imports_only_from_its_own_step_or_above(path):
    name = dotted(path)
    for other in imported(path):
        assert step_of(other) <= step_of(name), f"{name} imports {other}"


def third_party(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name.split(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and not node.level:
            yield (node.module or "").split(".")[0]


@pytest.mark.parametrize(
    ("library", "owners"),
    [
        ("docker", ("sandbox",)),
        ("cosmic_ray", ("mutation",)),
        ("psycopg", ("store",)),
        ("fsspec", ("store",)),
        ("procrastinate", ("store", "jobs", "worker")),
        ("fastapi", ("api", "app", "web")),
        ("jinja2", ("web",)),
        ("matplotlib", ("web",)),
        ("copydetect", ("similarity",)),
        ("itsdangerous", ("web",)),
        ("authlib", ("web",)),
        ("uvicorn", ("app", "api")),
        ("prometheus_client", ("metrics",)),
    ],
)
def test_outside_thing_has_one_owner(library, owners):
    users = {dotted(p).split(".")[0] for p in modules() if library in third_party(p)}
    assert users, f"nothing imports {library}"
    assert users <= set(owners)


def test_guest_imports_only_the_wire():
    beside = {
        f"rpc.{name}" for name in ("bytecode", "limits", "preload", "sweep", "values", "wire")
    }
    assert set(imported(PACKAGE / "rpc" / "guest.py")) == beside
    assert set(imported(PACKAGE / "rpc" / "bytecode.py")) == {"rpc.limits"}
    assert not set(imported(PACKAGE / "rpc" / "preload.py"))
    assert set(imported(PACKAGE / "rpc" / "values.py")) == {"rpc.tensors", "rpc.wire"}
    assert set(imported(PACKAGE / "rpc" / "tensors.py")) == {"rpc.wire"}
    assert not set(imported(PACKAGE / "rpc" / "autograd.py"))
    assert not set(imported(PACKAGE / "rpc" / "wire.py"))


def test_nobody_imports_the_guest():
    assert not [p for p in modules() if "rpc.guest" in set(imported(p))]


def test_suite_never_imports_server_or_engine():
    for path in (p for p in modules() if dotted(p).startswith("suite")):
        assert not {"fastapi", "docker", "psycopg"} & set(third_party(path)), path


def test_grader_never_imports_reference_or_template():
    for path in modules():
        assert not {"reference", "student_template"} & set(third_party(path)), path


def test_every_module_says_what_it_owns():
    for path in modules():
        assert len(ast.get_docstring(ast.parse(path.read_text())) or "") > 60, path


def test_no_module_is_a_drawer_for_everything():
    assert not [p for p in modules() if p.stem in {"utils", "helpers", "common", "misc"}]
    assert not {p: n for p in modules() if (n := p.read_text().count("\n")) > 400}


def test_no_hole_is_left_in_the_package():
    holes = re.compile(r"\b(TODO|FIXME|XXX)\b(?!\()")
    # It writes TODO(task ...) for students; they read it from templates.
    owners = {"skeleton", "signatures", "conduct"}
    assert not [p for p in modules() if dotted(p) not in owners and holes.search(p.read_text())]


def test_setting_switches_no_confinement_off():
    text = (PACKAGE / "settings.py").read_text().lower()
    assert not re.search(r"unsafe|insecure|no_sandbox|disable", text)
