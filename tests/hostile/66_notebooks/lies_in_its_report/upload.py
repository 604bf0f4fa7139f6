import json

LIES = '''
import os
LINES = [
    ["layers.ipynb", 0, "raised", "<script>" * 1000],
    ["layers.ipynb", 10**9, "raised", "nobody asked"],
    ["layers.ipynb", -1, "slow", ""],
    ["../layers.ipynb", 0, "raised", "nobody asked"],
    ["layers.ipynb", 0, "nobody asked", ""],
    ["layers.ipynb", 3, "", ""],
    ["", 0, "done", ""],
]
for number in range(3, 64):
    try:
        for line in LINES:
            os.write(number, json.dumps(line).encode() + b"\\n")
        os.write(number, b"[" * 5000 + b"\\n")
        os.write(number, b"\\x00\\xff" * 5000)
    except OSError:
        pass
'''
CELLS = [
    "import json",
    "def one():\n    return 1",
    LIES,
    "def wrong(x):\n    return 3 * x",
    "def right(x):\n    return 2 * x",
]


def upload():
    listed = [{"cell_type": "code", "metadata": {}, "source": text} for text in CELLS]
    return [("layers.ipynb", json.dumps({"nbformat": 4, "cells": listed}).encode())]
