def one():
    return 1


import os
import threading
import time

import numpy as np


def work(until):
    a = np.ones((200, 200))
    while time.monotonic() < until:
        a = a @ a / 200


def threads(x):
    until = time.monotonic() + 0.3
    crew = [threading.Thread(target=work, args=(until,)) for _ in range(40)]
    for one_of_them in crew:
        one_of_them.start()
    for one_of_them in crew:
        one_of_them.join()
    return 0 * x


def priority(x):
    worked = 0
    for attempt in (lambda: os.nice(-20), lambda: os.setpriority(0, 1, -20)):
        try:
            attempt()
            worked += 1
        except OSError:
            pass
    return 2 * x if worked else 0 * x
