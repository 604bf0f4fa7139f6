"""Sixty notebooks in the shapes in which tools write them, each with a correct solution.

Builders of data only: name -> the bytes of `layers.ipynb` (or all files of an upload).
"""

import json

from tests.support.notebooks import SOLUTION, book, code, markdown

ONE = "def one():\n    return 1\n"
DOUBLE = "def double(x):\n    return 2 * x\n"
K_TIMES = "def double(x):\n    return k * x\n"

COLAB = {
    "accelerator": "GPU",
    "colab": {"provenance": [], "gpuType": "T4", "toc_visible": True},
    "kernelspec": {"name": "python3", "display_name": "Python 3"},
    "language_info": {"name": "python"},
}
KAGGLE = {
    "kaggle": {"accelerator": "gpu", "dataSources": [], "isInternetEnabled": True},
    "kernelspec": {"language": "python", "display_name": "Python 3", "name": "python3"},
}
PAPERMILL = {
    "papermill": {
        "duration": float("nan"),
        "exception": None,
        "parameters": {"rate": float("inf")},
        "start_time": "2026-01-01T00:00:00",
    }
}
DATABRICKS = {"application/vnd.databricks.v1+notebook": {"language": "python", "widgets": {}}}
VSCODE = {"language_info": {"name": "python", "version": "3.12.1"}, "orig_nbformat": 4}
MARIMO_STYLE = "import marimo\n\n__generated_with = '0.9'\napp = marimo.App()"
NBGRADER = {
    "nbgrader": {"grade": False, "grade_id": "q1", "locked": False, "solution": True},
}
OTTER = {"otter": {"OK_FORMAT": True, "tests": {"q1": {"name": "q1", "suites": []}}}}


def of_format_3(*texts, **fields):
    """Notebook format 3: worksheets, and `input` for `source`."""
    cells = [
        {"cell_type": "heading", "level": 1, "source": ["Homework"], "metadata": {}},
        *(
            {
                "cell_type": "code",
                "input": text.splitlines(keepends=True),
                "language": "python",
                "outputs": [{"output_type": "pyout", "prompt_number": 1, "text": ["1"]}],
                "prompt_number": 1,
                "collapsed": False,
                "metadata": {},
            }
            for text in texts
        ),
    ]
    sheets = [{"cells": cells, "metadata": {}}]
    whole = {"nbformat": 3, "nbformat_minor": 0, "metadata": {"name": ""}, "worksheets": sheets}
    return json.dumps(whole | fields).encode()


def of_minor(minor, **fields):
    """Format 4 of a minor version; from 4.5 on cells have ids."""
    ids = [{"id": f"cell-{n}"} if minor >= 5 else {} for n in range(2)]
    cells = [code(text, **own) for text, own in zip((ONE, DOUBLE), ids, strict=True)]
    return book(markdown("# Title"), *cells, nbformat_minor=minor, **fields)


def output(**data):
    return [{"output_type": "display_data", "metadata": {}, "data": data}]


FORMATS = {
    "nbformat 3": of_format_3(ONE, DOUBLE),
    "nbformat 3.0 with magics": of_format_3("%pylab inline", "%time k = 2", ONE, K_TIMES),
    "nbformat 4.0": of_minor(0),
    "nbformat 4.1": of_minor(1),
    "nbformat 4.2": of_minor(2),
    "nbformat 4.4": of_minor(4),
    "nbformat 4.5": of_minor(5),
    "source as one text": book(code("", source=ONE), code("", source=DOUBLE)),
    "no metadata in cells": json.dumps(
        {"nbformat": 4, "cells": [{"cell_type": "code", "source": SOLUTION}]}
    ).encode(),
    "metadata null": book(code(SOLUTION, metadata=None)),
    "tags null": book(code(SOLUTION, metadata={"tags": None})),
    "raw and empty cells": book(
        {"cell_type": "raw", "source": "x ="}, code(""), markdown("text"), ONE, DOUBLE
    ),
    "attachments": book(
        {**markdown("![a](attachment:a.png)"), "attachments": {"a.png": {"image/png": "iVB"}}},
        SOLUTION,
    ),
    "Windows line ends": book(code("", source=SOLUTION.replace("\n", "\r\n"))),
    "old Macintosh line ends": book(code("", source=SOLUTION.replace("\n", "\r"))),
    "byte order mark": b"\xef\xbb\xbf" + book(SOLUTION),
    "UTF-16": json.dumps(json.loads(book(SOLUTION))).encode("utf-16"),
    "indented JSON": json.dumps(json.loads(book(SOLUTION)), indent=4).encode(),
}
IPYTHON = {
    "line magics": book("%matplotlib inline\n%load_ext autoreload\n%autoreload 2", SOLUTION),
    "assignment of a magic": book("where = %pwd\nk = 2", ONE, K_TIMES),
    "timed line": book("%time k = 2", ONE, K_TIMES),
    "timed cell": book("%%time\nk = 2", ONE, K_TIMES),
    "captured cell": book("%%capture --no-stderr out\n" + SOLUTION),
    "profiled cell": book("%%prun -q\nk = 2", ONE, K_TIMES),
    "magic below an if": book("if False:\n    %cd nowhere\nelse:\n    k = 2", ONE, K_TIMES),
    "shell": book("!pip install -q torch\n!ls | head", SOLUTION),
    "shell, continued": book("!pip install \\\n   -q \\\n   torch\nk = 2", ONE, K_TIMES),
    "shell, captured": book("files = !ls\nk = 2", ONE, K_TIMES),
    "shell, doubled": book("!!ls\nk = 2", ONE, K_TIMES),
    "system magic": book("%sx ls\n%system ls\nk = 2", ONE, K_TIMES),
    "help before": book("?len\n??len", SOLUTION),
    "help behind": book("len?\nlen??\nk = 2", ONE, K_TIMES),
    "help with wildcards": book("import numpy as np\nnp.*load*?", SOLUTION),
    "help of a magic": book("%time?\n%%time?", SOLUTION),
    "automatic parentheses": book("def put(v):\n    global k\n    k = v\n/put 2", ONE, K_TIMES),
    "automatic quotes": book(
        "def put(*words):\n    global k\n    k = len(words)\n,put a b", ONE, K_TIMES
    ),
    "automagic": book("pip install torch", "cd /content", "ls -l", "pwd", SOLUTION),
    "automagic between lines": book("import math\npip install torch\nk = 2", ONE, K_TIMES),
    "Python prompts": book(">>> k = 2\n>>> def double(x):\n...     return k * x", ONE),
    "IPython prompts": book("In [1]: k = 2\n   ...: def double(x):\n   ...:     return k * x", ONE),
    "indented cell": book("\n\n    k = 2\n    def double(x):\n        return k * x\n", ONE),
    "semicolons": book("k = 2; k;", ONE, K_TIMES),
    "await": book("async def give():\n    return 2\nk = await give()", ONE, K_TIMES),
    "percent in strings": book('k = "%d" % 2\ntext = """\n%time\n!ls\n"""', ONE, DOUBLE),
    "environment": book("%env K=2\nimport os\nk = int(os.environ['K'])", ONE, K_TIMES),
    "file that a cell writes": book(
        "%%writefile helpers.py\nK = 2\n", "from helpers import K as k", ONE, K_TIMES
    ),
    "file that a cell runs": book(
        "%%writefile helpers.py\nk = 2\n", "%run helpers.py", ONE, K_TIMES
    ),
    "other languages": book(
        "%%bash\nls", "%%html\n<b>", "%%latex\n$x$", "%%javascript\n1", SOLUTION
    ),
}
TOOLS = {
    "Colab": book(
        "from google.colab import drive\ndrive.mount('/content/drive')",
        "%cd /content/drive/MyDrive\n!nvidia-smi",
        code(SOLUTION, metadata={"id": "abc", "colab": {"base_uri": "https://localhost/"}}),
        code("from google.colab import files\nfiles.download('a')", cell_type="code"),
        metadata=COLAB,
    ),
    "Colab form": book(
        '#@title Settings { display-mode: "form" }\nk = 2 #@param {type:"slider"}',
        ONE,
        K_TIMES,
        metadata=COLAB,
    ),
    "Kaggle": book(
        "import os\nfor d, _, names in os.walk('/kaggle/input'):\n    print(d, names)",
        SOLUTION,
        metadata=KAGGLE,
    ),
    "Databricks": book("# MAGIC %md text\ndbutils.fs.ls('/')", SOLUTION, metadata=DATABRICKS),
    "VS Code": book(SOLUTION, metadata=VSCODE),
    "papermill": book(
        code("k = 1", metadata={"tags": ["parameters"], "papermill": PAPERMILL["papermill"]}),
        code("k = 2", metadata={"tags": ["injected-parameters"]}),
        ONE,
        K_TIMES,
        metadata=PAPERMILL,
    ),
    "nbconvert, executed": book(
        code(ONE, execution_count=1), code(DOUBLE, outputs=output(**{"text/plain": ["<x>"]}))
    ),
    "nbstripout": book(code(ONE, execution_count=None), code(DOUBLE, execution_count=None)),
    "nbgrader": book(
        code(
            "def double(x):\n    ### BEGIN SOLUTION\n    return 2 * x\n    ### END SOLUTION",
            metadata=NBGRADER,
        ),
        ONE,
        code(
            "assert one() == 1\n### BEGIN HIDDEN TESTS\nassert one()\n### END HIDDEN TESTS",
            metadata=NBGRADER,
        ),
    ),
    "Otter": book(
        "# Initialize Otter\nimport otter\ngrader = otter.Notebook('hw.ipynb')",
        "def double(x):\n    return 2 * x  # SOLUTION",
        "grader.check('q1')",
        ONE,
        "grader.export(run_tests=True)",
        metadata=OTTER,
    ),
    "marimo, exported": book(MARIMO_STYLE, SOLUTION, "app.run()"),
    "Jupytext pair": [
        ("layers.ipynb", book(SOLUTION, metadata={"jupytext": {"formats": "ipynb,py:light"}})),
        (
            "layers.py",
            b"# ---\n# jupyter:\n#   jupytext:\n#     formats: ipynb,py:light\n# ---\n\n"
            b"def double(x):\n    return 3 * x  # of an earlier day\n",
        ),
    ],
    "Jupytext pair with magics": [
        ("layers.ipynb", book("%matplotlib inline", SOLUTION)),
        ("hw-notes.py", b"# ---\n# jupyter:\n# ---\n# %%\n%matplotlib inline\n"),
    ],
    "outputs of a megabyte": book(code(SOLUTION, outputs=output(**{"image/png": "A" * 10**6}))),
    "half a surrogate pair": book(SOLUTION, code("1", outputs=output(**{"text/plain": "\ud83d"}))),
    "widgets": book(
        "from ipywidgets import interact\ninteract(lambda v: v, v=3);",
        SOLUTION,
        metadata={"widgets": {"application/vnd.jupyter.widget-state+json": {"state": {}}}},
    ),
}
ALL = FORMATS | IPYTHON | TOOLS
