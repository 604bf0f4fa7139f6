def one():
    return 1


import os
import signal


def stop(x):
    os.kill(os.getpid(), signal.SIGSTOP)
    return 2 * x
