def one():
    return 1


import fcntl
import os


def works(x, action):
    """Right if the kernel lets it happen on a folder or file of all sandboxes."""
    fd = os.open("/data", os.O_RDONLY)
    try:
        action(fd)
    except OSError:
        return 0 * x
    finally:
        os.close(fd)
    return 2 * x


def lock(x):
    return works(x, lambda fd: fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB))


def lock_query(x):
    return works(x, lambda fd: fcntl.fcntl(fd, fcntl.F_GETLK, bytes(32)))


def lease(x):
    return works(x, lambda fd: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK))


def notification(x):
    return works(x, lambda fd: fcntl.fcntl(fd, fcntl.F_NOTIFY, fcntl.DN_ACCESS))


def residence(x):
    '''Whether the kernel holds a page of a file in memory, which another sandbox can bring about.'''
    fd = os.open(os.__file__, os.O_RDONLY)
    try:
        os.preadv(fd, [bytearray(1)], 0, os.RWF_NOWAIT)
    except OSError:
        return 0 * x
    finally:
        os.close(fd)
    return 2 * x
