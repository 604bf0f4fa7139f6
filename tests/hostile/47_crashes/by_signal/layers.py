def one():
    return 1


import ctypes
import mmap
import os


def segmentation(x):
    ctypes.string_at(0)


def abort(x):
    os.abort()


def c_stack(x):
    callback = ctypes.CFUNCTYPE(ctypes.c_int)
    libc = ctypes.CDLL(None)
    compare = ctypes.CFUNCTYPE(ctypes.c_int, ctypes.c_void_p, ctypes.c_void_p)
    numbers = (ctypes.c_int * 2)(1, 2)

    @compare
    def deeper(*_):
        libc.qsort(numbers, 2, 4, deeper)
        return 0

    import sys

    sys.setrecursionlimit(10**9)
    deeper(None, None)
    return callback


def illegal(x):
    page = mmap.mmap(-1, 4096, prot=mmap.PROT_READ | mmap.PROT_WRITE | mmap.PROT_EXEC)
    page.write(b"\x0f\x0b")
    address = ctypes.addressof(ctypes.c_char.from_buffer(page))
    ctypes.CFUNCTYPE(None)(address)()


def bus(x):
    with open("/tmp/short", "wb+") as file:
        file.truncate(4096)
        page = mmap.mmap(file.fileno(), 4096)
        file.truncate(0)
        return page[0]
