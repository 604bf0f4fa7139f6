"""Become an unprivileged user, tie this process to its parent's life, then exec a program.

Owns nothing but that hand-over; run by path as a script (`python -I -S launch.py PARENT_PID UID GID
PROGRAM ARGUMENTS...`), never imported by the service, so it imports nothing of ours.

Theory of operation: the kernel forgets a parent-death signal when a process changes its user, so
the order is user first, signal second; and the parent may have died before the request reached
the kernel, so the parent is looked at once more afterwards. SIGINT is PostgreSQL's fast shutdown.
"""

import ctypes
import os
import signal
import sys

PR_SET_PDEATHSIG = 1  # linux/prctl.h


def main(parent: int, uid: int, gid: int, command: list[str]) -> None:
    """Replace this process by `command`; `uid` -1 keeps the current user."""
    os.umask(0o077)
    if uid >= 0:
        os.setgroups([])
        os.setgid(gid)
        os.setuid(uid)
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGINT)
        if os.getppid() != parent:
            sys.exit("The process that asked for the database has ended.")
    os.execv(command[0], command)  # noqa: S606 - the caller passes an absolute path and no shell


if __name__ == "__main__":
    parent, uid, gid = (int(word) for word in sys.argv[1:4])
    main(parent, uid, gid, sys.argv[4:])
