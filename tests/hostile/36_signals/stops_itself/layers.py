def one():
    return 1


import os
import signal


def stop(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return 2 * x


def ignores(x):
    for number in set(range(1, 64)) - {9, 19, 32, 33}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        signal.pause()
