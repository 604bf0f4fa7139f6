"""What the kernel counts per user, used up by one submission while an honest one is graded.

Each attack fills one counter up to its limit, which is small, holds it for a while and lets go. The
honest neighbour trains with the libraries' own worker processes and threads.
"""

from typing import Final

HOLD_S: Final = 6.0  # as long as the honest submission takes on a busy machine

HONEST: Final = """
import functools
import threading

import torch
from torch.utils.data import DataLoader, TensorDataset


@functools.cache  # once in a process
def train():
    'Through a worker process, a thread and a pipe, as honest training does.'
    items = torch.arange(64.0).reshape(32, 2)
    loader = DataLoader(TensorDataset(items), 8, num_workers=1)
    total = sum(batch.sum().item() for (batch,) in loader)
    thread = threading.Thread(target=int)
    thread.start()
    thread.join()
    assert total == items.sum().item()


def double(x):
    train()
    return 2 * x


def one():
    return 1
"""

_FRAME: Final = """
import functools
import os
import signal
import socket
import threading
import time


@functools.cache  # once in a process
def use_up():
    kept = []
{fill}
    time.sleep({hold})
    return kept


def double(x):
    use_up()
    return 2 * x


def one():
    return 1
"""

_FILLS: Final = {
    "descriptors on their way": """
    for number in range(400):
        if not number % 100:
            kept.append(socket.socketpair())
        try:
            socket.send_fds(kept[-1][0], [b"x"], [0])
        except OSError:
            break
""",
    "threads": """
    stop = threading.Event()
    try:
        while len(kept) < 100:
            kept.append(threading.Thread(target=stop.wait, args=({hold},), daemon=True))
            kept[-1].start()
    except RuntimeError:
        pass
""",
    "timers and queued signals": """
    import ctypes
    libc, number = ctypes.CDLL(None), ctypes.c_void_p()
    while len(kept) < 200_000 and libc.timer_create(0, None, ctypes.byref(number)) == 0:
        kept.append(number.value)
""",
    "pages of pipes": """
    import fcntl
    try:
        while len(kept) < 100:
            kept.append(os.pipe())
            fcntl.fcntl(kept[-1][0], fcntl.F_SETPIPE_SZ, 1024 * 1024)
    except OSError:
        pass
""",
    "open files": """
    try:
        while len(kept) < 400:
            kept.append(open("/dev/null"))
    except OSError:
        pass
""",
}

ATTACKS: Final = {
    name: _FRAME.format(fill=fill.format(hold=HOLD_S), hold=HOLD_S) for name, fill in _FILLS.items()
}
