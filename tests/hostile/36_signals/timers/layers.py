def one():
    return 1


import signal


def timers(x):
    signal.signal(signal.SIGALRM, lambda *_: None)
    signal.setitimer(signal.ITIMER_REAL, 1e-6, 1e-6)
    while True:
        signal.pause()


def ignores(x):
    for number in set(range(1, 64)) - {9, 19, 32, 33}:
        signal.signal(number, signal.SIG_IGN)
    while True:
        signal.pause()
