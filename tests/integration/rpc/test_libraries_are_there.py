"""A library that a submission imports at its top is there before each of its processes begins."""

import contextlib

from grader.rpc import host, proxy
from grader.suite import local_run

BOUNDS = host.Bounds(30)
FILES = {
    "layers.py": b"import yaml\nyaml.seen = True\ndef f(): return 1\n",
    "other.py": b"import sys\nfound = sys.modules.get('yaml')\n"
    b"def there(): return found is not None\ndef changed(): return hasattr(found, 'seen')\n",
}


def seen(guest):
    """Whether another module finds the library, and as a test before it left it."""
    session = guest.open(BOUNDS)
    student = proxy.Student(session.ask)
    found = student.other.there(), student.other.changed()
    assert student.layers.f() == 1
    session.finish()
    return found


def test_library_is_there_and_as_new_in_each_process():
    with contextlib.ExitStack() as stack:
        guest = local_run.LocalSandboxes(FILES, stack, "numpy").guest()
        guest.rehearse(BOUNDS)
        assert [seen(guest), seen(guest)] == [(True, False)] * 2
