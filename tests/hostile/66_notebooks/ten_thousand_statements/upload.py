import json


def upload():
    cells = ["x=1\n" * 3332] * 3
    cells += ["def one():\n    return 1", "def right(x):\n    return 2 * x", "def wrong(x):\n    return x"]
    listed = [{"cell_type": "code", "metadata": {}, "source": text} for text in cells]
    return [("layers.ipynb", json.dumps({"nbformat": 4, "cells": listed}).encode())]
