import json

CELLS = {
    "fork": "import os\nif os.fork() == 0:\n    HERE = 'the child'",
    "daemon": "if os.fork() == 0:\n    os.setsid()\n    if os.fork() == 0:\n        import time\n        time.sleep(60)\n    os._exit(0)",
    "sleep": "import time\ntime.sleep(60)",
    "prints": "for _ in range(2000):\n    print('x' * 1000)",
    "exit": "import os\nos._exit(0)",
    "kill": "os.kill(os.getpid(), 9)",
    "memory": "hog = []\nwhile True:\n    hog.append(bytearray(2**20))",
    "spin": "while True:\n    try:\n        while True:\n            pass\n    except BaseException:\n        pass",
    "deaf_spin": (
        "import signal\nfor timer in (signal.ITIMER_PROF, signal.ITIMER_REAL):\n"
        "    signal.setitimer(timer, 0)\nwhile True:\n    pass"
    ),
    "threads": "import threading\nfor _ in range(4):\n    threading.Thread(target=lambda: time.sleep(60)).start()",
    "silence": (
        "class Silent(Exception):\n    def __str__(self):\n        raise KeyboardInterrupt\n"
        "raise Silent"
    ),
}


def upload():
    cells = ["def one():\n    return 1"]
    for name, text in CELLS.items():
        cells += [text, f"def after_{name}(x):\n    return 2 * x"]
    listed = [{"cell_type": "code", "metadata": {}, "source": text} for text in cells]
    return [("layers.ipynb", json.dumps({"nbformat": 4, "cells": listed}).encode())]
