def one():
    return 1


def grows(x):
    hoard = []
    while True:
        hoard.append(bytearray(2**20))
