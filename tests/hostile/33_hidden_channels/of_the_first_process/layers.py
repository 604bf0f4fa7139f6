def one():
    return 1


import os
import resource

FOUND = {}


def answer(x, name, before):
    return 2 * x if FOUND.setdefault(name, before) else 0 * x


def attempt(call, *args):
    try:
        call(*args)
    except OSError:
        pass


def limits(x):
    """The limit is read first: what is found was left by an earlier test."""
    before = resource.getrlimit(resource.RLIMIT_STACK)[0] == 313_373_696
    attempt(resource.prlimit, 1, resource.RLIMIT_STACK, (313_373_696, resource.RLIM_INFINITY))
    attempt(resource.prlimit, 1, resource.RLIMIT_STACK, (313_373_696, 313_373_696))
    return answer(x, "limits", before)


def affinity(x):
    allowed = os.sched_getaffinity(0)
    first = {min(allowed)}
    before = len(allowed) == 1 and os.cpu_count() > 1
    attempt(os.sched_setaffinity, 1, first)
    return answer(x, "affinity", before)


def niceness(x):
    before = os.getpriority(os.PRIO_PROCESS, 0) > 0
    attempt(os.setpriority, os.PRIO_PROCESS, 1, 7)
    attempt(os.setpriority, os.PRIO_USER, 0, 7)
    return answer(x, "niceness", before)
