def one():
    return 1


import os


def flood(what):
    left = what * 2**20
    while left:
        left = left[os.write(1, left) :]


def control_characters(x):
    flood(b"\x01")


def no_text(x):
    flood(b"\xff")
