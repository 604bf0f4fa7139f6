def one():
    return 1


import ctypes
import os
from pathlib import Path


def says(x, *paths):
    """Right if one of the files says anything."""
    for path in map(Path, paths):
        try:
            if path.read_bytes() if path.is_file() else list(path.iterdir()):
                return 2 * x
        except OSError:
            pass
    return 0 * x


def load(x):
    return says(x, "/proc/loadavg", "/proc/stat", "/proc/uptime", "/proc/schedstat")


def memory(x):
    places = ("/proc/meminfo", "/proc/vmstat", "/proc/buddyinfo", "/proc/zoneinfo")
    return says(x, *places, "/sys/devices/system/node/node0/meminfo")


def files(x):
    folder = "/proc/sys/fs/"
    return says(x, folder + "file-nr", folder + "inode-nr", folder + "dentry-state")


def pressure(x):
    return says(x, *(f"/proc/pressure/{name}" for name in ("cpu", "memory", "io")))


def locks(x):
    return says(x, "/proc/locks", "/proc/key-users", "/proc/sys/kernel/pty/nr")


def devices(x):
    return says(x, "/proc/interrupts", "/proc/diskstats", "/sys/block", "/sys/class", "/sys/module")


def by_call(x):
    told = ctypes.create_string_buffer(256)
    return 2 * x if ctypes.CDLL(None).sysinfo(told) == 0 else 0 * x
