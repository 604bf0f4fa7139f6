def one():
    return 1


import os


def everything(x):
    os.kill(-1, 9)


def first_9(x):
    os.kill(1, 9)


def first_19(x):
    os.kill(1, 19)


def first_2(x):
    os.kill(1, 2)


def parent(x):
    os.kill(os.getppid(), 15)


def group(x):
    os.killpg(0, 9)


def first_all(x):
    for number in range(1, 65):
        try:
            os.kill(1, number)
        except OSError:
            pass
