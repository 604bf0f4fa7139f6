"""Notebooks as students make them, graded in real containers: what "Restart and run all" defines.

Each holds a correct solution, so each earns all points, whatever else stands in it.
"""

import uuid

import pytest

from grader import settings
from grader.confined import reader
from grader.grading import submission_grader
from grader.intake import uploads
from grader.sandbox import container, pool
from tests.support import notebook_shapes, notebooks

ONE = "def one():\n    return 1\n"
DOUBLE = "def double(x):\n    return 2 * x\n"


@pytest.fixture(scope="module")
def grade(docker_engine, suites, tmp_path_factory):
    assignment = notebooks.write(tmp_path_factory.mktemp("course"))
    engine = container.Engine(tmp_path_factory.mktemp("run"), f"test-{uuid.uuid4().hex[:8]}")
    with reader.Reader() as confined:
        sandboxes = pool.Pool(engine, 1)
        image = settings.from_environment().sandbox_image
        grader = submission_grader.Grader(sandboxes, suites, image)

        def run(files):
            files = files if isinstance(files, list) else [("layers.ipynb", files)]
            upload = confined.read(uploads.pack(files, assignment.manifest), assignment)
            return grader.grade(assignment, upload)

        yield run
        sandboxes.close()
        engine.reap()


HOSTED = (
    "from google.colab import drive\ndrive.mount('/content/drive')\nfrom google.colab import files"
)
# Cells -> what the notes must say of them, "" if nothing.
ROWS = {
    "hosted drive": (
        [HOSTED, ONE, DOUBLE],
        "google.colab is not in the sandbox (layers.ipynb, cell 1, line 1",
    ),
    "display": (
        ["from IPython.display import display, HTML\ndisplay(3)", ONE, DOUBLE],
        "IPython is not in the sandbox (layers.ipynb, cell 1, line 1",
    ),
    "tqdm and pandas": (
        ["import nothing_like_tqdm as tqdm\nimport nothing_like_pandas as pd", ONE, DOUBLE],
        "nothing_like_pandas is not in the sandbox (layers.ipynb, cell 1, line 2",
    ),
    "name of a missing module in a signature": (
        ["import cupy", "def double(x: cupy.ndarray) -> cupy.ndarray:\n    return 2 * x", ONE],
        "cupy is not in the sandbox",
    ),
    "what raises": (
        ["import math\nx = math.sqrt(-1)", ONE, "y = x + 1", DOUBLE],
        "layers.ipynb: skipped, because it raised an error: cell 1, line 2 (ValueError: math "
        "domain error); cell 3, line 1 (NameError: name 'x' is not defined).",
    ),
    "otter": (
        ["import otter\ngrader = otter.Notebook('a.ipynb')", ONE + DOUBLE, "grader.check('q1')"],
        "otter is not in the sandbox",
    ),
    "marimo": (["import marimo\napp = marimo.App()", ONE, DOUBLE], "marimo is not in"),
    "several imports in one cell": (
        ["import numpy as np\nimport google.colab\nimport math\n" + ONE, DOUBLE],
        "google.colab is not in the sandbox (layers.ipynb, cell 1, line 2",
    ),
    "default of one's own class": (
        [
            "class Config:\n    factor = 2",
            "cfg = Config()",
            ONE,
            "def double(x, cfg=cfg):\n    return cfg.factor * x",
        ],
        "",
    ),
    "alias": ([ONE, "def double_stable(x):\n    return 2 * x\ndouble = double_stable"], ""),
    "partial": (
        [
            ONE,
            "from functools import partial\ndef scale(k, x): return k * x",
            "double = partial(scale, 2)",
        ],
        "",
    ),
    "vectorize": ([ONE, "import numpy as np\ndouble = np.vectorize(lambda v: 2.0 * v)"], ""),
    "lru_cache": (
        ["import functools\ndef _one(): return 1\none = functools.lru_cache(_one)", DOUBLE],
        "",
    ),
    "conditional definition": (
        [
            "cuda = False",
            "if cuda:\n    def double(x): return x\nelse:\n    def double(x): return 2 * x",
            ONE,
        ],
        "",
    ),
    "item of a constant": (
        [
            "import numpy as np\nMASK = np.zeros(1)\nMASK[:] = 2",
            ONE,
            "def double(x):\n    return MASK * x",
        ],
        "",
    ),
    "key of a constant": (
        ["config = {'k': 0}", "config['k'] = 2", ONE, "def double(x): return config['k'] * x"],
        "",
    ),
    "augmented": (["WIDTH = 1", "WIDTH *= 2", ONE, "def double(x): return WIDTH * x"], ""),
    "append and update": (
        [
            "ks = []\nks.append(2)\nnames = {}\nnames.update(k=ks)",
            ONE,
            "def double(x): return names['k'][0] * x",
        ],
        "",
    ),
    "loop that fills": (
        [
            "table = {}\nfor i in range(5):\n    table[i] = i",
            ONE,
            "def double(x): return table[2] * x",
        ],
        "",
    ),
    "monkeypatch": (
        [
            "class Net:\n    pass\ndef forward(self, x): return 2 * x\nNet.forward = forward",
            ONE,
            "def double(x): return Net().forward(x)",
        ],
        "",
    ),
    "seed": (
        [
            "import numpy as np\nnp.random.seed(0)\nw = np.random.rand()",
            ONE,
            "def double(x):\n    assert abs(w - 0.5488135) < 1e-6\n    return 2 * x",
        ],
        "",
    ),
    "compose as a default": (
        [
            "class Compose:\n    def __init__(self, fs): self.fs = fs\n"
            "    def __call__(self, x):\n        for f in self.fs: x = f(x)\n        return x",
            "transform = Compose([lambda x: 2 * x])",
            "def double(x, transform=transform): return transform(x)",
            ONE,
        ],
        "",
    ),
    "json, logging, environment": (
        [
            "import json, logging, os\nlog = logging.getLogger('hw')\nK = json.loads('2')\n"
            "HOME = os.environ.get('HOME_OF_DATA', 'data')",
            "def double(x):\n    log.info(HOME)\n    return K * x",
            ONE,
        ],
        "",
    ),
    "namedtuple": (
        [
            "from collections import namedtuple\nP = namedtuple('P', 'k')\np = P(k=2)",
            "def double(x): return p.k * x",
            ONE,
        ],
        "",
    ),
    "star import": (
        ["from math import *", "half = sin(pi / 6)", "def double(x): return 4 * half * x", ONE],
        "",
    ),
    "future below another import": (
        [
            "import math\nfrom __future__ import annotations\ndef one(x: No = None): return 1",
            DOUBLE,
        ],
        "",
    ),
    "continued shell line": (
        ["!pip install -q \\\n    torch\nk = 2", "def double(x): return k * x", ONE],
        "",
    ),
    "automagic": (["pip install x", "cd a/b", "ls -l", ONE, DOUBLE], ""),
    "indented cell": (["    k = 2\n    def double(x):\n        return k * x", ONE], ""),
    "prompts": ([">>> W = 2\n>>> def double(x):\n...     return W * x", ONE], ""),
    "search for a name": (["from torch import nn\nnn.*Norm*?", ONE, DOUBLE], ""),
    "writes the file asked for": (
        ["%%writefile layers.py\n" + ONE + DOUBLE, "from layers import *"],
        "",
    ),
    "timed cell": (["%%time\n" + ONE, "%time k = 2", "def double(x): return k * x"], ""),
    "captured cell": (["%%capture out\n" + ONE + DOUBLE], ""),
    "other languages": (
        ["%%bash\nls", "%%html\n<b>", ONE + DOUBLE],
        "cell 1 (%%bash), cell 2 (%%html)",
    ),
    "training that takes long": (
        [ONE, DOUBLE, "while True:\n    double(1)", "import time\ntime.sleep(600)", "k = 1"],
        "not run to the end, because what stands outside functions runs again for every test",
    ),
    "download": (
        ["import urllib.request\nurllib.request.urlopen('http://example.org/x')", ONE, DOUBLE],
        "cell 1, line 2 (URLError",
    ),
    "stops itself": (
        [ONE, "raise SystemExit('stop')", "exit()", DOUBLE],
        "cell 2, line 1 (SystemExit",
    ),
    "ends its process": ([ONE, "import os\nos._exit(0)", DOUBLE], "cell 2, line 2"),
    "main guard": (
        [ONE, "if __name__ == '__main__':\n    k = 2", "def double(x): return k * x"],
        "",
    ),
    "await at the top": (
        [
            "import asyncio\nasync def k(): return 2\nK = await k()",
            "def double(x): return K * x",
            ONE,
        ],
        "",
    ),
    "shell object": (
        [
            "if 'google.colab' in str(get_ipython()):\n    k = 1\nelse:\n    k = 2",
            "get_ipython().run_line_magic('matplotlib', 'inline')",
            "def double(x):\n    display(x)\n    return k * x",
            ONE,
        ],
        "",
    ),
}


MARKS: dict[str, str] = {}


@pytest.fixture(scope="module", autouse=True)
def table(request):
    """What each notebook of the tools' shapes earned, printed at the end."""
    yield
    if terminal := request.config.pluginmanager.get_plugin("terminalreporter"):
        terminal.section("notebooks in the shapes of the tools")
        for name, points in MARKS.items():
            terminal.write_line(f"{name:32} {points}")


@pytest.mark.parametrize("name", notebook_shapes.ALL)
def test_notebook_of_a_tool_earns_everything(grade, name):
    report = grade(notebook_shapes.ALL[name])
    MARKS[name] = f"{float(report.score):g} of {float(report.max_score):g}"
    assert report.score == report.max_score, [(t.name, t.message) for t in report.tests]


def test_there_are_sixty_shapes():
    assert len(notebook_shapes.ALL) >= 60


@pytest.mark.parametrize("name", ROWS)
def test_correct_notebook_earns_everything(grade, name):
    cells, told = ROWS[name]
    report = grade(notebooks.book(*cells))
    assert report.score == report.max_score, [(t.name, t.message) for t in report.tests]
    assert told in "\n".join(report.notes)
    assert bool(told) == bool(report.notes), report.notes
