"""Twenty ways to use up what a kernel counts, each beside an honest submission that needs the same.

Each attack fills one thing up to its limit, which is small, holds it for a while and lets go. The
honest neighbour trains as the libraries do: through worker processes, threads, pipes, timers,
signals, files and memory that processes share.
"""

from typing import Final

HOLD_S: Final = 6.0  # as long as the honest submission takes on a busy machine

HONEST: Final = """
import ctypes
import fcntl
import functools
import os
import signal
import socket
import tempfile
import threading
import time

import torch
from torch.utils.data import DataLoader, TensorDataset


def loads():
    'Through a worker process, as honest training does.'
    items = torch.arange(64.0).reshape(32, 2)
    loader = DataLoader(TensorDataset(items), 8, num_workers=1)
    return sum(batch.sum().item() for (batch,) in loader) == items.sum().item()


def runs_threads():
    crew = [threading.Thread(target=int) for _ in range(8)]
    for one in crew:
        one.start()
    for one in crew:
        one.join()
    return True


def runs_processes():
    children = []
    for _ in range(4):
        if (pid := os.fork()) == 0:
            os._exit(7)
        children.append(pid)
    return {os.waitpid(pid, 0)[1] for pid in children} == {7 << 8}


def opens_files():
    with tempfile.TemporaryDirectory() as folder:
        files = [open(os.path.join(folder, str(n)), 'wb') for n in range(100)]
        for file in files:
            file.write(bytes(1000))
            file.close()
        return len(os.listdir(folder)) == 100


def fills_a_pipe():
    reading, writing = os.pipe()
    fcntl.fcntl(writing, fcntl.F_SETPIPE_SZ, 2**20)
    sent = os.write(writing, bytes(2**19))
    os.close(writing)
    os.close(reading)
    return sent == 2**19


def sends_descriptors():
    ours, theirs = socket.socketpair()
    with ours, theirs, tempfile.TemporaryFile() as file:
        for _ in range(20):
            socket.send_fds(ours, [b'x'], [file.fileno()] * 5)
        for _ in range(20):
            for fd in socket.recv_fds(theirs, 1, 5)[1]:
                os.close(fd)
    return True


def sets_timers():
    libc, numbers = ctypes.CDLL(None), []
    for _ in range(20):
        number = ctypes.c_void_p()
        numbers.append(number)
        if libc.timer_create(0, None, ctypes.byref(number)):
            return False
    return not any(libc.timer_delete(number) for number in numbers)


def queues_signals():
    signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGUSR1])
    os.kill(os.getpid(), signal.SIGUSR1)
    return signal.sigtimedwait([signal.SIGUSR1], 5) is not None


def shares_memory():
    tensor = torch.zeros(1000).share_memory_()
    if (pid := os.fork()) == 0:
        tensor += 1
        os._exit(0)
    os.waitpid(pid, 0)
    return tensor.sum().item() == 1000


def computes():
    torch.manual_seed(0)
    x = torch.randn(200, 200)
    return torch.allclose(x @ torch.eye(200), x)


@functools.cache  # once in a process
def train():
    began = time.monotonic()
    while True:
        for work in (loads, runs_threads, runs_processes, opens_files, fills_a_pipe,
                     sends_descriptors, sets_timers, queues_signals, shares_memory, computes):
            assert work(), work.__name__
        if time.monotonic() - began > 3:  # the neighbour has begun, too
            return


def double(x):
    train()
    return 2 * x


def one():
    return 1
"""

_FRAME: Final = """
import ctypes
import fcntl
import functools
import mmap
import os
import select
import signal
import socket
import threading
import time

LIBC = ctypes.CDLL(None)


@functools.cache  # once in a process
def use_up():
    kept, ends = [], time.monotonic() + {hold}
    try:
{fill}
    except (OSError, RuntimeError, MemoryError):
        pass
    time.sleep(max(ends - time.monotonic(), 0))
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
    socket.send_fds(kept[-1][0], [b"x"], [0])
""",
    "threads": """
stop = threading.Event()
while len(kept) < 100:
    kept.append(threading.Thread(target=stop.wait, args=(ends - time.monotonic(),), daemon=True))
    kept[-1].start()
""",
    "processes": """
while len(kept) < 100:
    if (pid := os.fork()) == 0:
        time.sleep(max(ends - time.monotonic(), 0))
        os._exit(0)
    kept.append(pid)
""",
    "timers": """
number = ctypes.c_void_p()
while len(kept) < 200_000 and LIBC.timer_create(0, None, ctypes.byref(number)) == 0:
    kept.append(number.value)
""",
    "signals that wait": """
signal.pthread_sigmask(signal.SIG_BLOCK, [signal.SIGRTMIN])
while len(kept) < 100_000 and LIBC.sigqueue(os.getpid(), int(signal.SIGRTMIN), None) == 0:
    kept.append(1)
""",
    "pages of pipes": """
while len(kept) < 100:
    kept.append(os.pipe())
    fcntl.fcntl(kept[-1][0], fcntl.F_SETPIPE_SZ, 1024 * 1024)
""",
    "full pipes": """
while len(kept) < 100:
    kept.append(os.pipe())
    os.set_blocking(kept[-1][1], False)
    os.write(kept[-1][1], bytes(65536))
""",
    "open files": """
while len(kept) < 400:
    kept.append(open("/dev/null"))
""",
    "full sockets": """
while len(kept) < 100:
    kept.append(socket.socketpair())
    kept[-1][0].setblocking(False)
    while kept[-1][0].send(bytes(65536)):
        pass
""",
    "names of sockets": """
while len(kept) < 200:
    kept.append(socket.socket(socket.AF_UNIX))
    kept[-1].bind(b"\\0name%d" % len(kept))
""",
    "memory": """
while len(kept) < 200:
    kept.append(bytearray(b"x" * 1_000_000))
""",
    "memory files": """
kept.append(os.memfd_create("x"))
for _ in range(40):
    os.write(kept[0], bytes(1_000_000))
""",
    "locked memory": """
while len(kept) < 100:
    kept.append(mmap.mmap(-1, 4096))
    at = ctypes.addressof(ctypes.c_char.from_buffer(kept[-1]))
    if LIBC.mlock(ctypes.c_void_p(at), 4096):
        break
""",
    "space in /dev/shm": """
with open("/dev/shm/x", "wb") as file:
    while True:
        file.write(bytes(1_000_000))
        file.flush()
""",
    "space in /tmp": """
with open("/tmp/x", "wb") as file:
    while file.tell() < 60_000_000:
        file.write(bytes(1_000_000))
        file.flush()
""",
    "names in /tmp": """
while len(kept) < 5000:
    open("/tmp/name%d" % len(kept), "x").close()
    kept.append(1)
""",
    "watches": """
while len(kept) < 100:
    if (fd := LIBC.inotify_init1(0)) < 0:
        fd = select.epoll().fileno()
    kept.append(fd)
polls = [select.epoll() for _ in range(100)]
for number in range(100 * 100):
    polls[number % 100].register(polls[number // 100])
""",
    "clocks": """
while len(kept) < 400:
    fd = LIBC.timerfd_create(1, 0)
    if fd < 0:
        break
    kept.append(fd)
""",
    "the processor": """
for _ in range(8):
    if (pid := os.fork()) == 0:
        while time.monotonic() < ends:
            pass
        os._exit(0)
""",
    "sleeping and waking": """
for _ in range(8):
    if (pid := os.fork()) == 0:
        while time.monotonic() < ends:
            time.sleep(1e-5)
        os._exit(0)
""",
}


def _indented(text: str) -> str:
    return "".join(f"        {line}\n" for line in text.strip().splitlines())


ATTACKS: Final = {
    name: _FRAME.format(fill=_indented(fill), hold=HOLD_S) for name, fill in _FILLS.items()
}
