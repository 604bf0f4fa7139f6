"""Bytecode made ahead of the tests: used where it is good, absent where compiling goes wrong."""

import os
import signal
import subprocess
import sys

from grader.rpc import bytecode

DEEP = b"x = " + b"(" * 150_000 + b")" * 150_000


def test_compiled_module_runs_without_its_source_being_read(tmp_path):
    files = {"m.py": b"raise RuntimeError('compiled anew')"}
    made = bytecode.of({"m.py": b"print('from bytecode', __file__)"}, 0).files
    for path, content in (files | made).items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_bytes(content)
    command = [sys.executable, "-B", "-c", "import m"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.stdout == f"from bytecode {tmp_path / 'm.py'}\n", done.stderr


def test_traceback_names_the_line_and_the_file_where_it_lies(tmp_path):
    files = {"pkg/m.py": b"x = 1\n\nx / 0\n", "pkg/__init__.py": b""}
    for path, content in (files | bytecode.of(files, 0).files).items():
        (tmp_path / path).parent.mkdir(exist_ok=True, parents=True)
        (tmp_path / path).write_bytes(content)
    command = [sys.executable, "-B", "-c", "import pkg.m"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert f'File "{tmp_path / "pkg" / "m.py"}", line 3' in done.stderr


def test_file_that_is_no_python_is_left_to_its_import_and_spoils_no_other():
    made = bytecode.of({"bad.py": b"def (", "nul.py": b"x = 0\0", "good.py": b"x = 1"}, 0).files
    assert [path.split("/")[-1].split(".")[0] for path in made] == ["good"]


def test_other_files_are_not_compiled():
    assert bytecode.of({"a.txt": b"x = 1", "weights.pth": b"\x80"}, 0).files == {}


def test_source_that_ends_the_compiler_costs_only_the_bytecode(monkeypatch):
    monkeypatch.setattr(bytecode, "_compiled", lambda source: os.kill(os.getpid(), signal.SIGKILL))
    assert bytecode.of({"m.py": b"x = 1"}, 0).files == {}


def test_source_too_deep_for_the_compiler_costs_only_its_own_bytecode():
    assert bytecode.of({"deep.py": DEEP}, 0).files == {}


def test_compiler_that_does_not_end_is_ended(monkeypatch):
    monkeypatch.setattr(bytecode, "COMPILE_S", 0.1)
    monkeypatch.setattr(bytecode, "_compiled", lambda source: os.read(os.pipe()[0], 1))
    assert bytecode.of({"m.py": b"x = 1"}, 0).files == {}


def test_more_bytecode_than_allowed_is_not_kept(monkeypatch):
    monkeypatch.setattr(bytecode, "MAX_BYTES", 100)
    assert bytecode.of({"m.py": b"y = 2\n" * 100}, 0).files == {}
