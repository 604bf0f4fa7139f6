import json


def book(cells, **more):
    return lambda: [("layers.ipynb", json.dumps({"cells": cells, **more}).encode())]


CODE = {"cell_type": "code", "source": "x = 1"}

UPLOADS = {
    "many_cells": book([CODE] * 100_000, nbformat=4),
    "many_small_cells": lambda: [
        ("layers.ipynb", b'{"nbformat":4,"cells":[' + b",".join([b'{"cell_type":"a"}'] * 400_000) + b"]}")
    ],
    "no_format": book([CODE]),
    "old_format": book([CODE], nbformat=3),
    "cells_are_text": book("x", nbformat=4),
    "source_is_a_number": book([{"cell_type": "code", "source": 5}], nbformat=4),
    "deep": lambda: [("layers.ipynb", b'{"nbformat": 4, "cells": ' + b"[" * 10**6 + b"]" * 10**6 + b"}")],
    "not_json": lambda: [("layers.ipynb", b"PK\3\4 not JSON")],
    "many_statements": book([{"cell_type": "code", "source": "x=1\n" * 3400}] * 3, nbformat=4),
    "many_magics": book([{"cell_type": "code", "source": "%x\n" * 20_000}], nbformat=4),
    "syntax": book([{"cell_type": "code", "source": "def f(:"}], nbformat=4),
}
