"""What a suite's own files cache without arguments is computed before a test asks for it."""

import functools
import sys
import types

from grader.suite import version_process

SOURCE = """
import functools
from elsewhere import of_a_library

CALLED = []

@functools.cache
def plain(): CALLED.append("plain")

@functools.lru_cache(maxsize=None)
def bounded(): CALLED.append("bounded")

@functools.cache
def broken(): CALLED.append("broken"); raise ValueError

@functools.cache
def of_an_example(x=1): CALLED.append("of_an_example")

def uncached(): CALLED.append("uncached")

alias = plain
"""


def loaded(monkeypatch, name, path, source):
    module = types.ModuleType(name)
    module.__file__ = str(path)
    monkeypatch.setitem(sys.modules, name, module)
    exec(compile(source, str(path), "exec"), module.__dict__)
    return module


def test_functions_of_test_files_and_helpers_and_no_others(monkeypatch, tmp_path):
    suite, calls = tmp_path / "suite", []
    library = types.ModuleType("elsewhere")
    library.of_a_library = functools.cache(lambda: calls.append("library"))
    monkeypatch.setitem(sys.modules, "elsewhere", library)
    files = ("hidden/test_a.py", "hidden/helpers.py", "public/conftest.py")
    own = [loaded(monkeypatch, f"own{n}", suite / f, SOURCE) for n, f in enumerate(files)]
    other = loaded(monkeypatch, "other", tmp_path / "suite2" / "test_a.py", SOURCE)
    for _ in range(2):
        version_process.compute(suite)
    for module in own:
        assert sorted(set(module.CALLED)) == ["bounded", "broken", "plain"], module.__file__
        assert module.CALLED.count("plain") == module.CALLED.count("bounded") == 1
    assert other.CALLED == calls == []
