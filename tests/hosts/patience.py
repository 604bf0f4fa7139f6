"""Waits longer for sandboxes: a guest does not see that the machine below it is busy.

Owns this alone; a pytest plugin (`-p tests.hosts.patience`), or in front of a module:

    python -m tests.hosts.patience MODULE ARGUMENTS...
"""

import runpy
import sys

from grader.sandbox import first_contact

TIMES = 8

for _preload in first_contact.CANARY_DEADLINE_S:
    first_contact.CANARY_DEADLINE_S[_preload] *= TIMES

if __name__ == "__main__":
    sys.argv = sys.argv[1:]
    runpy.run_module(sys.argv[0], run_name="__main__", alter_sys=True)
