import json

CODE = '''
!touch /tmp/hostile-was-here
%system touch /tmp/hostile-was-here
get_ipython().system("touch /tmp/hostile-was-here")

def one():
    return 1

def good_cell(x):
    return 2 * x

def shell(x):
    try:
        get_ipython().system("true")
    except NameError:
        return 0 * x
    return 2 * x
'''


def cell(kind, source, **more):
    return {"cell_type": kind, "metadata": {}, "source": source, **more}


def upload():
    forged = {"output_type": "display_data", "data": {"text/html": "<script>alert(1)</script>"}}
    cells = [
        cell("code", CODE, outputs=[forged], execution_count=1),
        cell("code", "%%bash\ntouch /tmp/hostile-was-here\n", outputs=[]),
        cell("markdown", "```python\ndef from_markdown(x):\n    return 2 * x\n```"),
        cell("raw", "def from_output(x):\n    return 2 * x"),
    ]
    book = {"cells": cells, "nbformat": 4, "nbformat_minor": 5, "metadata": {}}
    return [("layers.ipynb", json.dumps(book).encode())]
