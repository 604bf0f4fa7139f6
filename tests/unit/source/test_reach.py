"""What graded functions reach: through helpers, classes, other files and other names."""

import pytest

from grader.source import reach


def uses(text, roots=("f",), **others):
    files = {"m.py": text, **{f"{name}.py": source for name, source in others.items()}}
    made = reach.ModuleGraph({path: {path: source.encode()} for path, source in files.items()})
    return [(u.path, u.line, u.target) for u in made.uses({"m.py": roots}) if u.target]


def targets(text, roots=("f",), **others):
    return {target for _, _, target in uses(text, roots, **others)}


@pytest.mark.parametrize(
    "text",
    [
        "import torch\ndef f(): return torch.optim.SGD",
        "import torch as t\ndef f(): return t.optim.SGD",
        "import torch.optim as o\ndef f(): return o.SGD",
        "from torch import optim\ndef f(x=optim.SGD): ...",
        "from torch.optim import SGD\ndef f(): return SGD",
        "from torch.optim import SGD as S\n@S\ndef f(): ...",
        "def f():\n  from torch.optim import SGD\n  return SGD",
        "def f():\n  import torch\n  return lambda: torch.optim.SGD",
        "def f():\n  return __import__('torch.optim.SGD')",
        "import importlib\ndef f(): return importlib.import_module('torch.optim.SGD')",
        "from torch.optim import SGD as f",
        "import torch\nf = torch.optim.SGD",
        "import torch\nclass f(torch.optim.SGD): ...",
        "import torch\nclass f: ...\nf.step = torch.optim.SGD",
        "import torch\ndef f(): return g()\ndef g(): return H.x\nclass H:\n  x = torch.optim.SGD",
        "import torch\ntry:\n  f = torch.optim.SGD\nexcept E: ...",
        "import torch\nif fast:\n  def f(): return [torch.optim.SGD(p) for p in x]",
        "import torch\ndef f():\n  global torch\n  torch = torch.optim.SGD",
    ],
)
def test_use_is_seen_under_any_name(text):
    assert "torch.optim.SGD" in targets(text)


@pytest.mark.parametrize(
    "text",
    [
        "import torch\ndef f(): ...\ndef g(): torch.optim.SGD",
        "import torch\ndef f(): ...\ntorch.optim.SGD(f)",
        "import torch\ndef f(): ...\nfor x in y: torch.optim.SGD(f)",
        "import torch\ndef f(): ...\nif __name__ == '__main__':\n  f2 = torch.optim.SGD",
        "import torch\ndef f(torch): return torch.optim.SGD",
        "import torch\ndef f():\n  torch = 1\n  return torch.optim.SGD",
        "import other as torch\ndef f(): return torch.optim.SGD",
        "def f(): return self.torch.optim.SGD",
        "def f(): 'torch.optim.SGD'",
    ],
)
def test_what_is_not_reached_or_only_looks_alike_is_not_seen(text):
    assert not {t for t in targets(text) if t.startswith("torch")}


HELPER = "import torch\ndef g(): return torch.optim.SGD\ndef h(): return torch.optim.Adam"


@pytest.mark.parametrize(
    "text",
    [
        "from helper import g\ndef f(): return g()",
        "from helper import g as k\ndef f(): return k()",
        "import helper\ndef f(): return helper.g()",
        "from helper import *\ndef f(): return g()",
        "from .helper import g\ndef f(): return g()",
        "from . import helper\ndef f(): return helper.g()",
        "def f():\n  from helper import g\n  return g()",
        "from helper import g as f",
        "from helper import *\nf = g",
    ],
)
def test_helper_in_another_file_is_followed_and_its_neighbour_is_not(text):
    found = [use for use in uses(text, helper=HELPER) if use[2].startswith("torch")]
    assert found == [("helper.py", 2, "torch.optim.SGD")]


def test_module_passed_on_as_a_whole_is_reached_as_a_whole():
    found = targets("import helper\ndef f(): return run(helper)", helper=HELPER)
    assert {"torch.optim.SGD", "torch.optim.Adam"} <= found


def test_package_that_passes_names_on_is_followed():
    package = {
        "parts/__init__": "from .inner import g",
        "parts/inner": "import torch\ndef g(): torch.optim.SGD()",
    }
    found = uses("from parts import g\ndef f(): g()", **package)
    assert found == [("parts/inner.py", 2, "torch.optim.SGD")]


def test_functions_that_call_each_other_end():
    assert targets("def f(): g()\ndef g(): f(), eval('1')") == {"eval"}


def test_all_of_a_module_may_be_asked_for():
    found = targets("import torch\ndef f(): ...\ndef g(): torch.optim.SGD", (reach.EVERYTHING,))
    assert found == {"torch.optim.SGD"}


def test_methods_of_values_are_told_by_their_last_name():
    made = reach.ModuleGraph({"m.py": {"m.py": b"def f(x): x.sum().backward(); x.backward"}})
    found = [(u.attribute, u.called) for u in made.uses({"m.py": ["f"]})]
    assert ("backward", True) in found
    assert ("backward", False) in found


def test_cells_of_a_notebook_are_one_module():
    cells = {"m.ipynb, cell 1": b"import torch as t", "m.ipynb, cell 3": b"def f(): t.optim.SGD"}
    (use,) = reach.ModuleGraph({"m.py": cells}).uses({"m.py": ["f"]})
    assert (use.path, use.line, use.target) == ("m.ipynb, cell 3", 1, "torch.optim.SGD")
