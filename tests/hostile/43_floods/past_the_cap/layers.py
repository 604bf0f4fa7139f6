def one():
    return 1


import os


def endless(x):
    while True:
        os.write(1, b"x" * 2**20)
