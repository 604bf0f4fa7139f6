import json

from tests.hostile.ziptools import sent

ACCENT = "\u0301"
NAME = "e" + ACCENT * 1024 + ".py"
PILE = "e" + ACCENT * 31


def source(text):
    return lambda: [("layers.py", text.encode())]


def notebook():
    cells = [{"cell_type": "code", "source": f"{PILE} = 1", "metadata": {}, "outputs": []}]
    whole = {"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells}
    return [("layers.ipynb", json.dumps(whole).encode())]


UPLOADS = {
    "name_in_a_zip": lambda: sent((NAME, b"")),
    "plain_name": lambda: [(NAME, b"x = 1\n"), ("layers.py", b"x = 1\n")],
    "identifier": source(f"{PILE} = 1\n"),
    "text": source(f"x = '{PILE}'\n"),
    "cell": notebook,
}
