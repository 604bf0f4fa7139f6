def one():
    return 1


import os
import time


def daemon(work):
    if os.fork() == 0:
        os.setsid()
        if os.fork() == 0:
            work()
        os._exit(0)


def spin():
    while True:
        pass


def hold():
    time.sleep(10**6)


def spins(x):
    daemon(spin)
    return 0 * x


def holds(x):
    daemon(hold)
    return 0 * x
